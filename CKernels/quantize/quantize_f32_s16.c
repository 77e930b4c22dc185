#include "quantize_f32_s16.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "quantize_f32_s16.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, 0, sizeof(ck_quantize_parameters)}));
  CK_PARAMETERS(ck_quantize_parameters, p, instruction);
  CK_REQUIRE(p.count > 0 && p.count <= CK_MAX_COUNT, CK_BAD_PARAMETER, ck_quantize_parameters, count);
  CK_REQUIRE(ck_is_scale(p.scale), CK_BAD_PARAMETER, ck_quantize_parameters, scale);
  CK_REQUIRE(p.zero_point == 0, CK_BAD_PARAMETER, ck_quantize_parameters, zero_point);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply(p.count, 4)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_S16, ck_multiply(p.count, 2)));
  return ck_check_scratch(instruction, 0);
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_quantize_parameters, p, instruction);
  bound->rows = 1;
  bound->panels = (uint32_t)ck_ceil_divide(p.count, 16);
  ck_bind_variant(variants, variant_count, isa, 0, bound);
}

/* Element i is read before it is written, and nothing before it is read again. */
const ck_operator ck_operator_quantize_f32_s16 = {
    CK_OP_QUANTIZE_F32_S16, "quantize_f32_s16", check, NULL, ck_no_scratch, ck_in_place, bind, variants, variant_count};
