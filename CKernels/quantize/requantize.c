#include "requantize.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "requantize.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static bool is_level_type(uint32_t type) { return type == CK_DTYPE_S8 || type == CK_DTYPE_S16; }

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, 0, sizeof(ck_requantize_parameters)}));
  CK_PARAMETERS(ck_requantize_parameters, p, instruction);
  CK_REQUIRE(p.count > 0 && p.count <= CK_MAX_COUNT, CK_BAD_PARAMETER, ck_requantize_parameters, count);
  CK_REQUIRE(is_level_type(p.from), CK_BAD_PARAMETER, ck_requantize_parameters, from);
  CK_REQUIRE(is_level_type(p.to), CK_BAD_PARAMETER, ck_requantize_parameters, to);
  CK_REQUIRE(ck_is_scale(p.scale), CK_BAD_PARAMETER, ck_requantize_parameters, scale);
  CK_REQUIRE(p.reserved == 0, CK_BAD_PARAMETER, ck_requantize_parameters, reserved);
  const bool from_s8 = p.from == CK_DTYPE_S8, to_s8 = p.to == CK_DTYPE_S8;
  CK_REQUIRE(
      from_s8 ? ck_is_s8(p.input_zero_point) : p.input_zero_point == 0, CK_BAD_PARAMETER, ck_requantize_parameters, input_zero_point);
  CK_REQUIRE_S16_OUTPUT(p, ck_requantize_parameters, to_s8);
  CK_TRY(ck_check_operand(instruction, operands, 0, (enum ck_dtype)p.from, ck_multiply(p.count, from_s8 ? 1 : 2)));
  CK_TRY(ck_check_operand(instruction, operands, 1, (enum ck_dtype)p.to, ck_multiply(p.count, to_s8 ? 1 : 2)));
  return ck_check_scratch(instruction, 0);
}

/* Once i bytes became words, 2 * i bytes, those from i on are still to be read. */
static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  (void)input;
  CK_PARAMETERS(ck_requantize_parameters, p, instruction);
  return p.from == CK_DTYPE_S8 && p.to == CK_DTYPE_S16 ? p.count : 0;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_requantize_parameters, p, instruction);
  bound->rows = 1;
  bound->panels = (uint32_t)ck_ceil_divide(p.count, 16);
  ck_bind_variant(variants, variant_count, isa, 0, bound);
}

const ck_operator ck_operator_requantize = {
    CK_OP_REQUANTIZE, "requantize", check, NULL, ck_no_scratch, ahead, bind, variants, variant_count};
