/* pool/ck_pool_s8_vectors.h - maximum and average over windows, a vector of channels at a time. */
#ifndef CK_POOL_S8_VECTORS_H
#define CK_POOL_S8_VECTORS_H

#include "../isa/ck_bytes.h"

#include "pool_s8.h"

#if CK_HAS_BYTES

/* The taps of a window inside the image: first pixel, and steps in bytes. */
typedef struct ck_pool_window {
  const uint8_t *first;
  size_t rows, columns, row_bytes, column_bytes;
} ck_pool_window;

CK_BYTES_BODY ck_bytes ck_pool_largest(const ck_pool_window *w, size_t channel, size_t count) {
  const uint8_t *row = w->first + channel;
  ck_bytes largest = ck_bytes_load(row, count);
  for (size_t ky = 0; ky < w->rows; ky++, row += w->row_bytes) {
    const uint8_t *at = row;
    for (size_t kx = 0; kx < w->columns; kx++, at += w->column_bytes) largest = ck_bytes_larger(largest, ck_bytes_load(at, count));
  }
  return largest;
}

CK_BYTES_BODY ck_sums ck_pool_sums(const ck_pool_window *w, size_t channel, size_t count) {
  const uint8_t *row = w->first + channel;
  ck_sums sums = ck_sums_zero();
  ck_words words = ck_words_zero();
  size_t room = CK_WORDS_TERMS;
  for (size_t ky = 0; ky < w->rows; ky++, row += w->row_bytes) {
    const uint8_t *at = row;
    for (size_t left = w->columns; left > 0;) {
      const size_t taps = left < room ? left : room;
      for (size_t kx = 0; kx < taps; kx++, at += w->column_bytes) ck_words_add(&words, ck_bytes_load(at, count));
      left -= taps;
      room -= taps;
      if (room > 0) continue;
      ck_sums_add(&sums, &words);
      words = ck_words_zero();
      room = CK_WORDS_TERMS;
    }
  }
  ck_sums_add(&sums, &words);
  return sums;
}

CK_BYTES_BODY void ck_pool_vector(
    const ck_pool_parameters *p, const ck_pool_window *w, size_t channel, size_t count, const bool average, float scale, uint8_t *output) {
  ck_bytes out;
  if (average) {
    const ck_sums sums = ck_pool_sums(w, channel, count);
    ck_quad value = ck_sums_to_floats(&sums, (int32_t)(w->rows * w->columns) * (p->input_zero_point + CK_ARENA_XOR), scale);
    ck_quad_below(&value);
    out = ck_bytes_of_floats(&value, p->output_zero_point, p->output_min, p->output_max);
  } else {
    out = ck_bytes_smaller(ck_bytes_larger(ck_pool_largest(w, channel, count), ck_bytes_splat(p->output_min)), ck_bytes_splat(p->output_max));
  }
  ck_bytes_store(output + channel, out, count);
}

CK_BYTES_BODY void ck_pool_pixel(
    const ck_pool_parameters *p, const ck_pool_window *w, size_t begin, size_t end, const bool average, float scale, uint8_t *output) {
  size_t channel = begin;
  for (; channel + CK_BYTES <= end; channel += CK_BYTES) ck_pool_vector(p, w, channel, CK_BYTES, average, scale, output);
  if (channel < end) ck_pool_vector(p, w, channel, end - channel, average, scale, output);
}

CK_BYTES_BODY void ck_pool_s8_rows(const ck_bound *bound, ck_range range, const bool average) {
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
    uint8_t *output = bound->operand[1] + row * p.out_w * p.channels;
    ck_pool_window window = {
        line, in_y.end - in_y.begin, p.kernel_w, (size_t)p.dilation_h * p.in_w * p.channels, (size_t)p.dilation_w * p.channels};
    for (size_t i = 0; i < p.out_w; i++, output += p.channels) {
      const int64_t x = ck_axis_start(columns, (uint32_t)i);
      const bool inside = x >= 0 && x <= whole;
      const ck_taps in_x = inside ? (ck_taps){0, p.kernel_w} : ck_axis_taps(columns, x);
      window.first = line + (size_t)(x + (int64_t)in_x.begin * p.dilation_w) * p.channels;
      window.columns = in_x.end - in_x.begin;
      ck_pool_pixel(&p, &window, begin, end, average, inside || !average ? whole_scale : p.scale / (float)ck_pool_count(&p, y, x), output);
    }
  }
}

CK_BYTES_BODY enum ck_status ck_pool_s8_vectors(const ck_bound *bound, ck_range range) {
  const ck_pool_parameters *p = (const ck_pool_parameters *)(const void *)bound->instruction->parameters;
  if (p->kind == CK_POOL_AVERAGE) ck_pool_s8_rows(bound, range, true);
  else ck_pool_s8_rows(bound, range, false);
  return CK_OK;
}

#endif
#endif
