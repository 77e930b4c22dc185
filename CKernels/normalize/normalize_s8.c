#include "normalize_s8.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "normalize_s8.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

/* The sums of each channel and, after them, its line. */
static uint64_t scratch(const ck_instruction *instruction) {
  CK_PARAMETERS(ck_normalize_parameters, p, instruction);
  if (p.axis == 1) return 0;
  return ck_multiply(ck_round_up(p.channels, 16), sizeof(ck_normalize_sums) + sizeof(ck_normalize_line));
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  const uint8_t constants = instruction->constant_count == 0 ? 0 : 2;
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, constants, 0, sizeof(ck_normalize_parameters)}));
  CK_TRY(ck_check_normalize(instruction, operands, CK_DTYPE_S8));
  CK_PARAMETERS(ck_normalize_parameters, p, instruction);
  CK_REQUIRE((uint64_t)p.axis * (p.channels / p.groups) <= CK_NORMALIZE_MAX_COUNT, CK_BAD_PARAMETER, ck_normalize_parameters, axis);
  CK_REQUIRE(ck_is_scale(p.input_scale), CK_BAD_PARAMETER, ck_normalize_parameters, input_scale);
  CK_REQUIRE(ck_is_scale(p.output_scale_inverse), CK_BAD_PARAMETER, ck_normalize_parameters, output_scale_inverse);
  CK_REQUIRE(ck_is_s8(p.input_zero_point), CK_BAD_PARAMETER, ck_normalize_parameters, input_zero_point);
  CK_REQUIRE_S8_OUTPUT(p, ck_normalize_parameters);
  return ck_check_scratch(instruction, scratch(instruction));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_normalize_parameters, p, instruction);
  bound->rows = p.outer;
  bound->panels = 1;
  ck_bind_variant(variants, variant_count, isa, 0, bound);
}

const ck_operator ck_operator_normalize_s8 = {
    CK_OP_NORMALIZE_S8, "normalize_s8", check, NULL, scratch, ck_in_place, bind, variants, variant_count};
