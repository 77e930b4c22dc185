/* float/ck_conv2d_f32.h - matrix products over windows or straight from the image, or the fixed order. */
#ifndef CK_CONV2D_F32_BODY_H
#define CK_CONV2D_F32_BODY_H

#include "conv2d_f32.h"

#include "ck_layer.h"

/* The window of one output pixel, [KH][KW][C / G], zeros in the padding. */
static inline void ck_lay_out_window(const ck_conv2d_parameters *p, const float *image, size_t group, int64_t y, int64_t x, float *window) {
  const size_t channels = p->in_c / p->groups, row = p->kernel_w * channels;
  const ck_taps rows = ck_axis_taps(ck_conv2d_rows(p), y), columns = ck_axis_taps(ck_conv2d_columns(p), x);
  if (columns.end - columns.begin < p->kernel_w || rows.end - rows.begin < p->kernel_h) __builtin_memset(window, 0, p->kernel_h * row * 4);
  for (size_t i = rows.begin; i < rows.end; i++) {
    const float *line = image + (size_t)(y + (int64_t)(i * p->dilation_h)) * p->in_w * p->in_c + group * channels;
    if (p->groups == 1 && p->dilation_w == 1) {
      const size_t first = columns.begin * channels, last = columns.end * channels;
      if (first < last) __builtin_memcpy(window + i * row + first, line + (size_t)(x + columns.begin) * channels, (last - first) * 4);
      continue;
    }
    for (size_t j = columns.begin; j < columns.end; j++) {
      __builtin_memcpy(window + i * row + j * channels, line + (size_t)(x + (int64_t)(j * p->dilation_w)) * p->in_c, channels * 4);
    }
  }
}

CK_F32_FUNCTION enum ck_status ck_conv2d_f32_windows(const ck_bound *bound, ck_range range) {
  (void)range; /* one row, one panel: the scratch is one */
  const ck_conv2d_parameters *p = (const ck_conv2d_parameters *)bound->instruction->parameters;
  const ck_axis rows = ck_conv2d_rows(p), columns = ck_conv2d_columns(p);
  const size_t window = (size_t)ck_window_floats(p), band = (size_t)ck_band_pixels(p), outputs = p->out_c / p->groups;
  const size_t image = (size_t)p->in_h * p->in_w * p->in_c, plane = (size_t)p->out_h * p->out_w, pixels = p->batch * plane;
  float *windows = (float *)(void *)bound->scratch;
  for (size_t first = 0; first < pixels; first += band) {
    const size_t count = pixels - first < band ? pixels - first : band;
    for (size_t g = 0; g < p->groups; g++) {
      size_t b = first / plane, y = first % plane / p->out_w, x = first % p->out_w;
      for (size_t i = 0; i < count; i++) {
        const int64_t top = ck_axis_start(rows, (uint32_t)y), left = ck_axis_start(columns, (uint32_t)x);
        ck_lay_out_window(p, ck_f32_input(bound, 0) + b * image, g, top, left, windows + i * window);
        if (++x == p->out_w) {
          x = 0;
          if (++y == p->out_h) y = 0, b++;
        }
      }
      const ck_layer layer = {
          .m = count,
          .n = outputs,
          .k = window,
          .a = windows,
          .lda = window,
          .b = ck_f32_constant(bound, 0) + g * outputs * window,
          .ldb = window,
          .bias = ck_f32_constant(bound, 1) + g * outputs,
          .c = ck_f32_output(bound, 1) + first * p->out_c + g * outputs,
          .ldc = p->out_c,
          .low = p->float_min,
          .high = p->float_max,
      };
      ck_layer_fast(&layer);
    }
  }
  return CK_OK;
}

CK_F32_FUNCTION enum ck_status ck_conv2d_f32_pointwise(const ck_bound *bound, ck_range range) {
  const ck_conv2d_parameters *p = (const ck_conv2d_parameters *)bound->instruction->parameters;
  const size_t inputs = p->in_c / p->groups, outputs = p->out_c / p->groups, first = (size_t)range.row_begin * p->out_w;
  const ck_span span = ck_panel_span(range, p->out_c);
  for (size_t n = span.begin; n < span.begin + span.count;) {
    const size_t group = n / outputs, group_end = (group + 1) * outputs, span_end = span.begin + span.count;
    const ck_layer layer = {
        .m = (size_t)(range.row_end - range.row_begin) * p->out_w,
        .n = (group_end < span_end ? group_end : span_end) - n,
        .k = inputs,
        .a = ck_f32_input(bound, 0) + first * p->in_c + group * inputs,
        .lda = p->in_c,
        .b = ck_f32_constant(bound, 0) + n * inputs,
        .ldb = inputs,
        .bias = ck_f32_constant(bound, 1) + n,
        .c = ck_f32_output(bound, 1) + first * p->out_c + n,
        .ldc = p->out_c,
        .low = p->float_min,
        .high = p->float_max,
    };
    ck_layer_fast(&layer);
    n += layer.n;
  }
  return CK_OK;
}

/* One output element in the fixed order. */
CK_F32_BODY float ck_window_sum(
    const ck_conv2d_parameters *p, const float *image, const float *weight, int64_t y, int64_t x, ck_taps rows, ck_taps columns) {
  const size_t channels = p->in_c / p->groups, row = p->kernel_w * channels;
  const bool whole_rows = p->groups == 1 && p->dilation_w == 1;
  ck_lanes sum = ck_lanes_splat(0.0f);
  if (columns.begin == columns.end) return 0.0f;
  for (size_t i = rows.begin; i < rows.end; i++) {
    const float *line = image + (size_t)(y + (int64_t)(i * p->dilation_h)) * p->in_w * p->in_c;
    if (whole_rows) {
      const float *run = line + (size_t)(x + columns.begin) * channels;
      ck_lanes_dot(&sum, run, weight + i * row + columns.begin * channels, (columns.end - columns.begin) * channels);
      continue;
    }
    for (size_t j = columns.begin; j < columns.end; j++) {
      ck_lanes_dot(&sum, line + (size_t)(x + (int64_t)(j * p->dilation_w)) * p->in_c, weight + i * row + j * channels, channels);
    }
  }
  return ck_lanes_sum(&sum);
}

CK_F32_FUNCTION enum ck_status ck_conv2d_f32_exact(const ck_bound *bound, ck_range range) {
  const ck_conv2d_parameters *p = (const ck_conv2d_parameters *)bound->instruction->parameters;
  const size_t inputs = p->in_c / p->groups, outputs = p->out_c / p->groups, window = (size_t)ck_window_floats(p);
  const ck_span span = ck_panel_span(range, p->out_c);
  for (size_t r = range.row_begin; r < range.row_end; r++) {
    const float *image = ck_f32_input(bound, 0) + r / p->out_h * p->in_h * p->in_w * p->in_c;
    const int64_t y = ck_axis_start(ck_conv2d_rows(p), (uint32_t)(r % p->out_h));
    const ck_taps rows = ck_axis_taps(ck_conv2d_rows(p), y);
    for (size_t column = 0; column < p->out_w; column++) {
      const int64_t x = ck_axis_start(ck_conv2d_columns(p), (uint32_t)column);
      const ck_taps columns = ck_axis_taps(ck_conv2d_columns(p), x);
      float *out = ck_f32_output(bound, 1) + (r * p->out_w + column) * p->out_c;
      for (size_t n = span.begin; n < span.begin + span.count; n++) {
        const float *weight = ck_f32_constant(bound, 0) + n * window;
        const float sum = ck_window_sum(p, image + n / outputs * inputs, weight, y, x, rows, columns) + ck_f32_constant(bound, 1)[n];
        out[n] = ck_clamp_keeping_nan(sum, p->float_min, p->float_max);
      }
    }
  }
  return CK_OK;
}

CK_F32_BODY enum ck_status ck_conv2d_f32(const ck_bound *bound, ck_range range) {
  if (ck_needs_windows(bound->instruction)) return ck_conv2d_f32_windows(bound, range);
  if (ck_is_fast(bound->instruction)) return ck_conv2d_f32_pointwise(bound, range);
  return ck_conv2d_f32_exact(bound, range);
}

#endif
