/* pool/ck_pool_s8_16.h - maximum and average over windows, 16 channels at a time. */
#ifndef CK_POOL_S8_16_H
#define CK_POOL_S8_16_H

#include "../isa/ck_block.h"

#include "pool_s8.h"

/* The taps of a window inside the image: first pixel, and steps in pixels. */
typedef struct ck_pool_window {
  const uint8_t *first;
  size_t rows, columns, row_bytes, column_bytes;
} ck_pool_window;

CK_BODY void ck_pool_max_block(uint8_t out[ck_block], const ck_pool_window *w, size_t c, size_t count, const ck_pool_parameters *p, uint8_t xor, uint8_t out_xor) {
  int8_t largest[ck_block];
  for (size_t i = 0; i < ck_block; i++) largest[i] = -128;
  for (size_t ky = 0; ky < w->rows; ky++) {
    for (size_t kx = 0; kx < w->columns; kx++) {
      uint8_t x[ck_block];
      ck_load_block(x, w->first + ky * w->row_bytes + kx * w->column_bytes + c, count);
      for (size_t i = 0; i < ck_block; i++) {
        const int8_t tap = (int8_t)(x[i] ^ xor);
        largest[i] = tap > largest[i] ? tap : largest[i];
      }
    }
  }
  const int8_t low = (int8_t)p->output_min, high = (int8_t)p->output_max;
  for (size_t i = 0; i < ck_block; i++) {
    const int8_t q = largest[i] < low ? low : largest[i] > high ? high : largest[i];
    out[i] = (uint8_t)q ^ out_xor;
  }
}

CK_BODY void ck_pool_average_block(
    uint8_t out[ck_block], const ck_pool_window *w, size_t c, size_t count, const ck_pool_parameters *p, float scale, uint8_t xor, uint8_t out_xor) {
  int32_t sum[ck_block] = {0};
  for (size_t ky = 0; ky < w->rows; ky++) {
    for (size_t kx = 0; kx < w->columns; kx++) {
      uint8_t x[ck_block];
      ck_load_block(x, w->first + ky * w->row_bytes + kx * w->column_bytes + c, count);
      for (size_t i = 0; i < ck_block; i++) sum[i] += (int8_t)(x[i] ^ xor) - p->input_zero_point;
    }
  }
  float value[ck_block];
  for (size_t i = 0; i < ck_block; i++) value[i] = (float)sum[i] * scale;
  ck_quantize_block(out, value, p->output_zero_point, p->output_min, p->output_max, out_xor);
}

/* Channels c ... of one window; scale: of an average. */
typedef void ck_pool_max_fn(
    uint8_t out[ck_block], const ck_pool_window *w, size_t c, size_t count, const ck_pool_parameters *p, uint8_t xor, uint8_t out_xor);
typedef void ck_pool_average_fn(
    uint8_t out[ck_block], const ck_pool_window *w, size_t c, size_t count, const ck_pool_parameters *p, float scale, uint8_t xor, uint8_t out_xor);

/* The two are inlined. */
CK_BODY enum ck_status ck_pool_by_blocks(const ck_bound *bound, ck_range range, ck_pool_max_fn *max_block, ck_pool_average_fn *average_block) {
  CK_PARAMETERS(ck_pool_parameters, p, bound->instruction);
  const ck_axis rows = ck_pool_rows(&p), columns = ck_pool_columns(&p);
  const size_t begin = 16 * (size_t)range.panel_begin;
  const size_t end = 16 * (size_t)range.panel_end < p.channels ? 16 * (size_t)range.panel_end : p.channels;
  const int64_t whole = (int64_t)p.in_w - (int64_t)ck_axis_span(columns); /* starts in [0, whole] keep every tap inside */
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const int64_t y = ck_axis_start(rows, (uint32_t)(row % p.out_h));
    const ck_taps in_y = ck_axis_taps(rows, y);
    const uint8_t *image = bound->operand[0] + row / p.out_h * p.in_h * p.in_w * p.channels;
    const uint8_t *line = image + (size_t)(y + (int64_t)in_y.begin * p.dilation_h) * p.in_w * p.channels;
    const uint32_t counted_rows = p.count_includes_pad ? ck_pool_taps_in_padding(rows, y, p.pad_bottom) : in_y.end - in_y.begin;
    const float whole_scale = p.scale / (float)(counted_rows * p.kernel_w);
    for (size_t i = 0; i < p.out_w; i++) {
      const int64_t x = ck_axis_start(columns, (uint32_t)i);
      const bool inside = x >= 0 && x <= whole;
      const ck_taps in_x = inside ? (ck_taps){0, p.kernel_w} : ck_axis_taps(columns, x);
      const ck_pool_window window = {
          line + (size_t)(x + (int64_t)in_x.begin * p.dilation_w) * p.channels, in_y.end - in_y.begin, in_x.end - in_x.begin,
          (size_t)p.dilation_h * p.in_w * p.channels, (size_t)p.dilation_w * p.channels};
      const float scale = inside ? whole_scale : p.scale / (float)ck_pool_count(&p, y, x);
      uint8_t *output = bound->operand[1] + (row * p.out_w + i) * p.channels;
      for (size_t c = begin; c < end; c += ck_block) {
        const size_t count = ck_block_count(c, end);
        uint8_t out[ck_block];
        if (p.kind == CK_POOL_MAX) max_block(out, &window, c, count, &p, bound->operand_xor[0], bound->operand_xor[1]);
        else average_block(out, &window, c, count, &p, scale, bound->operand_xor[0], bound->operand_xor[1]);
        ck_store_block(output + c, out, count);
      }
    }
  }
  return CK_OK;
}

CK_BODY enum ck_status ck_pool_s8_16(const ck_bound *bound, ck_range range) {
  return ck_pool_by_blocks(bound, range, ck_pool_max_block, ck_pool_average_block);
}

#endif
