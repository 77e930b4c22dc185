/* float/binary_f32.c - BINARY_F32: a op b with broadcast strides, clamped; 16 elements of the last dimension at a time, read before any
 * is written. Maximum and minimum are NaN where an operand is. */
#include "ck_lanes.h"

#include "../check/ck_check.h"
#include "ck_f32.h"

CK_F32_VARIANTS(binary_f32)

static const ck_binary_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_binary_parameters *)instruction->parameters;
}

static uint64_t element_count(const ck_binary_parameters *p, uint32_t rank) {
  uint64_t count = 1;
  for (uint32_t i = 0; i < rank; i++) count = ck_multiply(count, p->dims[i]);
  return count;
}
/* Elements from the first to the last that the strides reach. */
static uint64_t reach(const ck_binary_parameters *p, const uint32_t *strides) {
  uint64_t last = 0;
  for (uint32_t i = 0; i < p->rank; i++) last = ck_add(last, ck_multiply(p->dims[i] - 1, strides[i]));
  return ck_add(last, 1);
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 1, 0, CK_FLAG_FAST_FLOAT, sizeof(ck_binary_parameters)}));
  const ck_binary_parameters *p = parameters(instruction);
  CK_REQUIRE(p->kind <= CK_BINARY_MODULO, CK_BAD_PARAMETER, ck_binary_parameters, kind);
  CK_REQUIRE(p->rank >= 1 && p->rank <= CK_MAX_RANK, CK_BAD_PARAMETER, ck_binary_parameters, rank);
  for (uint32_t i = 0; i < CK_MAX_RANK; i++) {
    CK_REQUIRE(i < p->rank ? p->dims[i] > 0 : p->dims[i] == 1, CK_BAD_PARAMETER, ck_binary_parameters, dims);
  }
  CK_REQUIRE(element_count(p, p->rank - 1) <= UINT32_MAX, CK_BAD_PARAMETER, ck_binary_parameters, dims);
  CK_REQUIRE(ck_is_clamp(p->float_min, p->float_max), CK_BAD_PARAMETER, ck_binary_parameters, float_min);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply(reach(p, p->a_stride), 4)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply(reach(p, p->b_stride), 4)));
  return ck_check_operand(instruction, operands, 2, CK_DTYPE_F32, ck_multiply(element_count(p, p->rank), 4));
}

/* In place over an input that is read element for element. */
static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  const ck_binary_parameters *p = parameters(instruction);
  const uint32_t *strides = input == 0 ? p->a_stride : p->b_stride;
  uint64_t contiguous = 1;
  if (p->rank < 1 || p->rank > CK_MAX_RANK) return CK_DISJOINT;
  for (uint32_t d = p->rank; d-- > 0;) {
    if (p->dims[d] != 1 && strides[d] != contiguous) return CK_DISJOINT;
    contiguous = ck_multiply(contiguous, p->dims[d]);
  }
  return 0;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  const ck_binary_parameters *p = parameters(instruction);
  ck_bind_f32(variants, isa, bound, (uint32_t)element_count(p, p->rank - 1), ck_panel_count(p->dims[p->rank - 1]));
}

const ck_operator ck_operator_binary_f32 = {
    CK_OP_BINARY_F32, "binary_f32", check, NULL, ck_no_scratch, ahead, bind, variants, CK_F32_VARIANT_COUNT,
};
