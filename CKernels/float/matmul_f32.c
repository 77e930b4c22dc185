/* float/matmul_f32.c - MATMUL_F32: batches of products of two tensors (ck/parameters.h: ck_matmul_parameters). */
#include "matmul_f32.h"

#include "ck_f32.h"

CK_F32_VARIANTS(matmul_f32)

static const ck_matmul_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_matmul_parameters *)instruction->parameters;
}

static uint64_t scratch(const ck_instruction *instruction) {
  const ck_matmul_floats part = ck_matmul_floats_of(parameters(instruction));
  return ck_multiply(ck_add(ck_add(part.zeros, part.columns), part.rows), 4);
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 1, 0, CK_FLAG_FAST_FLOAT, sizeof(ck_matmul_parameters)}));
  const ck_matmul_parameters *p = parameters(instruction);
  CK_REQUIRE(ck_is_clamp(p->float_min, p->float_max), CK_BAD_PARAMETER, ck_matmul_parameters, float_min);
  CK_TRY(ck_check_matmul(instruction, operands, CK_DTYPE_F32, CK_DTYPE_F32));
  return ck_check_scratch(instruction, scratch(instruction));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  const ck_matmul_parameters *p = parameters(instruction);
  ck_bind_f32(variants, isa, bound, (uint32_t)(ck_matmul_count(p) * p->m), 1);
}

const ck_operator ck_operator_matmul_f32 = {
    CK_OP_MATMUL_F32, "matmul_f32", check, NULL, scratch, ck_disjoint, bind, variants, CK_F32_VARIANT_COUNT,
};
