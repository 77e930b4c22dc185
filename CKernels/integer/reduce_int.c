/* REDUCE_INT - sum, mean, extreme or product over the middle axis of [outer, axis, inner] (ck/parameters.h: ck_reduce_int_parameters). Rows are
 * outer indices, panels 16 inner ones. */
#include "ck_integer.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, 0, sizeof(ck_reduce_int_parameters)}));
  CK_PARAMETERS(ck_reduce_int_parameters, p, instruction);
  CK_REQUIRE(p.kind <= CK_REDUCE_PRODUCT, CK_BAD_PARAMETER, ck_reduce_int_parameters, kind);
  CK_REQUIRE(p.outer > 0, CK_BAD_PARAMETER, ck_reduce_int_parameters, outer);
  CK_REQUIRE(p.axis > 0, CK_BAD_PARAMETER, ck_reduce_int_parameters, axis);
  CK_REQUIRE(p.inner > 0, CK_BAD_PARAMETER, ck_reduce_int_parameters, inner);
  CK_REQUIRE(ck_is_integer_tensor(operands[1], p.type), CK_BAD_PARAMETER, ck_reduce_int_parameters, type);
  const bool is_extreme = p.kind == CK_REDUCE_MAX || p.kind == CK_REDUCE_MIN;
  CK_REQUIRE(p.type != CK_DTYPE_BOOL || is_extreme, CK_BAD_PARAMETER, ck_reduce_int_parameters, kind);
  const enum ck_dtype dtype = (enum ck_dtype)operands[1]->dtype;
  const uint32_t size = ck_dtype_bytes((uint8_t)dtype);
  CK_TRY(ck_check_operand(instruction, operands, 0, dtype, ck_multiply4(p.outer, p.axis, p.inner, size)));
  CK_TRY(ck_check_operand(instruction, operands, 1, dtype, ck_multiply3(p.outer, p.inner, size)));
  return ck_check_scratch(instruction, 0);
}

/* A sum of fewer than 2^32 integers of 32 bits fits 64. */
static int64_t join(uint32_t kind, int64_t result, int32_t x) {
  switch (kind) {
  case CK_REDUCE_MAX: return x > result ? x : result;
  case CK_REDUCE_MIN: return x < result ? x : result;
  case CK_REDUCE_PRODUCT: return (int32_t)((uint32_t)result * (uint32_t)x);
  default: return result + x;
  }
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_reduce_int_parameters, p, bound->instruction);
  const bool is_bool = p.type == CK_DTYPE_BOOL;
  for (size_t o = range.row_begin; o < range.row_end; o++) {
    for (size_t i = 16 * (size_t)range.panel_begin; i < 16 * (size_t)range.panel_end && i < p.inner; i++) {
      const size_t first = o * p.axis * p.inner + i;
      int64_t result = is_bool ? bound->operand[0][first] : ck_s32_at(bound->operand[0], first);
      for (size_t j = 1; j < p.axis; j++) {
        const size_t at = first + j * p.inner;
        result = join(p.kind, result, is_bool ? bound->operand[0][at] : ck_s32_at(bound->operand[0], at));
      }
      if (p.kind == CK_REDUCE_MEAN) result /= (int64_t)p.axis;
      if (is_bool) bound->operand[1][o * p.inner + i] = (uint8_t)result;
      else ck_s32_set(bound->operand[1], o * p.inner + i, ck_wrap_s32((uint32_t)result, p.type));
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_reduce_int_parameters, p, instruction);
  bound->rows = p.outer;
  bound->panels = (uint32_t)ck_ceil_divide(p.inner, 16);
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

/* An output lies before or on the first of its own inputs, and rows and panels are finished in order. */
const ck_operator ck_operator_reduce_int = {CK_OP_REDUCE_INT, "reduce_int", check, NULL, ck_no_scratch, ck_in_place, bind, NULL, 0};
