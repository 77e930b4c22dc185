/* float/ck_unary_f32.h - one function of every element; a block is read before any of it is written. */
#ifndef CK_UNARY_F32_BODY_H
#define CK_UNARY_F32_BODY_H

#include "ck_f32.h"

#include "ck_math.h"

#define CK_UNARY_BLOCK 64

CK_F32_BODY float ck_elu_f32(float x, float a) { return x < 0.0f ? a * ck_expm1_negative_f32(x) : x; }
CK_F32_BODY float ck_hard_swish_f32(float x) {
  const float gate = ck_clamp_keeping_nan(x * 0x1.555556p-3f + 0.5f, 0.0f, 1.0f);
  return (x < -3.0f ? -3.0f : x) * gate;
}

/* The element loops stand one beside the other so that each vectorises alone; always over whole blocks, whose end may be left over. */
#define CK_EACH(expression) \
  for (size_t i = 0; i < CK_UNARY_BLOCK; i++) { \
    const float x = t[i]; \
    t[i] = (expression); \
  } \
  break
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
  default: CK_EACH(ck_rint_f32(x));
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
