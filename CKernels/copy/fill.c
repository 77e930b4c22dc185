/* FILL - every element of the output is one value (ck/parameters.h: ck_fill_parameters). One row, panels of 16 elements. */
#include "../check/ck_check.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){0, 1, 0, CK_FLAG_FAST_FLOAT, sizeof(ck_fill_parameters)}));
  CK_PARAMETERS(ck_fill_parameters, p, instruction);
  const uint8_t dtype = operands[0]->dtype;
  CK_REQUIRE(p.count > 0 && p.count <= CK_MAX_COUNT, CK_BAD_PARAMETER, ck_fill_parameters, count);
  const bool is_size = p.element_bytes == 1 || p.element_bytes == 2 || p.element_bytes == 4;
  CK_REQUIRE(is_size && p.element_bytes == ck_dtype_bytes(dtype), CK_BAD_PARAMETER, ck_fill_parameters, element_bytes);
  CK_TRY(ck_check_operand(instruction, operands, 0, (enum ck_dtype)dtype, ck_multiply(p.count, p.element_bytes)));
  return ck_check_scratch(instruction, 0);
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_fill_parameters, p, bound->instruction);
  const uint64_t begin = 16 * (uint64_t)range.panel_begin, end = 16 * (uint64_t)range.panel_end;
  uint8_t *to = bound->operand[0];
  uint8_t element[4] = {(uint8_t)p.value, (uint8_t)(p.value >> 8), (uint8_t)(p.value >> 16), (uint8_t)(p.value >> 24)};
  if (p.element_bytes == 1) element[0] ^= bound->operand_xor[0];
  for (uint64_t i = begin; i < end && i < p.count; i++) {
    for (uint32_t j = 0; j < p.element_bytes; j++) to[i * p.element_bytes + j] = element[j];
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_fill_parameters, p, instruction);
  bound->rows = 1;
  bound->panels = (uint32_t)ck_ceil_divide(p.count, 16);
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

const ck_operator ck_operator_fill = {CK_OP_FILL, "fill", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
