#include "ck_ring_s16.h"
#include "conv2d_s16_s8c.h"

/* Adds the taps of the window whose first padded row is `y` and first padded column `x` to the sums of one panel. */
static void add_window(
    int64_t sum[16], const ck_conv2d_parameters *p, const ck_ring *ring, size_t y, size_t x, size_t panel, const uint8_t *weights) {
  const size_t row_bytes = (size_t)ck_conv2d_row_blocks(p) * 64;
  const size_t group_channels = p->in_c / p->groups, group = panel / (size_t)ck_conv2d_group_panels(p);
  const size_t tap_bytes = (size_t)ck_ceil_divide(group_channels, 4) * 64;
  weights += panel * p->kernel_h * row_bytes;
  for (size_t ky = 0; ky < p->kernel_h; ky++, weights += row_bytes) {
    const uint8_t *row = ck_ring_row(ring, y + ky * p->dilation_h) + 2 * x * p->in_c;
    if (p->weight_layout == CK_LAYOUT_CONV_ROW_C4X16) {
      ck_dot_c4x16_s16(sum, row, (size_t)p->kernel_w * p->in_c, weights);
      continue;
    }
    for (size_t kx = 0; kx < p->kernel_w; kx++) {
      ck_dot_c4x16_s16(sum, row + 2 * (kx * p->dilation_w * p->in_c + group * group_channels), group_channels, weights + kx * tap_bytes);
    }
  }
}

enum ck_status ck_conv2d_s16_s8c__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const ck_sink sink = ck_sink_of(bound, CK_CONV2D_QUANTIZATION);
  const size_t group_panels = (size_t)ck_conv2d_group_panels(&p), group_outputs = p.out_c / p.groups;
  ck_ring ring = ck_ring_s16_of(bound, &p);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t y = ck_ring_begin_row(&ring, row);
    for (size_t x = 0; x < p.out_w; x++) {
      for (size_t panel = range.panel_begin; panel < range.panel_end; panel++) {
        int64_t sum[16] = {0};
        add_window(sum, &p, &ring, y, x * p.stride_w, panel, bound->constant[0]);
        const size_t first = panel % group_panels * 16, group = panel / group_panels;
        const size_t index = (row * p.out_w + x) * p.out_c + group * group_outputs;
        for (size_t n = 0; n < 16 && first + n < group_outputs; n++) ck_sink_store(&sink, sum[n], 16 * panel + n, index + first + n);
      }
    }
  }
  return CK_OK;
}
