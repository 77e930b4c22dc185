/* float/dwconv2d_f32.c - DWCONV2D_F32: each output channel reads one input channel. Taps are summed in order, kernel row by kernel row,
 * those in the padding left out; 16 channels at a time. */
#include "ck_lanes.h"

#include "../check/ck_window.h"
#include "ck_f32.h"

CK_F32_VARIANTS(dwconv2d_f32)

static const ck_conv2d_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_conv2d_parameters *)instruction->parameters;
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 2, CK_FLAG_FAST_FLOAT, sizeof(ck_conv2d_parameters)}));
  const ck_conv2d_parameters *p = parameters(instruction);
  CK_TRY(ck_check_conv2d_geometry(p, true));
  CK_REQUIRE(p->weight_layout == CK_LAYOUT_F32_LINEAR, CK_BAD_PARAMETER, ck_conv2d_parameters, weight_layout);
  CK_REQUIRE(ck_is_clamp(p->float_min, p->float_max), CK_BAD_PARAMETER, ck_conv2d_parameters, float_min);
  const uint64_t input = ck_multiply4(p->batch, p->in_h, p->in_w, ck_multiply(p->in_c, 4));
  const uint64_t output = ck_multiply4(p->batch, p->out_h, p->out_w, ck_multiply(p->out_c, 4));
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, input));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, output));
  CK_TRY(ck_check_constant(instruction, 0, ck_multiply4(p->kernel_h, p->kernel_w, p->out_c, 4)));
  return ck_check_constant(instruction, 1, ck_multiply(p->out_c, 4));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  const ck_conv2d_parameters *p = parameters(instruction);
  ck_bind_f32(variants, isa, bound, p->batch * p->out_h, ck_panel_count(p->out_c));
}

const ck_operator ck_operator_dwconv2d_f32 = {
    CK_OP_DWCONV2D_F32, "dwconv2d_f32", check, NULL, ck_no_scratch, ck_disjoint, bind, variants, CK_F32_VARIANT_COUNT,
};
