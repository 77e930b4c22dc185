/* float/ck_dwconv2d_f32.h - taps in order, kernel row by kernel row, those in the padding left out.
 *
 * Windows of 1...3 rows by 2 or 3 taps keep the weights of a vector of channels in registers and run along the pixels. Images of
 * so few channels that several pixels fit into a vector run as one flat line, the weights repeated. Everything else goes pixel
 * by pixel, 16 channels at a time. */
#ifndef CK_DWCONV2D_F32_BODY_H
#define CK_DWCONV2D_F32_BODY_H

#include "ck_f32.h"

#include "../check/ck_window.h"

/* Pixels side by side whose windows have the same taps; all steps in elements. */
typedef struct ck_dw_line {
  const float *in;     /* at the first tap of the first pixel */
  const float *weight; /* at the same tap */
  const float *bias;
  float *out;
  size_t line_step, tap_step, pixel_step; /* of the input */
  size_t weight_line_step, weight_step, out_step;
  size_t pixels, channels; /* channels <= CK_WIDTH are written, the others not touched */
  float low, high;
} ck_dw_line;

CK_F32_BODY void ck_dw_pixels(const ck_dw_line *l, const size_t rows, const size_t taps, const bool full) {
  const size_t channels = full ? CK_WIDTH : l->channels;
  ck_f32v weight[3][3];
  CK_UNROLL
  for (size_t i = 0; i < rows; i++) {
    CK_UNROLL
    for (size_t j = 0; j < taps; j++) {
      weight[i][j] = ck_f32v_load_part(l->weight + i * l->weight_line_step + j * l->weight_step, channels, 0.0f);
    }
  }
  const ck_f32v bias = ck_f32v_load_part(l->bias, channels, 0.0f);
  const float *in = l->in;
  float *out = l->out;
  for (size_t x = l->pixels; x > 0; x--, in += l->pixel_step, out += l->out_step) {
    ck_f32v sum = ck_f32v_splat(0.0f);
    CK_UNROLL
    for (size_t i = 0; i < rows; i++) {
      CK_UNROLL
      for (size_t j = 0; j < taps; j++) sum += ck_f32v_load_part(in + i * l->line_step + j * l->tap_step, channels, 0.0f) * weight[i][j];
    }
    ck_f32v_store_part(out, ck_f32v_clamp(sum + bias, l->low, l->high), channels);
  }
}

CK_F32_BODY void ck_dw_rows(const ck_dw_line *l, const size_t rows, size_t taps) {
  const bool full = l->channels == CK_WIDTH;
  if (taps == 3 && full) ck_dw_pixels(l, rows, 3, true);
  else if (taps == 3) ck_dw_pixels(l, rows, 3, false);
  else if (full) ck_dw_pixels(l, rows, 2, true);
  else ck_dw_pixels(l, rows, 2, false);
}
CK_F32_FUNCTION void ck_dw_run(const ck_dw_line *l, size_t rows, size_t taps) {
  if (rows == 3) ck_dw_rows(l, 3, taps);
  else if (rows == 2) ck_dw_rows(l, 2, taps);
  else ck_dw_rows(l, 1, taps);
}

/* One output row; pointers are at column 0 and channel 0. */
typedef struct ck_dw_row {
  const ck_conv2d_parameters *p;
  const float *lines;  /* the first image row under the kernel */
  const float *weight; /* the kernel row on it */
  const float *bias;
  float *out;
  const float *periodic; /* weights and bias repeated to fill a vector, from that kernel row on; NULL: not flat */
  const float *periodic_bias;
  ck_span span;
  size_t multiplier, kernel_rows;
} ck_dw_row;

/* Any window, up to 16 channels of one pixel; `in` and `weight` at the first tap. */
CK_F32_FUNCTION void ck_dw_any(const ck_dw_row *row, const float *in, const float *weight, float *out, size_t channel, size_t taps) {
  const ck_conv2d_parameters *p = row->p;
  const size_t left = row->span.begin + row->span.count - channel, count = left < CK_LANES ? left : CK_LANES;
  const size_t line_step = (size_t)p->in_w * p->in_c * p->dilation_h, tap_step = (size_t)p->in_c * p->dilation_w;
  ck_lanes sum = ck_lanes_splat(0.0f);
  for (size_t i = 0; i < row->kernel_rows; i++) {
    for (size_t j = 0; j < taps; j++) {
      const float *from = in + i * line_step + j * tap_step + channel / row->multiplier;
      const ck_lanes w = ck_lanes_load_part(weight + (i * p->kernel_w + j) * p->out_c + channel, count, 0.0f);
      ck_lanes v;
      if (row->multiplier == 1) {
        v = ck_lanes_load_part(from, count, 0.0f);
      } else {
        float gathered[CK_LANES] = {0};
        size_t phase = channel % row->multiplier;
        for (size_t c = 0; c < count; c++) {
          gathered[c] = *from;
          if (++phase == row->multiplier) phase = 0, from++;
        }
        v = ck_lanes_load(gathered);
      }
      ck_lanes_multiply_add(&sum, &v, &w);
    }
  }
  const ck_lanes bias = ck_lanes_load_part(row->bias + channel, count, 0.0f);
  ck_lanes_add(&sum, &bias);
  ck_lanes_clamp(&sum, p->float_min, p->float_max);
  ck_lanes_store_part(out + channel, &sum, count);
}

/* Output columns [column, column + pixels), which all have these taps inside the image. */
CK_F32_FUNCTION void ck_dw_columns(const ck_dw_row *row, size_t column, size_t pixels, ck_taps inside) {
  const ck_conv2d_parameters *p = row->p;
  const size_t taps = inside.end - inside.begin, channels_end = row->span.begin + row->span.count;
  const int64_t x = ck_axis_start(ck_conv2d_columns(p), (uint32_t)column) + (int64_t)((uint64_t)inside.begin * p->dilation_w);
  ck_dw_line line = {
      .in = taps > 0 ? row->lines + (size_t)x * p->in_c : row->lines,
      .out = row->out + column * p->out_c,
      .line_step = (size_t)p->in_w * p->in_c * p->dilation_h,
      .tap_step = (size_t)p->in_c * p->dilation_w,
      .pixel_step = (size_t)p->stride_w * p->in_c,
      .weight_line_step = (size_t)p->kernel_w * p->out_c,
      .weight_step = p->out_c,
      .out_step = p->out_c,
      .pixels = pixels,
      .low = p->float_min,
      .high = p->float_max,
  };
  const float *in = line.in, *weight = row->weight + inside.begin * (size_t)p->out_c;
  float *out = line.out;
  if (row->multiplier > 1 || row->kernel_rows < 1 || row->kernel_rows > 3 || taps < 2 || taps > 3) {
    for (size_t i = 0; i < pixels; i++, in += line.pixel_step, out += p->out_c) {
      for (size_t n = row->span.begin; n < channels_end; n += CK_LANES) ck_dw_any(row, in, weight, out, n, taps);
    }
    return;
  }
  if (row->periodic != NULL && pixels > 1) {
    const size_t together = CK_WIDTH / p->out_c;
    line.weight = row->periodic + inside.begin * CK_WIDTH;
    line.bias = row->periodic_bias;
    line.weight_line_step = (size_t)p->kernel_w * CK_WIDTH;
    line.weight_step = line.pixel_step = line.out_step = line.channels = CK_WIDTH;
    line.pixels = pixels / together;
    ck_dw_run(&line, row->kernel_rows, taps);
    if (pixels % together == 0) return;
    line.in += line.pixels * CK_WIDTH;
    line.out += line.pixels * CK_WIDTH;
    line.channels = pixels % together * p->out_c;
    line.pixels = 1;
    ck_dw_run(&line, row->kernel_rows, taps);
    return;
  }
  for (size_t n = row->span.begin; n < channels_end; n += CK_WIDTH) {
    line.in = in + n;
    line.weight = weight + n;
    line.bias = row->bias + n;
    line.out = out + n;
    line.channels = channels_end - n < CK_WIDTH ? channels_end - n : CK_WIDTH;
    ck_dw_run(&line, row->kernel_rows, taps);
  }
}

/* Several pixels fit into a vector, and their inputs lie side by side too. */
CK_F32_BODY bool ck_dw_is_flat(const ck_conv2d_parameters *p) {
  return p->out_c == p->in_c && p->out_c < CK_WIDTH && CK_WIDTH % p->out_c == 0 && p->stride_w == 1 && p->kernel_h <= 3 && p->kernel_w <= 3;
}

CK_F32_BODY enum ck_status ck_dwconv2d_f32(const ck_bound *bound, ck_range range) {
  const ck_conv2d_parameters *p = (const ck_conv2d_parameters *)bound->instruction->parameters;
  const float *weight = ck_f32_constant(bound, 0), *bias = ck_f32_constant(bound, 1);
  const ck_axis columns = ck_conv2d_columns(p);
  const int64_t whole = (int64_t)p->in_w - (int64_t)ck_axis_span(columns); /* starts in [0, whole] keep every tap inside */
  const ck_taps all = {0, p->kernel_w};
  float periodic[10 * CK_WIDTH];
  const bool flat = ck_dw_is_flat(p);
  const size_t weights = flat ? (size_t)p->kernel_h * p->kernel_w : 0;
  for (size_t i = 0; i < weights * CK_WIDTH; i++) periodic[i] = weight[i / CK_WIDTH * p->out_c + i % p->out_c];
  for (size_t i = 0; flat && i < CK_WIDTH; i++) periodic[9 * CK_WIDTH + i] = bias[i % p->out_c];
  for (size_t r = range.row_begin; r < range.row_end; r++) {
    const float *image = ck_f32_input(bound, 0) + r / p->out_h * p->in_h * p->in_w * p->in_c;
    const int64_t y = ck_axis_start(ck_conv2d_rows(p), (uint32_t)(r % p->out_h));
    const ck_taps rows = ck_axis_taps(ck_conv2d_rows(p), y);
    const int64_t first = rows.begin < rows.end ? y + (int64_t)((uint64_t)rows.begin * p->dilation_h) : 0;
    const ck_dw_row row = {
        .p = p,
        .lines = image + (size_t)first * p->in_w * p->in_c,
        .weight = weight + (size_t)rows.begin * p->kernel_w * p->out_c,
        .bias = bias,
        .out = ck_f32_output(bound, 1) + r * p->out_w * p->out_c,
        .periodic = flat ? periodic + (size_t)rows.begin * p->kernel_w * CK_WIDTH : NULL,
        .periodic_bias = periodic + 9 * CK_WIDTH,
        .span = ck_panel_span(range, p->out_c),
        .multiplier = p->out_c / p->in_c,
        .kernel_rows = rows.end - rows.begin,
    };
    for (uint32_t column = 0; column < p->out_w;) {
      const int64_t x = ck_axis_start(columns, column);
      if (x < 0 || x > whole) {
        ck_dw_columns(&row, column, 1, ck_axis_taps(columns, x));
        column++;
        continue;
      }
      const uint64_t inside = (uint64_t)(whole - x) / p->stride_w + 1, left = p->out_w - column;
      ck_dw_columns(&row, column, (size_t)(inside < left ? inside : left), all);
      column += (uint32_t)(inside < left ? inside : left);
    }
  }
  return CK_OK;
}

#endif
