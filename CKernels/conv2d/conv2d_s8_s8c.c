#include "conv2d_s8_s8c.h"

#include "../gemm/ck_tile.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "conv2d_s8_s8c.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, ck_weighted_form(instruction, sizeof(ck_conv2d_parameters))));
  CK_PARAMETERS(ck_conv2d_parameters, p, instruction);
  CK_TRY(ck_check_conv2d_geometry(&p, false));
  const bool by_row = p.weight_layout == CK_LAYOUT_CONV_ROW_C4X16;
  CK_REQUIRE(by_row || p.weight_layout == CK_LAYOUT_CONV_TAP_C4X16, CK_BAD_PARAMETER, ck_conv2d_parameters, weight_layout);
  CK_REQUIRE(!by_row || p.groups == 1, CK_BAD_PARAMETER, ck_conv2d_parameters, groups);
  CK_REQUIRE(!by_row || p.dilation_w == 1, CK_BAD_PARAMETER, ck_conv2d_parameters, dilation_w);
  CK_TRY(ck_check_quantization(instruction, CK_CONV2D_QUANTIZATION));
  const uint64_t inputs = ck_multiply4(p.batch, p.in_h, p.in_w, p.in_c), outputs = ck_multiply4(p.batch, p.out_h, p.out_w, p.out_c);
  CK_TRY(ck_check_weighted_operands(instruction, operands, inputs, outputs));
  const uint64_t panels = ck_multiply(p.groups, ck_conv2d_group_panels(&p));
  CK_REQUIRE(panels <= UINT32_MAX, CK_BAD_PARAMETER, ck_conv2d_parameters, groups);
  CK_TRY(ck_check_weighted_constants(instruction, ck_multiply4(panels, p.kernel_h, ck_conv2d_row_blocks(&p), 64), panels));
  return ck_check_scratch(instruction, ck_ring_bytes(&p));
}

static ck_fault check_constants(const ck_instruction *instruction, const uint8_t *const *constants) {
  CK_PARAMETERS(ck_conv2d_parameters, p, instruction);
  return ck_check_scales(instruction, constants, p.groups, p.out_c / p.groups);
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_conv2d_parameters, p, instruction);
  uint32_t wanted = ck_weighted_traits(instruction, CK_CONV2D_QUANTIZATION, CK_ARENA_XOR); /* the ring is in the arena's domain */
  wanted |= p.weight_layout == CK_LAYOUT_CONV_ROW_C4X16 ? CK_TRAIT_CONV_ROW : CK_TRAIT_CONV_TAP;
  if (ck_conv2d_lines(&p) > CK_CONV2D_LINES) wanted |= CK_TRAIT_MANY_LINES;
  bound->rows = p.batch * p.out_h;
  bound->panels = (uint32_t)(p.groups * ck_conv2d_group_panels(&p));
  ck_bind_variant(variants, variant_count, isa, wanted, bound);
}

const ck_operator ck_operator_conv2d_s8 = {
    CK_OP_CONV2D_S8, "conv2d_s8", check, check_constants, ck_ring_scratch, ck_ring_ahead, bind, variants, variant_count};
