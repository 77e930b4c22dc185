#include "dequantize_s16_f32.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "dequantize_s16_f32.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, 0, sizeof(ck_quantize_parameters)}));
  CK_PARAMETERS(ck_quantize_parameters, p, instruction);
  CK_REQUIRE(p.count > 0 && p.count <= CK_MAX_COUNT, CK_BAD_PARAMETER, ck_quantize_parameters, count);
  CK_REQUIRE(ck_is_scale(p.scale), CK_BAD_PARAMETER, ck_quantize_parameters, scale);
  CK_REQUIRE(p.zero_point == 0, CK_BAD_PARAMETER, ck_quantize_parameters, zero_point);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_S16, ck_multiply(p.count, 2)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply(p.count, 4)));
  return ck_check_scratch(instruction, 0);
}

/* Once i elements are written, 4 * i bytes, those from 2 * i on are still to be read. */
static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  (void)input;
  CK_PARAMETERS(ck_quantize_parameters, p, instruction);
  return ck_multiply(p.count, 2);
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_quantize_parameters, p, instruction);
  bound->rows = 1;
  bound->panels = (uint32_t)ck_ceil_divide(p.count, 16);
  ck_bind_variant(variants, variant_count, isa, 0, bound);
}

const ck_operator ck_operator_dequantize_s16_f32 = {
    CK_OP_DEQUANTIZE_S16_F32, "dequantize_s16_f32", check, NULL, ck_no_scratch, ahead, bind, variants, variant_count};
