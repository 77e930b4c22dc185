/* float/ck_pool_f32.h - maximum, or the sum of the taps in order divided by their count; 16 channels at a time. */
#ifndef CK_POOL_F32_BODY_H
#define CK_POOL_F32_BODY_H

#include "ck_f32.h"

#include "../check/ck_window.h"

/* Taps that an average counts along one axis: inside the image, or inside image and padding. */
static inline uint32_t ck_counted_taps(ck_axis axis, int64_t start, ck_taps inside, bool pads, uint32_t end_pad) {
  if (!pads) return inside.end - inside.begin;
  const int64_t room = (int64_t)axis.in + end_pad - start; /* every window starts at or after the first padding position */
  const uint64_t fitting = ck_ceil_divide((uint64_t)room, axis.dilation);
  return fitting < axis.kernel ? (uint32_t)fitting : axis.kernel;
}

/* Up to 16 channels of one output pixel; `in` is at the first tap inside the image. */
CK_F32_BODY ck_lanes ck_pool_taps(const ck_pool_parameters *p, const float *in, size_t rows, size_t columns, size_t channels, bool maximum) {
  const size_t line_step = (size_t)p->in_w * p->channels * p->dilation_h, tap_step = (size_t)p->channels * p->dilation_w;
  ck_lanes result = ck_lanes_splat(maximum ? -__builtin_inff() : 0.0f);
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < columns; j++) {
      const ck_lanes x = ck_lanes_load_part(in + i * line_step + j * tap_step, channels, 0.0f);
      if (maximum) ck_lanes_maximum(&result, &x);
      else ck_lanes_add(&result, &x);
    }
  }
  return result;
}

CK_F32_BODY void ck_pool_pixel(
    const ck_pool_parameters *p, const float *in, float *out, ck_span span, size_t rows, size_t columns, float count, bool maximum) {
  for (size_t c = span.begin; c < span.begin + span.count; c += CK_LANES) {
    const size_t left = span.begin + span.count - c;
    ck_lanes result;
    if (left >= CK_LANES) result = ck_pool_taps(p, in + c, rows, columns, CK_LANES, maximum);
    else result = ck_pool_taps(p, in + c, rows, columns, left, maximum);
    if (!maximum) ck_lanes_divide(&result, count);
    ck_lanes_clamp(&result, p->float_min, p->float_max);
    ck_lanes_store_part(out + c, &result, left);
  }
}

CK_F32_BODY enum ck_status ck_pool_f32(const ck_bound *bound, ck_range range) {
  const ck_pool_parameters *p = (const ck_pool_parameters *)bound->instruction->parameters;
  const ck_axis rows = ck_pool_rows(p), columns = ck_pool_columns(p);
  const ck_span span = ck_panel_span(range, p->channels);
  const bool pads = p->count_includes_pad != 0;
  const int64_t whole = (int64_t)p->in_w - (int64_t)ck_axis_span(columns); /* starts in [0, whole] keep every tap inside */
  for (size_t r = range.row_begin; r < range.row_end; r++) {
    const float *image = ck_f32_input(bound, 0) + r / p->out_h * p->in_h * p->in_w * p->channels;
    const int64_t y = ck_axis_start(rows, (uint32_t)(r % p->out_h));
    const ck_taps tall = ck_axis_taps(rows, y);
    const float *line = image + (size_t)(y + (int64_t)((uint64_t)tall.begin * p->dilation_h)) * p->in_w * p->channels;
    const uint32_t counted_rows = ck_counted_taps(rows, y, tall, pads, p->pad_bottom);
    for (uint32_t column = 0; column < p->out_w; column++) {
      const int64_t x = ck_axis_start(columns, column);
      const bool inside = x >= 0 && x <= whole;
      const ck_taps wide = inside ? (ck_taps){0, p->kernel_w} : ck_axis_taps(columns, x);
      const uint32_t counted = inside ? p->kernel_w : ck_counted_taps(columns, x, wide, pads, p->pad_right);
      const float *in = line + (size_t)(x + (int64_t)((uint64_t)wide.begin * p->dilation_w)) * p->channels;
      float *out = ck_f32_output(bound, 1) + (r * p->out_w + column) * p->channels;
      const size_t height = tall.end - tall.begin, width = wide.end - wide.begin;
      if (p->kind == CK_POOL_MAX) ck_pool_pixel(p, in, out, span, height, width, 1.0f, true);
      else ck_pool_pixel(p, in, out, span, height, width, (float)((uint64_t)counted_rows * counted), false);
    }
  }
  return CK_OK;
}

#endif
