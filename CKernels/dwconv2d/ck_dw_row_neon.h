/* dwconv2d/ck_dw_row_neon.h - a row of depthwise outputs, panels of 16 channels one after the other: what the AArch64 kernels compute. */
#ifndef CK_DW_ROW_NEON_H
#define CK_DW_ROW_NEON_H

#include "../gemm/ck_epilogue_neon.h"

#include "dwconv2d_s8_s8c.h"

#if CK_ARCH_ARM64
typedef struct ck_dw_row {
  const uint8_t *rows[4 * CK_DWCONV2D_BLOCKS]; /* kernel rows at the first output's first column; those past the last meet zero weights */
  size_t row_groups, kernel_h, kernel_w;       /* groups of four kernel rows */
  size_t count, step_bytes, tap_bytes;         /* outputs; from one to the next and from a kernel column to the next in the input */
  const uint8_t *weights, *bias, *sums, *scale; /* of panel 0 */
  size_t panel_bytes, channels;                /* of the weights; of all panels */
  int32_t zero_point;                          /* of the input, as the arena holds it */
  ck_quantization q;
  bool f32;
  bool full_range;                             /* weights reach -128 */
  uint8_t *output;
  size_t output_step_bytes;
} ck_dw_row;

/* Reads 16 bytes of each row and column (the ring's slack allows it) and the panel's constants; writes the panel's channels of each output. */
typedef void (*ck_dw_row_fn)(const ck_dw_row *row, size_t panel);

/* Channels of a panel. */
CK_INLINE_NEON size_t ck_dw_count(const ck_dw_row *s, size_t panel) {
  return s->channels - 16 * panel < 16 ? s->channels - 16 * panel : 16;
}

/* Where the sums of a panel begin: bias - zero point * sum of weights, and taps * weight zero point * input zero point, which sums of
 * (x - zero point) * (w - zero point) have beside the weight zero point times the sum of x. */
CK_INLINE_NEON void ck_dw_start(int32x4_t start[4], const ck_dw_row *s, size_t panel) {
  const uint32_t taps = (uint32_t)(s->kernel_h * s->kernel_w);
  const int32_t correction = (int32_t)(taps * (uint32_t)s->q.weight_zero_point * (uint32_t)s->zero_point);
  CK_UNROLL for (size_t v = 0; v < 4; v++) {
    start[v] = vaddq_s32(ck_start_neon(s->bias, s->sums, s->zero_point, 16 * panel + 4 * v), vdupq_n_s32(correction));
  }
}

/* Output x of any kind and number of channels. */
CK_INLINE_NEON void ck_dw_store(const ck_dw_row *s, size_t panel, const int32x4_t sum[4], size_t x) {
  const ck_epilogue_neon epilogue = ck_epilogue_neon_of(&s->q);
  uint8_t *out = s->output + x * s->output_step_bytes + 16 * panel * (s->f32 ? 4 : 1);
  float32x4_t scale[4];
  ck_load_scales_neon(scale, s->scale + 64 * panel);
  if (s->f32) ck_store_floats_neon(sum, scale, &s->q, ck_dw_count(s, panel), out);
  else ck_store_bytes_neon(ck_requantized_neon(sum, scale, &epilogue), ck_dw_count(s, panel), out);
}

/* Of panels of 16 channels, and of a last one of fewer. */
typedef struct ck_dw_kernels {
  ck_dw_row_fn whole, part;
} ck_dw_kernels;

/* The instruction, by rows. */
CK_INLINE_NEON enum ck_status ck_dwconv2d_by_rows(const ck_bound *bound, ck_range range, ck_dw_kernels (*choose)(const ck_dw_row *row)) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const bool f32 = (bound->instruction->flags & CK_FLAG_F32_OUTPUT) != 0;
  const size_t element = f32 ? 4 : 1;
  ck_dw_row s = {
      .row_groups = ((size_t)p.kernel_h + 3) / 4,
      .kernel_h = p.kernel_h,
      .kernel_w = p.kernel_w,
      .count = p.out_w,
      .step_bytes = (size_t)p.stride_w * p.in_c,
      .tap_bytes = (size_t)p.dilation_w * p.in_c,
      .weights = bound->constant[0],
      .bias = bound->constant[1],
      .sums = bound->constant[2],
      .scale = bound->constant[3],
      .panel_bytes = (size_t)ck_dwconv2d_panel_blocks(&p) * 64,
      .channels = p.out_c,
      .q = ck_quantization_at(bound->instruction, CK_DWCONV2D_QUANTIZATION),
      .f32 = f32,
      .full_range = (bound->instruction->flags & CK_FLAG_FULL_RANGE) != 0,
      .output_step_bytes = p.out_c * element};
  s.zero_point = s.q.input_zero_point + (CK_ARENA_XOR ? 128 : 0);
  const ck_dw_kernels kernels = choose(&s);
  const size_t whole_end = p.out_c / 16 < range.panel_end ? p.out_c / 16 : range.panel_end, last = p.kernel_h - 1;
  ck_ring ring = ck_ring_of(bound, &p);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    ck_ring_rows(&ring, ck_ring_begin_row(&ring, row), p.dilation_h, p.kernel_h, s.rows);
    for (size_t ky = p.kernel_h; ky < 4 * s.row_groups; ky++) s.rows[ky] = s.rows[last];
    s.output = bound->operand[1] + row * p.out_w * p.out_c * element;
    size_t panel = range.panel_begin;
    for (; panel < whole_end; panel++) kernels.whole(&s, panel);
    for (; panel < range.panel_end; panel++) kernels.part(&s, panel);
  }
  return CK_OK;
}

#endif
#endif
