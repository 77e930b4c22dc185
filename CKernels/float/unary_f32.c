/* float/unary_f32.c - UNARY_F32: one function of every element; a block is read before any of it is written. NaN stays NaN. */
#include "ck_lanes.h"

#include "../check/ck_check.h"
#include "ck_f32.h"
#include "ck_math.h"

#define CK_BLOCK 64

static const ck_unary_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_unary_parameters *)instruction->parameters;
}
static bool is_finite(float x) { return ck_abs_f32(x) < __builtin_inff(); }

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, CK_FLAG_FAST_FLOAT, sizeof(ck_unary_parameters)}));
  const ck_unary_parameters *p = parameters(instruction);
  CK_REQUIRE(p->count > 0 && p->count <= (uint64_t)UINT32_MAX * CK_LANES, CK_BAD_PARAMETER, ck_unary_parameters, count);
  CK_REQUIRE(p->kind <= CK_UNARY_ROUND, CK_BAD_PARAMETER, ck_unary_parameters, kind);
  if (p->kind == CK_UNARY_CLIP) {
    CK_REQUIRE(ck_is_clamp(p->a, p->b), CK_BAD_PARAMETER, ck_unary_parameters, a);
  } else {
    CK_REQUIRE(is_finite(p->a), CK_BAD_PARAMETER, ck_unary_parameters, a);
    CK_REQUIRE(is_finite(p->b), CK_BAD_PARAMETER, ck_unary_parameters, b);
  }
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply(p->count, 4)));
  return ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply(p->count, 4));
}

static inline float elu(float x, float a) { return x < 0.0f ? a * ck_expm1_negative_f32(x) : x; }
static inline float hard_swish(float x) {
  const float gate = ck_clamp_keeping_nan(x * 0x1.555556p-3f + 0.5f, 0.0f, 1.0f);
  return (x < -3.0f ? -3.0f : x) * gate;
}

/* The element loops stand one beside the other so that each vectorises alone. */
#define CK_EACH(expression) \
  for (size_t i = 0; i < count; i++) { \
    const float x = t[i]; \
    t[i] = (expression); \
  } \
  break
static inline void apply(uint32_t kind, float a, float b, float *t, size_t count) {
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
  case CK_UNARY_ELU: CK_EACH(elu(x, a));
  case CK_UNARY_HARD_SIGMOID: CK_EACH(ck_clamp_keeping_nan(a * x + b, 0.0f, 1.0f));
  case CK_UNARY_HARD_SWISH: CK_EACH(hard_swish(x));
  case CK_UNARY_SOFTPLUS: CK_EACH(ck_softplus_f32(x));
  case CK_UNARY_FLOOR: CK_EACH(ck_floor_f32(x));
  case CK_UNARY_CEIL: CK_EACH(ck_ceil_f32(x));
  default: CK_EACH(ck_rint_f32(x));
  }
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  const ck_unary_parameters *p = parameters(bound->instruction);
  const ck_span span = ck_panel_span(range, p->count);
  const float *in = ck_f32_input(bound, 0);
  float *out = ck_f32_output(bound, 1), block[CK_BLOCK];
  for (size_t i = span.begin; i < span.begin + span.count; i += CK_BLOCK) {
    const size_t left = span.begin + span.count - i, count = left < CK_BLOCK ? left : CK_BLOCK;
    __builtin_memcpy(block, in + i, count * sizeof(float));
    apply(p->kind, p->a, p->b, block, count);
    __builtin_memcpy(out + i, block, count * sizeof(float));
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  ck_bind_plain(bound, run, 1, ck_panel_count(parameters(instruction)->count));
}

const ck_operator ck_operator_unary_f32 = {
    CK_OP_UNARY_F32, "unary_f32", check, NULL, ck_no_scratch, ck_in_place, bind, NULL, 0,
};
