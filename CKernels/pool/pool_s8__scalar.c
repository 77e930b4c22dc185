#include "../isa/ck_fp.h"

#include "pool_s8.h"

enum ck_status ck_pool_s8__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_pool_parameters, p, bound->instruction);
  const ck_axis rows = ck_pool_rows(&p), columns = ck_pool_columns(&p);
  const uint8_t in_xor = bound->operand_xor[0], out_xor = bound->operand_xor[1];
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const int64_t y = ck_axis_start(rows, (uint32_t)(row % p.out_h));
    const ck_taps in_y = ck_axis_taps(rows, y);
    const uint8_t *image = bound->operand[0] + row / p.out_h * p.in_h * p.in_w * p.channels;
    for (size_t i = 0; i < p.out_w; i++) {
      const int64_t x = ck_axis_start(columns, (uint32_t)i);
      const ck_taps in_x = ck_axis_taps(columns, x);
      const float scale = p.scale / (float)ck_pool_count(&p, y, x);
      uint8_t *output = bound->operand[1] + (row * p.out_w + i) * p.channels;
      for (size_t c = 16 * (size_t)range.panel_begin; c < 16 * (size_t)range.panel_end && c < p.channels; c++) {
        int32_t sum = 0, largest = -128;
        for (uint32_t ky = in_y.begin; ky < in_y.end; ky++) {
          const size_t in_row = (size_t)(y + (int64_t)ky * p.dilation_h) * p.in_w;
          for (uint32_t kx = in_x.begin; kx < in_x.end; kx++) {
            const int8_t tap = (int8_t)(image[(in_row + (size_t)(x + (int64_t)kx * p.dilation_w)) * p.channels + c] ^ in_xor);
            sum += tap - p.input_zero_point;
            largest = tap > largest ? tap : largest;
          }
        }
        int32_t q = largest < p.output_min ? p.output_min : largest > p.output_max ? p.output_max : largest;
        if (p.kind == CK_POOL_AVERAGE) q = ck_quantize_s8((float)sum * scale, p.output_zero_point, p.output_min, p.output_max);
        output[c] = (uint8_t)q ^ out_xor;
      }
    }
  }
  return CK_OK;
}
