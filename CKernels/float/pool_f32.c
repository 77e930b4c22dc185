/* float/pool_f32.c - POOL_F32: maximum, or the sum of the taps in order divided by their count; 16 channels at a time. */
#include "ck_lanes.h"

#include "../check/ck_window.h"
#include "ck_f32.h"

CK_F32_VARIANTS(pool_f32)

static const ck_pool_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_pool_parameters *)instruction->parameters;
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, CK_FLAG_FAST_FLOAT, sizeof(ck_pool_parameters)}));
  const ck_pool_parameters *p = parameters(instruction);
  CK_TRY(ck_check_pool_geometry(p));
  CK_REQUIRE(ck_is_clamp(p->float_min, p->float_max), CK_BAD_PARAMETER, ck_pool_parameters, float_min);
  const uint64_t pixel = ck_multiply(p->channels, 4);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply4(p->batch, p->in_h, p->in_w, pixel)));
  return ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply4(p->batch, p->out_h, p->out_w, pixel));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  const ck_pool_parameters *p = parameters(instruction);
  ck_bind_f32(variants, isa, bound, p->batch * p->out_h, ck_panel_count(p->channels));
}

const ck_operator ck_operator_pool_f32 = {
    CK_OP_POOL_F32, "pool_f32", check, NULL, ck_no_scratch, ck_disjoint, bind, variants, CK_F32_VARIANT_COUNT,
};
