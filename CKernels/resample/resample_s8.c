#include "resample_s8.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "resample_s8.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 2, 0, sizeof(ck_resample_parameters)}));
  CK_PARAMETERS(ck_resample_parameters, p, instruction);
  CK_REQUIRE(ck_is_s8(p.input_zero_point), CK_BAD_PARAMETER, ck_resample_parameters, input_zero_point);
  CK_REQUIRE_S8_OUTPUT(p, ck_resample_parameters);
  return ck_check_resample(instruction, operands, &p, CK_DTYPE_S8, p.inner);
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_resample_parameters, p, instruction);
  bound->rows = p.outer * p.out;
  bound->panels = (uint32_t)ck_ceil_divide(p.inner, 16);
  ck_bind_variant(variants, variant_count, isa, 0, bound);
}

const ck_operator ck_operator_resample_s8 = {
    CK_OP_RESAMPLE_S8, "resample_s8", check, ck_check_resample_constants, ck_no_scratch, ck_disjoint, bind, variants, variant_count,
};
