/* dwconv2d/ck_dwconv2d_s16_16.h - 16 channels side by side. The weights of a panel are widened and put in the order of the taps once a row; sums
 * of at most 4 * CK_DWCONV2D_BLOCKS products of magnitude 2^22 are less than 2^31. */
#ifndef CK_DWCONV2D_S16_16_H
#define CK_DWCONV2D_S16_16_H

#include "dwconv2d_s16_s8c.h"

enum { ck_dw_taps = 4 * CK_DWCONV2D_BLOCKS };

CK_BODY void ck_dw_weights_s16(int16_t weights[ck_dw_taps][ck_block], const uint8_t *blocks, const ck_conv2d_parameters *p) {
  for (size_t ky = 0; ky < p->kernel_h; ky++) {
    for (size_t kx = 0; kx < p->kernel_w; kx++) {
      const uint8_t *block = blocks + (ky / 4 * p->kernel_w + kx) * 64 + ky % 4;
      for (size_t n = 0; n < ck_block; n++) weights[ky * p->kernel_w + kx][n] = (int8_t)block[4 * n];
    }
  }
}

CK_BODY enum ck_status ck_dwconv2d_s16_s8c_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const ck_sink sink = ck_sink_of(bound, CK_DWCONV2D_QUANTIZATION);
  const size_t panel_bytes = (size_t)ck_dwconv2d_panel_blocks(&p) * 64;
  const size_t pixel_bytes = 2 * (size_t)p.stride_w * p.in_c, tap_bytes = 2 * (size_t)p.dilation_w * p.in_c;
  ck_ring ring = ck_ring_s16_of(bound, &p);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t y = ck_ring_begin_row(&ring, row);
    for (size_t panel = range.panel_begin; panel < range.panel_end; panel++) {
      int16_t weights[ck_dw_taps][ck_block];
      ck_dw_weights_s16(weights, bound->constant[0] + panel * panel_bytes, &p);
      const size_t first = 16 * panel, lanes = p.out_c - first < 16 ? p.out_c - first : 16;
      for (size_t x = 0; x < p.out_w; x++) {
        int32_t sum[ck_block] = {0};
        const int16_t(*w)[ck_block] = (const int16_t(*)[ck_block])weights;
        for (size_t ky = 0; ky < p.kernel_h; ky++) {
          const uint8_t *tap = ck_ring_row(&ring, y + ky * p.dilation_h) + x * pixel_bytes + 2 * first;
          for (size_t kx = 0; kx < p.kernel_w; kx++, tap += tap_bytes, w++) {
            int16_t words[ck_block];
            __builtin_memcpy(words, tap, sizeof words); /* past the last channel: the ring's slack, zero weights */
            for (size_t n = 0; n < ck_block; n++) sum[n] += words[n] * (*w)[n];
          }
        }
        int64_t total[ck_block];
        for (size_t n = 0; n < ck_block; n++) total[n] = sum[n];
        ck_sink_store_block(&sink, total, first, (row * p.out_w + x) * p.out_c + first, lanes);
      }
    }
  }
  return CK_OK;
}

#endif
