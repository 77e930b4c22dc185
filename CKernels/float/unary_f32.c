/* float/unary_f32.c - UNARY_F32: one function of every element; a block is read before any of it is written. NaN stays NaN. */
#include "ck_lanes.h"

#include "../check/ck_check.h"
#include "ck_f32.h"
#include "ck_math.h"

CK_F32_VARIANTS(unary_f32)

static const ck_unary_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_unary_parameters *)instruction->parameters;
}
static bool is_finite(float x) { return ck_abs_f32(x) < __builtin_inff(); }

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, CK_FLAG_FAST_FLOAT, sizeof(ck_unary_parameters)}));
  const ck_unary_parameters *p = parameters(instruction);
  CK_REQUIRE(p->count > 0 && p->count <= (uint64_t)UINT32_MAX * CK_LANES, CK_BAD_PARAMETER, ck_unary_parameters, count);
  CK_REQUIRE(p->kind <= CK_UNARY_GELU_TANH, CK_BAD_PARAMETER, ck_unary_parameters, kind);
  if (p->kind == CK_UNARY_CLIP) {
    CK_REQUIRE(ck_is_clamp(p->a, p->b), CK_BAD_PARAMETER, ck_unary_parameters, a);
  } else {
    CK_REQUIRE(is_finite(p->a), CK_BAD_PARAMETER, ck_unary_parameters, a);
    CK_REQUIRE(is_finite(p->b), CK_BAD_PARAMETER, ck_unary_parameters, b);
    CK_REQUIRE(p->kind != CK_UNARY_CELU || p->a > 0.0f, CK_BAD_PARAMETER, ck_unary_parameters, a);
    CK_REQUIRE(p->kind != CK_UNARY_SHRINK || p->a >= 0.0f, CK_BAD_PARAMETER, ck_unary_parameters, a);
  }
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply(p->count, 4)));
  return ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply(p->count, 4));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  ck_bind_f32(variants, isa, bound, 1, ck_panel_count(parameters(instruction)->count));
}

const ck_operator ck_operator_unary_f32 = {
    CK_OP_UNARY_F32, "unary_f32", check, NULL, ck_no_scratch, ck_in_place, bind, variants, CK_F32_VARIANT_COUNT,
};
