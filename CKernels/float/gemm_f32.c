/* float/gemm_f32.c - GEMM_F32: output[m][n] = clamp(bias[n] + sum over k of input[m][k] * weight[n][k]). */
#include "ck_lanes.h"

#include "../check/ck_check.h"
#include "ck_blas.h"
#include "ck_f32.h"

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

static enum ck_status run(const ck_bound *bound, ck_range range) {
  const ck_gemm_parameters *p = parameters(bound->instruction);
  const ck_span columns = ck_panel_span(range, p->n);
  const ck_layer layer = {
      .m = range.row_end - range.row_begin,
      .n = columns.count,
      .k = p->k,
      .a = ck_f32_input(bound, 0) + (size_t)range.row_begin * p->k,
      .lda = p->k,
      .b = ck_f32_constant(bound, 0) + columns.begin * p->k,
      .ldb = p->k,
      .bias = ck_f32_constant(bound, 1) + columns.begin,
      .c = ck_f32_output(bound, 1) + (size_t)range.row_begin * p->n + columns.begin,
      .ldc = p->n,
      .low = p->float_min,
      .high = p->float_max,
  };
  if (ck_is_fast(bound->instruction)) ck_layer_fast(&layer);
  else ck_layer_exact(&layer);
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  const ck_gemm_parameters *p = parameters(instruction);
  ck_bind_plain(bound, run, p->m, ck_panel_count(p->n));
}

const ck_operator ck_operator_gemm_f32 = {
    CK_OP_GEMM_F32, "gemm_f32", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0,
};
