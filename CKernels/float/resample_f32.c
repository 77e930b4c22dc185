/* float/resample_f32.c - RESAMPLE_F32: weighted sums along one axis, in the order of the taps. */
#include "ck_lanes.h"

#include "../resample/ck_resample.h"
#include "ck_f32.h"

CK_F32_VARIANTS(resample_f32)

static const ck_resample_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_resample_parameters *)instruction->parameters;
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 2, CK_FLAG_FAST_FLOAT, sizeof(ck_resample_parameters)}));
  const ck_resample_parameters *p = parameters(instruction);
  return ck_check_resample(instruction, operands, p, CK_DTYPE_F32, ck_multiply(p->inner, 4));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  const ck_resample_parameters *p = parameters(instruction);
  ck_bind_f32(variants, isa, bound, p->outer * p->out, ck_panel_count(p->inner));
}

const ck_operator ck_operator_resample_f32 = {
    CK_OP_RESAMPLE_F32, "resample_f32", check, ck_check_resample_constants, ck_no_scratch, ck_disjoint, bind, variants, CK_F32_VARIANT_COUNT,
};
