/* float/gemm_f32.c - GEMM_F32: output[m][n] = clamp(bias[n] + sum over k of input[m][k] * weight[n][k]). */
#include "ck_lanes.h"

#include "../check/ck_check.h"
#include "ck_f32.h"

CK_F32_VARIANTS(gemm_f32)

static const ck_gemm_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_gemm_parameters *)instruction->parameters;
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 2, CK_FLAG_FAST_FLOAT, sizeof(ck_gemm_parameters)}));
  const ck_gemm_parameters *p = parameters(instruction);
  CK_REQUIRE(p->m > 0, CK_BAD_PARAMETER, ck_gemm_parameters, m);
  CK_REQUIRE(p->n > 0, CK_BAD_PARAMETER, ck_gemm_parameters, n);
  CK_REQUIRE(p->k > 0, CK_BAD_PARAMETER, ck_gemm_parameters, k);
  CK_REQUIRE(p->weight_layout == CK_LAYOUT_F32_LINEAR, CK_BAD_PARAMETER, ck_gemm_parameters, weight_layout);
  CK_REQUIRE(ck_is_clamp(p->float_min, p->float_max), CK_BAD_PARAMETER, ck_gemm_parameters, float_min);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply3(p->m, p->k, 4)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply3(p->m, p->n, 4)));
  CK_TRY(ck_check_constant(instruction, 0, ck_multiply3(p->n, p->k, 4)));
  return ck_check_constant(instruction, 1, ck_multiply(p->n, 4));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  const ck_gemm_parameters *p = parameters(instruction);
  ck_bind_f32(variants, isa, bound, p->m, ck_panel_count(p->n));
}

const ck_operator ck_operator_gemm_f32 = {
    CK_OP_GEMM_F32, "gemm_f32", check, NULL, ck_no_scratch, ck_disjoint, bind, variants, CK_F32_VARIANT_COUNT,
};
