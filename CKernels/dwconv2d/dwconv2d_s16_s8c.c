#include "dwconv2d_s16_s8c.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "dwconv2d_s16_s8c.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 4, CK_WEIGHTED_S16_FLAGS, sizeof(ck_conv2d_parameters)}));
  CK_PARAMETERS(ck_conv2d_parameters, p, instruction);
  CK_TRY(ck_check_conv2d_geometry(&p, true));
  CK_REQUIRE(p.in_c <= INT32_MAX, CK_BAD_PARAMETER, ck_conv2d_parameters, in_c);
  CK_REQUIRE(ck_multiply(p.kernel_h, p.kernel_w) <= CK_S16_MAX_DEPTH, CK_BAD_PARAMETER, ck_conv2d_parameters, kernel_h);
  CK_REQUIRE(p.weight_layout == CK_LAYOUT_DEPTHWISE_QUAD, CK_BAD_PARAMETER, ck_conv2d_parameters, weight_layout);
  CK_TRY(ck_check_quantization_s16(instruction, CK_DWCONV2D_QUANTIZATION));
  const uint64_t inputs = ck_multiply4(p.batch, p.in_h, p.in_w, p.in_c), outputs = ck_multiply4(p.batch, p.out_h, p.out_w, p.out_c);
  CK_TRY(ck_check_weighted_operands_s16(instruction, operands, inputs, outputs));
  const uint64_t panels = ck_ceil_divide(p.out_c, 16);
  CK_TRY(ck_check_weighted_constants_s16(instruction, ck_multiply3(panels, ck_dwconv2d_panel_blocks(&p), 64), panels));
  return ck_check_scratch(instruction, ck_ring_bytes_s16(&p));
}

static ck_fault check_constants(const ck_instruction *instruction, const uint8_t *const *constants) {
  CK_PARAMETERS(ck_conv2d_parameters, p, instruction);
  return ck_check_side_arrays_s16(instruction, constants, 1, p.out_c);
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_conv2d_parameters, p, instruction);
  uint32_t wanted = 0;
  if (p.out_c != p.in_c) wanted |= CK_TRAIT_MULTIPLIER;
  if (ck_dwconv2d_panel_blocks(&p) > CK_DWCONV2D_BLOCKS) wanted |= CK_TRAIT_MANY_BLOCKS;
  bound->rows = p.batch * p.out_h;
  bound->panels = (uint32_t)ck_ceil_divide(p.out_c, 16);
  ck_bind_variant(variants, variant_count, isa, wanted, bound);
}

const ck_operator ck_operator_dwconv2d_s16 = {
    CK_OP_DWCONV2D_S16, "dwconv2d_s16", check, check_constants, ck_ring_scratch_s16, ck_ring_ahead_s16, bind, variants, variant_count};
