/* float/ck_unary_f32.h - one function of every element; a block is read before any of it is written. */
#ifndef CK_UNARY_F32_BODY_H
#define CK_UNARY_F32_BODY_H

#include "ck_f32.h"

#include "ck_math.h"
#include "ck_trigonometry.h"

#define CK_UNARY_BLOCK 64

CK_F32_BODY float ck_elu_f32(float x, float a) { return x < 0.0f ? a * ck_expm1_negative_f32(x) : x; }
CK_F32_BODY float ck_hard_swish_f32(float x) {
  const float gate = ck_clamp_keeping_nan(x * 0x1.555556p-3f + 0.5f, 0.0f, 1.0f);
  return (x < -3.0f ? -3.0f : x) * gate;
}

/* a * (exp(x / a) - 1) below 0. */
CK_F32_BODY float ck_celu_f32(float x, float a) {
  const float quotient = x / a;
  return x < 0.0f ? a * ck_expm1_negative_f32(quotient < 0.0f ? quotient : 0.0f) : x;
}
CK_F32_BODY float ck_shrink_f32(float x, float a, float b) {
  const float outer = x < -a ? x + b : x - b;
  return ((x < -a) | (x > a) | (x != x)) ? outer : 0.0f;
}
CK_F32_BODY float ck_sign_f32(float x) { return x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : x); }
/* x / (1 + |x|); 2^64 and all above give 1. */
CK_F32_BODY float ck_softsign_f32(float x) {
  const float bounded = ck_clamp_keeping_nan(x, -0x1p64f, 0x1p64f);
  return bounded / (1.0f + ck_abs_f32(bounded));
}
/* x tanh(log(1 + e^x)) = x n / (n + 2), n = e^x (e^x + 2). */
CK_F32_BODY float ck_mish_f32(float x) {
  const float e = ck_exp_f32(x > 20.0f ? 20.0f : x), n = e * (e + 2.0f);
  return x > 20.0f ? x : (x < -200.0f ? -200.0f : x) * (n / (n + 2.0f));
}
/* x (1 + tanh u) / 2 = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3). */
CK_F32_BODY float ck_gelu_tanh_f32(float x) {
  const float bounded = ck_clamp_keeping_nan(x, -30.0f, 30.0f);
  const float gate = ck_sigmoid_f32(bounded * (0x1.988452p+0f + 0x1.2444fep-4f * (bounded * bounded)));
  return x > 30.0f ? x : bounded * gate;
}
CK_F32_BODY float ck_swish_f32(float x, float a) {
  const float gate = ck_sigmoid_f32(a * x);
  return gate == 0.0f ? 0.0f * ck_clamp_keeping_nan(x, -1.0f, 1.0f) : x * gate;
}

/* The element loops stand one beside the other so that each vectorises alone; always over whole blocks, whose end may be left over. */
#define CK_EACH(expression) \
  for (size_t i = 0; i < CK_UNARY_BLOCK; i++) { \
    const float x = t[i]; \
    t[i] = (expression); \
  } \
  break
/* Angles near 0 all at once, the others one by one. */
#define CK_EACH_ANGLE(function) \
  { \
    float angles[CK_UNARY_BLOCK]; \
    __builtin_memcpy(angles, t, sizeof angles); \
    int far = 0; \
    for (size_t i = 0; i < CK_UNARY_BLOCK; i++) { \
      t[i] = function(ck_near_angle(angles[i])); \
      far |= !(ck_abs_f32(angles[i]) <= CK_NEAR_ANGLE); \
    } \
    for (size_t i = 0; far && i < CK_UNARY_BLOCK; i++) { \
      if (!(ck_abs_f32(angles[i]) <= CK_NEAR_ANGLE)) t[i] = function(ck_far_angle(angles[i])); \
    } \
    break; \
  }
CK_F32_FUNCTION void ck_apply_unary(uint32_t kind, float a, float b, float t[CK_UNARY_BLOCK]) {
  switch (kind) {
  case CK_UNARY_CLIP: CK_EACH(ck_clamp_keeping_nan(x, a, b));
  case CK_UNARY_SIGMOID: CK_EACH(ck_sigmoid_f32(x));
  case CK_UNARY_TANH: CK_EACH(ck_tanh_f32(x));
  case CK_UNARY_SILU: CK_EACH(ck_silu_f32(x));
  case CK_UNARY_EXP: CK_EACH(ck_exp_f32(x));
  case CK_UNARY_LOG: CK_EACH(ck_log_f32(x));
  case CK_UNARY_SQRT: CK_EACH(ck_sqrt_f32(x));
  case CK_UNARY_RSQRT: CK_EACH(ck_rsqrt_f32(x));
  case CK_UNARY_RECIPROCAL: CK_EACH(1.0f / x);
  case CK_UNARY_NEGATE: CK_EACH(-x);
  case CK_UNARY_ABS: CK_EACH(ck_abs_f32(x));
  case CK_UNARY_SQUARE: CK_EACH(x * x);
  case CK_UNARY_ERF: CK_EACH(ck_erf_f32(x));
  case CK_UNARY_GELU: CK_EACH(ck_gelu_f32(x));
  case CK_UNARY_LEAKY_RELU: CK_EACH(x < 0.0f ? a * x : x);
  case CK_UNARY_ELU: CK_EACH(ck_elu_f32(x, a));
  case CK_UNARY_HARD_SIGMOID: CK_EACH(ck_clamp_keeping_nan(a * x + b, 0.0f, 1.0f));
  case CK_UNARY_HARD_SWISH: CK_EACH(ck_hard_swish_f32(x));
  case CK_UNARY_SOFTPLUS: CK_EACH(ck_softplus_f32(x));
  case CK_UNARY_FLOOR: CK_EACH(ck_floor_f32(x));
  case CK_UNARY_CEIL: CK_EACH(ck_ceil_f32(x));
  case CK_UNARY_ROUND: CK_EACH(ck_rint_f32(x));
  case CK_UNARY_SIN: CK_EACH_ANGLE(ck_sine_of)
  case CK_UNARY_COS: CK_EACH_ANGLE(ck_cosine_of)
  case CK_UNARY_TAN: CK_EACH_ANGLE(ck_tangent_of)
  case CK_UNARY_ASIN: CK_EACH(ck_asin_f32(x));
  case CK_UNARY_ACOS: CK_EACH(ck_acos_f32(x));
  case CK_UNARY_ATAN: CK_EACH(ck_atan_f32(x));
  case CK_UNARY_SINH: CK_EACH(ck_sinh_f32(x));
  case CK_UNARY_COSH: CK_EACH(ck_cosh_f32(x));
  case CK_UNARY_ASINH: CK_EACH(ck_asinh_f32(x));
  case CK_UNARY_ACOSH: CK_EACH(ck_acosh_f32(x));
  case CK_UNARY_ATANH: CK_EACH(ck_atanh_f32(x));
  case CK_UNARY_SIGN: CK_EACH(ck_sign_f32(x));
  case CK_UNARY_CELU: CK_EACH(ck_celu_f32(x, a));
  case CK_UNARY_SELU: CK_EACH(b * ck_elu_f32(x, a));
  case CK_UNARY_THRESHOLDED_RELU: CK_EACH(((x > a) | (x != x)) ? x : 0.0f);
  case CK_UNARY_SHRINK: CK_EACH(ck_shrink_f32(x, a, b));
  case CK_UNARY_SOFTSIGN: CK_EACH(ck_softsign_f32(x));
  case CK_UNARY_SWISH: CK_EACH(ck_swish_f32(x, a));
  case CK_UNARY_MISH: CK_EACH(ck_mish_f32(x));
  default: CK_EACH(ck_gelu_tanh_f32(x));
  }
}

CK_F32_BODY enum ck_status ck_unary_f32(const ck_bound *bound, ck_range range) {
  const ck_unary_parameters *p = (const ck_unary_parameters *)bound->instruction->parameters;
  const ck_span span = ck_panel_span(range, p->count);
  const float *in = ck_f32_input(bound, 0);
  float *out = ck_f32_output(bound, 1), block[CK_UNARY_BLOCK] = {0};
  for (size_t i = span.begin; i < span.begin + span.count; i += CK_UNARY_BLOCK) {
    const size_t left = span.begin + span.count - i;
    if (left >= CK_UNARY_BLOCK) {
      __builtin_memcpy(block, in + i, sizeof block);
      ck_apply_unary(p->kind, p->a, p->b, block);
      __builtin_memcpy(out + i, block, sizeof block);
      continue;
    }
    __builtin_memcpy(block, in + i, left * sizeof(float));
    ck_apply_unary(p->kind, p->a, p->b, block);
    __builtin_memcpy(out + i, block, left * sizeof(float));
  }
  return CK_OK;
}

#endif
