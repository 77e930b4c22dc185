#include "dwconv2d_s16_s8c.h"

enum ck_status ck_dwconv2d_s16_s8c__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const ck_sink sink = ck_sink_of(bound, CK_DWCONV2D_QUANTIZATION);
  const size_t panel_bytes = (size_t)ck_dwconv2d_panel_blocks(&p) * 64, multiplier = p.out_c / p.in_c;
  ck_ring ring = ck_ring_s16_of(bound, &p);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t y = ck_ring_begin_row(&ring, row);
    for (size_t x = 0; x < p.out_w; x++) {
      for (size_t panel = range.panel_begin; panel < range.panel_end; panel++) {
        const size_t first = 16 * panel, lanes = p.out_c - first < 16 ? p.out_c - first : 16;
        int64_t sum[16] = {0};
        for (size_t ky = 0; ky < p.kernel_h; ky++) {
          const uint8_t *taps = ck_ring_row(&ring, y + ky * p.dilation_h) + 2 * x * p.stride_w * p.in_c;
          const uint8_t *weights = bound->constant[0] + panel * panel_bytes + ky / 4 * p.kernel_w * 64 + ky % 4;
          for (size_t kx = 0; kx < p.kernel_w; kx++, taps += 2 * (size_t)p.dilation_w * p.in_c, weights += 64) {
            for (size_t n = 0; n < lanes; n++) sum[n] += ck_load_s16(taps + 2 * ((first + n) / multiplier)) * (int8_t)weights[4 * n];
          }
        }
        const size_t index = (row * p.out_w + x) * p.out_c + first;
        for (size_t n = 0; n < lanes; n++) ck_sink_store(&sink, sum[n], first + n, index + n);
      }
    }
  }
  return CK_OK;
}
