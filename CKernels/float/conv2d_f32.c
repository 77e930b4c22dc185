/* float/conv2d_f32.c - CONV2D_F32: any kernel, stride, dilation, padding and groups.
 *
 * Fast programs: one matrix product a group, straight from the image where the kernel is 1x1 with stride 1, otherwise by bands of
 * output pixels whose windows are laid out in scratch. Other programs: no scratch and a fixed order, output pixel by output pixel:
 * kernel rows in turn, and in each the contiguous runs of inputs (the whole row where groups and dilation_w are 1, else a tap's
 * channels), element i of a run in partial sum i % 16. Padding taps are left out. */
#include "ck_lanes.h"

#include "../check/ck_window.h"
#include "ck_blas.h"
#include "ck_f32.h"

#define CK_BAND_BYTES (256u << 10)

static const ck_conv2d_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_conv2d_parameters *)instruction->parameters;
}

static bool is_pointwise(const ck_conv2d_parameters *p) {
  return p->kernel_h == 1 && p->kernel_w == 1 && p->stride_h == 1 && p->stride_w == 1 && p->pad_top == 0 && p->pad_left == 0 &&
         p->out_h == p->in_h && p->out_w == p->in_w;
}
static bool needs_windows(const ck_instruction *instruction) { return ck_is_fast(instruction) && !is_pointwise(parameters(instruction)); }

static uint64_t window_floats(const ck_conv2d_parameters *p) {
  return p->groups == 0 ? CK_TOO_LARGE : ck_multiply3(p->kernel_h, p->kernel_w, p->in_c / p->groups);
}
/* Output pixels whose windows fit into the band; at least one. */
static uint64_t band_pixels(const ck_conv2d_parameters *p) {
  const uint64_t window = ck_multiply(window_floats(p), 4), pixels = ck_multiply3(p->batch, p->out_h, p->out_w);
  const uint64_t fitting = window == 0 || window > CK_BAND_BYTES ? 1 : CK_BAND_BYTES / window;
  return fitting < pixels ? fitting : pixels;
}
static uint64_t scratch(const ck_instruction *instruction) {
  const ck_conv2d_parameters *p = parameters(instruction);
  return needs_windows(instruction) ? ck_multiply3(band_pixels(p), window_floats(p), 4) : 0;
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 2, CK_FLAG_FAST_FLOAT, sizeof(ck_conv2d_parameters)}));
  const ck_conv2d_parameters *p = parameters(instruction);
  CK_TRY(ck_check_conv2d_geometry(p, false));
  CK_REQUIRE(p->weight_layout == CK_LAYOUT_F32_LINEAR, CK_BAD_PARAMETER, ck_conv2d_parameters, weight_layout);
  CK_REQUIRE(ck_is_clamp(p->float_min, p->float_max), CK_BAD_PARAMETER, ck_conv2d_parameters, float_min);
  const uint64_t input = ck_multiply4(p->batch, p->in_h, p->in_w, ck_multiply(p->in_c, 4));
  const uint64_t output = ck_multiply4(p->batch, p->out_h, p->out_w, ck_multiply(p->out_c, 4));
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, input));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, output));
  CK_TRY(ck_check_constant(instruction, 0, ck_multiply3(p->out_c, window_floats(p), 4)));
  CK_TRY(ck_check_constant(instruction, 1, ck_multiply(p->out_c, 4)));
  return ck_check_scratch(instruction, scratch(instruction));
}

/* The window of one output pixel, [KH][KW][C / G], zeros in the padding. */
static void lay_out_window(const ck_conv2d_parameters *p, const float *image, size_t group, int64_t y, int64_t x, float *window) {
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

static enum ck_status run_windows(const ck_bound *bound, ck_range range) {
  (void)range; /* one row, one panel: the scratch is one */
  const ck_conv2d_parameters *p = parameters(bound->instruction);
  const ck_axis rows = ck_conv2d_rows(p), columns = ck_conv2d_columns(p);
  const size_t window = (size_t)window_floats(p), band = (size_t)band_pixels(p), outputs = p->out_c / p->groups;
  const size_t image = (size_t)p->in_h * p->in_w * p->in_c, plane = (size_t)p->out_h * p->out_w, pixels = p->batch * plane;
  float *windows = (float *)(void *)bound->scratch;
  for (size_t first = 0; first < pixels; first += band) {
    const size_t count = pixels - first < band ? pixels - first : band;
    for (size_t g = 0; g < p->groups; g++) {
      size_t b = first / plane, y = first % plane / p->out_w, x = first % p->out_w;
      for (size_t i = 0; i < count; i++) {
        const int64_t top = ck_axis_start(rows, (uint32_t)y), left = ck_axis_start(columns, (uint32_t)x);
        lay_out_window(p, ck_f32_input(bound, 0) + b * image, g, top, left, windows + i * window);
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

static enum ck_status run_pointwise(const ck_bound *bound, ck_range range) {
  const ck_conv2d_parameters *p = parameters(bound->instruction);
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
static float window_sum(
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

static enum ck_status run_exact(const ck_bound *bound, ck_range range) {
  const ck_conv2d_parameters *p = parameters(bound->instruction);
  const size_t inputs = p->in_c / p->groups, outputs = p->out_c / p->groups, window = (size_t)window_floats(p);
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
        const float sum = window_sum(p, image + n / outputs * inputs, weight, y, x, rows, columns) + ck_f32_constant(bound, 1)[n];
        out[n] = ck_clamp_keeping_nan(sum, p->float_min, p->float_max);
      }
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  const ck_conv2d_parameters *p = parameters(instruction);
  if (needs_windows(instruction)) ck_bind_plain(bound, run_windows, 1, 1);
  else ck_bind_plain(bound, ck_is_fast(instruction) ? run_pointwise : run_exact, p->batch * p->out_h, ck_panel_count(p->out_c));
}

const ck_operator ck_operator_conv2d_f32 = {
    CK_OP_CONV2D_F32, "conv2d_f32", check, NULL, scratch, ck_disjoint, bind, NULL, 0,
};
