/* float/conv2d_f32.c - CONV2D_F32: any kernel, stride, dilation, padding and groups.
 *
 * Fast programs: one matrix product a group, straight from the image where the kernel is 1x1 with stride 1, otherwise by bands of
 * output pixels whose windows are laid out in scratch. Other programs: no scratch and a fixed order, output pixel by output pixel:
 * kernel rows in turn, and in each the contiguous runs of inputs (the whole row where groups and dilation_w are 1, else a tap's
 * channels), element i of a run in partial sum i % 16. Padding taps are left out. */
#include "ck_lanes.h"

#include "conv2d_f32.h"

CK_F32_VARIANTS(conv2d_f32)

static const ck_conv2d_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_conv2d_parameters *)instruction->parameters;
}

static uint64_t scratch(const ck_instruction *instruction) {
  const ck_conv2d_parameters *p = parameters(instruction);
  return ck_needs_windows(instruction) ? ck_multiply3(ck_band_pixels(p), ck_window_floats(p), 4) : 0;
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 2, CK_FLAG_FAST_FLOAT, sizeof(ck_conv2d_parameters)}));
  const ck_conv2d_parameters *p = parameters(instruction);
  CK_TRY(ck_check_conv2d_geometry(p, false));
  CK_REQUIRE(p->weight_layout == CK_LAYOUT_F32_LINEAR, CK_BAD_PARAMETER, ck_conv2d_parameters, weight_layout);
  CK_REQUIRE(ck_is_clamp(p->float_min, p->float_max), CK_BAD_PARAMETER, ck_conv2d_parameters, float_min);
  const uint64_t input = ck_multiply4(p->batch, p->in_h, p->in_w, ck_multiply(p->in_c, 4));
  const uint64_t output = ck_multiply4(p->batch, p->out_h, p->out_w, ck_multiply(p->out_c, 4));
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, input));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, output));
  CK_TRY(ck_check_constant(instruction, 0, ck_multiply3(p->out_c, ck_window_floats(p), 4)));
  CK_TRY(ck_check_constant(instruction, 1, ck_multiply(p->out_c, 4)));
  return ck_check_scratch(instruction, scratch(instruction));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  const ck_conv2d_parameters *p = parameters(instruction);
  if (ck_needs_windows(instruction)) ck_bind_f32(variants, isa, bound, 1, 1);
  else ck_bind_f32(variants, isa, bound, p->batch * p->out_h, ck_panel_count(p->out_c));
}

const ck_operator ck_operator_conv2d_f32 = {
    CK_OP_CONV2D_F32, "conv2d_f32", check, NULL, scratch, ck_disjoint, bind, variants, CK_F32_VARIANT_COUNT,
};
