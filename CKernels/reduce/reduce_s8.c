#include "reduce_s8.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "reduce_s8.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, 0, sizeof(ck_reduce_parameters)}));
  CK_PARAMETERS(ck_reduce_parameters, p, instruction);
  CK_REQUIRE(p.kind <= CK_REDUCE_MIN, CK_BAD_PARAMETER, ck_reduce_parameters, kind);
  CK_REQUIRE(p.outer > 0, CK_BAD_PARAMETER, ck_reduce_parameters, outer);
  CK_REQUIRE(p.axis > 0 && p.axis <= 1u << 23, CK_BAD_PARAMETER, ck_reduce_parameters, axis); /* 255 * axis is an int32 */
  CK_REQUIRE(p.inner > 0, CK_BAD_PARAMETER, ck_reduce_parameters, inner);
  CK_REQUIRE(ck_is_scale(p.scale), CK_BAD_PARAMETER, ck_reduce_parameters, scale);
  CK_REQUIRE(ck_is_s8(p.input_zero_point), CK_BAD_PARAMETER, ck_reduce_parameters, input_zero_point);
  CK_REQUIRE_S8_OUTPUT(p, ck_reduce_parameters);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_S8, ck_multiply3(p.outer, p.axis, p.inner)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_S8, ck_multiply(p.outer, p.inner)));
  return ck_check_scratch(instruction, 0);
}

/* Slabs [0, o] of `inner` outputs are written while slab o, axis * inner inputs, is still read: worst at o = 0. */
static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  (void)input;
  CK_PARAMETERS(ck_reduce_parameters, p, instruction);
  return p.inner;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_reduce_parameters, p, instruction);
  bound->rows = p.outer;
  bound->panels = (uint32_t)ck_ceil_divide(p.inner, 16);
  ck_bind_variant(variants, variant_count, isa, bound->operand_xor[0] != CK_ARENA_XOR ? CK_TRAIT_REDUCE_CONSTANT : 0, bound);
}

const ck_operator ck_operator_reduce_s8 = {CK_OP_REDUCE_S8, "reduce_s8", check, NULL, ck_no_scratch, ahead, bind, variants, variant_count};
