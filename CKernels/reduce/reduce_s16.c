#include "reduce_s16.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "reduce_s16.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, CK_FLAG_S8_OUTPUT, sizeof(ck_reduce_parameters)}));
  CK_PARAMETERS(ck_reduce_parameters, p, instruction);
  const bool s8 = (instruction->flags & CK_FLAG_S8_OUTPUT) != 0;
  CK_REQUIRE(p.kind <= CK_REDUCE_MIN, CK_BAD_PARAMETER, ck_reduce_parameters, kind);
  CK_REQUIRE(p.outer > 0, CK_BAD_PARAMETER, ck_reduce_parameters, outer);
  CK_REQUIRE(p.axis > 0 && p.axis <= INT32_MAX, CK_BAD_PARAMETER, ck_reduce_parameters, axis); /* 2^15 * axis < 2^51 */
  CK_REQUIRE(p.inner > 0, CK_BAD_PARAMETER, ck_reduce_parameters, inner);
  CK_REQUIRE(ck_is_scale(p.scale), CK_BAD_PARAMETER, ck_reduce_parameters, scale);
  CK_REQUIRE(p.input_zero_point == 0, CK_BAD_PARAMETER, ck_reduce_parameters, input_zero_point);
  CK_REQUIRE_S16_OUTPUT(p, ck_reduce_parameters, s8);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_S16, ck_multiply4(p.outer, p.axis, p.inner, 2)));
  CK_TRY(ck_check_operand(
      instruction, operands, 1, ck_s16_output_dtype(instruction), ck_multiply3(p.outer, p.inner, ck_s16_output_bytes(instruction))));
  return ck_check_scratch(instruction, 0);
}

/* Slabs [0, o] of `inner` outputs are written while slab o, axis * inner inputs, is still read: worst at o = 0. */
static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  (void)input;
  CK_PARAMETERS(ck_reduce_parameters, p, instruction);
  return ck_multiply(p.inner, ck_s16_output_bytes(instruction));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_reduce_parameters, p, instruction);
  const bool sum = p.kind == CK_REDUCE_MEAN || p.kind == CK_REDUCE_SUM;
  bound->rows = p.outer;
  bound->panels = (uint32_t)ck_ceil_divide(p.inner, 16);
  ck_bind_variant(variants, variant_count, isa, sum ? CK_TRAIT_WORDS_SUM : CK_TRAIT_WORDS_EXTREME, bound);
}

const ck_operator ck_operator_reduce_s16 = {
    CK_OP_REDUCE_S16, "reduce_s16", check, NULL, ck_no_scratch, ahead, bind, variants, variant_count};
