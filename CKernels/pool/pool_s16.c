#include "pool_s16.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "pool_s16.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, CK_FLAG_S8_OUTPUT, sizeof(ck_pool_parameters)}));
  CK_PARAMETERS(ck_pool_parameters, p, instruction);
  const bool s8 = (instruction->flags & CK_FLAG_S8_OUTPUT) != 0;
  CK_TRY(ck_check_pool_geometry(&p));
  CK_REQUIRE(p.kind == CK_POOL_MAX || ck_is_scale(p.scale), CK_BAD_PARAMETER, ck_pool_parameters, scale);
  CK_REQUIRE(p.input_zero_point == 0, CK_BAD_PARAMETER, ck_pool_parameters, input_zero_point);
  CK_REQUIRE_S16_OUTPUT(p, ck_pool_parameters, s8);
  /* A maximum keeps its levels. */
  if (s8 && p.kind == CK_POOL_MAX) return ck_fail(CK_BAD_FLAGS, CK_AT(flags));
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_S16, ck_multiply(ck_multiply4(p.batch, p.in_h, p.in_w, p.channels), 2)));
  const uint64_t outputs = ck_multiply4(p.batch, p.out_h, p.out_w, p.channels);
  CK_TRY(ck_check_operand(
      instruction, operands, 1, ck_s16_output_dtype(instruction), ck_multiply(outputs, ck_s16_output_bytes(instruction))));
  return ck_check_scratch(instruction, 0);
}

static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  (void)input;
  CK_PARAMETERS(ck_pool_parameters, p, instruction);
  const uint64_t out_pixel = ck_multiply(p.channels, ck_s16_output_bytes(instruction));
  return ck_rows_ahead(
      ck_pool_rows(&p), p.batch, CK_ROWS_DIRECT, ck_multiply3(p.in_w, p.channels, 2), ck_multiply(p.out_w, out_pixel), out_pixel);
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_pool_parameters, p, instruction);
  bound->rows = p.batch * p.out_h;
  bound->panels = (uint32_t)ck_ceil_divide(p.channels, 16);
  ck_bind_variant(variants, variant_count, isa, 0, bound);
}

const ck_operator ck_operator_pool_s16 = {CK_OP_POOL_S16, "pool_s16", check, NULL, ck_no_scratch, ahead, bind, variants, variant_count};
