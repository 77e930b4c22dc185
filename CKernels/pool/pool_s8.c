#include "pool_s8.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "pool_s8.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, 0, sizeof(ck_pool_parameters)}));
  CK_PARAMETERS(ck_pool_parameters, p, instruction);
  CK_TRY(ck_check_pool_geometry(&p));
  CK_REQUIRE(p.kind == CK_POOL_MAX || ck_is_scale(p.scale), CK_BAD_PARAMETER, ck_pool_parameters, scale);
  CK_REQUIRE(ck_is_s8(p.input_zero_point), CK_BAD_PARAMETER, ck_pool_parameters, input_zero_point);
  CK_REQUIRE_S8_OUTPUT(p, ck_pool_parameters);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_S8, ck_multiply4(p.batch, p.in_h, p.in_w, p.channels)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_S8, ck_multiply4(p.batch, p.out_h, p.out_w, p.channels)));
  return ck_check_scratch(instruction, 0);
}

static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  (void)input;
  CK_PARAMETERS(ck_pool_parameters, p, instruction);
  const uint64_t in_row = ck_multiply(p.in_w, p.channels), out_row = ck_multiply(p.out_w, p.channels);
  return ck_rows_ahead(ck_pool_rows(&p), p.batch, CK_ROWS_DIRECT, in_row, out_row, p.channels);
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_pool_parameters, p, instruction);
  bound->rows = p.batch * p.out_h;
  bound->panels = (uint32_t)ck_ceil_divide(p.channels, 16);
  ck_bind_variant(variants, variant_count, isa, bound->operand_xor[0] != CK_ARENA_XOR ? CK_TRAIT_POOL_CONSTANT : 0, bound);
}

const ck_operator ck_operator_pool_s8 = {CK_OP_POOL_S8, "pool_s8", check, NULL, ck_no_scratch, ahead, bind, variants, variant_count};
