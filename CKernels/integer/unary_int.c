/* UNARY_INT - a function of each integer or truth value (ck/parameters.h: ck_unary_int_parameters). One row, panels of 16 elements; in place. */
#include "ck_integer.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, 0, sizeof(ck_unary_int_parameters)}));
  CK_PARAMETERS(ck_unary_int_parameters, p, instruction);
  CK_REQUIRE(p.kind <= CK_UNARY_INT_NOT, CK_BAD_PARAMETER, ck_unary_int_parameters, kind);
  CK_REQUIRE(p.count > 0 && p.count <= CK_MAX_COUNT, CK_BAD_PARAMETER, ck_unary_int_parameters, count);
  CK_REQUIRE(ck_is_integer_tensor(operands[1], p.type), CK_BAD_PARAMETER, ck_unary_int_parameters, type);
  CK_REQUIRE(p.type != CK_DTYPE_BOOL || p.kind == CK_UNARY_INT_NOT, CK_BAD_PARAMETER, ck_unary_int_parameters, kind);
  const enum ck_dtype dtype = (enum ck_dtype)operands[1]->dtype;
  const uint64_t bytes = ck_multiply(p.count, ck_dtype_bytes((uint8_t)dtype));
  CK_TRY(ck_check_operand(instruction, operands, 0, dtype, bytes));
  CK_TRY(ck_check_operand(instruction, operands, 1, dtype, bytes));
  return ck_check_scratch(instruction, 0);
}

static uint32_t map(uint32_t kind, int32_t x) {
  switch (kind) {
  case CK_UNARY_INT_NEGATE: return 0u - (uint32_t)x;
  case CK_UNARY_INT_ABS: return x < 0 ? 0u - (uint32_t)x : (uint32_t)x;
  case CK_UNARY_INT_SIGN: return (uint32_t)((x > 0) - (x < 0));
  default: return ~(uint32_t)x;
  }
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_unary_int_parameters, p, bound->instruction);
  for (uint64_t i = 16 * (uint64_t)range.panel_begin; i < 16 * (uint64_t)range.panel_end && i < p.count; i++) {
    if (p.type == CK_DTYPE_BOOL) bound->operand[1][i] = bound->operand[0][i] == 0;
    else ck_s32_set(bound->operand[1], i, ck_wrap_s32(map(p.kind, ck_s32_at(bound->operand[0], i)), p.type));
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_unary_int_parameters, p, instruction);
  bound->rows = 1;
  bound->panels = (uint32_t)ck_ceil_divide(p.count, 16);
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

const ck_operator ck_operator_unary_int = {CK_OP_UNARY_INT, "unary_int", check, NULL, ck_no_scratch, ck_in_place, bind, NULL, 0};
