#include "prelu_s8.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "prelu_s8.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 1, 0, sizeof(ck_prelu_parameters)}));
  CK_PARAMETERS(ck_prelu_parameters, p, instruction);
  CK_REQUIRE(ck_is_scale(p.scale), CK_BAD_PARAMETER, ck_prelu_parameters, scale);
  CK_REQUIRE(ck_is_s8(p.input_zero_point), CK_BAD_PARAMETER, ck_prelu_parameters, input_zero_point);
  CK_REQUIRE_S8_OUTPUT(p, ck_prelu_parameters);
  CK_TRY(ck_check_prelu(instruction, operands, CK_DTYPE_S8));
  return ck_check_scratch(instruction, 0);
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_prelu_parameters, p, instruction);
  bound->rows = ck_prelu_rows(&p);
  bound->panels = (uint32_t)ck_ceil_divide(ck_prelu_length(&p), 16);
  ck_bind_variant(variants, variant_count, isa, 0, bound);
}

const ck_operator ck_operator_prelu_s8 = {
    CK_OP_PRELU_S8, "prelu_s8", check, NULL, ck_no_scratch, ck_in_place, bind, variants, variant_count};
