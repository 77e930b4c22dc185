/* float/dwconv2d_f32.c - DWCONV2D_F32: each output channel reads one input channel. Taps are summed in order, kernel row by kernel row,
 * those in the padding left out; 16 channels at a time. */
#include "ck_lanes.h"

#include "../check/ck_window.h"
#include "ck_f32.h"

static const ck_conv2d_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_conv2d_parameters *)instruction->parameters;
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 2, CK_FLAG_FAST_FLOAT, sizeof(ck_conv2d_parameters)}));
  const ck_conv2d_parameters *p = parameters(instruction);
  CK_TRY(ck_check_conv2d_geometry(p, true));
  CK_REQUIRE(p->weight_layout == CK_LAYOUT_F32_LINEAR, CK_BAD_PARAMETER, ck_conv2d_parameters, weight_layout);
  CK_REQUIRE(ck_is_clamp(p->float_min, p->float_max), CK_BAD_PARAMETER, ck_conv2d_parameters, float_min);
  const uint64_t input = ck_multiply4(p->batch, p->in_h, p->in_w, ck_multiply(p->in_c, 4));
  const uint64_t output = ck_multiply4(p->batch, p->out_h, p->out_w, ck_multiply(p->out_c, 4));
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, input));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, output));
  CK_TRY(ck_check_constant(instruction, 0, ck_multiply4(p->kernel_h, p->kernel_w, p->out_c, 4)));
  return ck_check_constant(instruction, 1, ck_multiply(p->out_c, 4));
}

/* One output row of up to 16 channels. */
typedef struct ck_strip {
  const ck_conv2d_parameters *p;
  const float *lines;  /* image at the first kernel row inside it, column 0, channel `channel` / multiplier */
  const float *weight; /* at the same kernel row, column 0, channel `channel` */
  const float *bias;
  float *out;
  size_t channel, count, multiplier, kernel_rows;
} ck_strip;

/* `full`: 16 channels and multiplier 1, known when compiled. */
static inline void write_pixel(const ck_strip *s, size_t column, int64_t x, ck_taps taps, bool full) {
  const ck_conv2d_parameters *p = s->p;
  const size_t count = full ? CK_LANES : s->count, in_c = p->in_c, out_c = p->out_c;
  const size_t line_step = (size_t)p->in_w * in_c * p->dilation_h, tap_step = in_c * p->dilation_w;
  ck_lanes sum = ck_lanes_splat(0.0f);
  for (size_t i = 0; i < s->kernel_rows && taps.begin < taps.end; i++) {
    const float *in = s->lines + i * line_step + (size_t)(x + (int64_t)((uint64_t)taps.begin * p->dilation_w)) * in_c;
    const float *weight = s->weight + (i * p->kernel_w + taps.begin) * out_c;
    for (size_t j = taps.begin; j < taps.end; j++, in += tap_step, weight += out_c) {
      const ck_lanes w = ck_lanes_load_part(weight, count, 0.0f);
      ck_lanes v;
      if (full || s->multiplier == 1) {
        v = ck_lanes_load_part(in, count, 0.0f);
      } else {
        float gathered[CK_LANES] = {0};
        size_t phase = s->channel % s->multiplier, source = 0;
        for (size_t c = 0; c < count; c++) {
          gathered[c] = in[source];
          if (++phase == s->multiplier) phase = 0, source++;
        }
        v = ck_lanes_load(gathered);
      }
      ck_lanes_multiply_add(&sum, &v, &w);
    }
  }
  const ck_lanes bias = ck_lanes_load_part(s->bias, count, 0.0f);
  ck_lanes_add(&sum, &bias);
  ck_lanes_clamp(&sum, p->float_min, p->float_max);
  ck_lanes_store_part(s->out + column * out_c, &sum, count);
}

static void write_strip(const ck_strip *s) {
  const ck_axis columns = ck_conv2d_columns(s->p);
  const int64_t whole = (int64_t)s->p->in_w - (int64_t)ck_axis_span(columns); /* starts in [0, whole] keep every tap inside */
  const bool full = s->count == CK_LANES && s->multiplier == 1;
  for (uint32_t column = 0; column < s->p->out_w; column++) {
    const int64_t x = ck_axis_start(columns, column);
    const ck_taps taps = x >= 0 && x <= whole ? (ck_taps){0, s->p->kernel_w} : ck_axis_taps(columns, x);
    if (full) write_pixel(s, column, x, taps, true);
    else write_pixel(s, column, x, taps, false);
  }
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  const ck_conv2d_parameters *p = parameters(bound->instruction);
  const size_t multiplier = p->out_c / p->in_c;
  const ck_span span = ck_panel_span(range, p->out_c);
  for (size_t r = range.row_begin; r < range.row_end; r++) {
    const float *image = ck_f32_input(bound, 0) + r / p->out_h * p->in_h * p->in_w * p->in_c;
    const int64_t y = ck_axis_start(ck_conv2d_rows(p), (uint32_t)(r % p->out_h));
    const ck_taps rows = ck_axis_taps(ck_conv2d_rows(p), y);
    const int64_t first = rows.begin < rows.end ? y + (int64_t)((uint64_t)rows.begin * p->dilation_h) : 0;
    for (size_t n = span.begin; n < span.begin + span.count; n += CK_LANES) {
      const size_t left = span.begin + span.count - n;
      const ck_strip strip = {
          .p = p,
          .lines = image + (size_t)first * p->in_w * p->in_c + n / multiplier,
          .weight = ck_f32_constant(bound, 0) + (size_t)rows.begin * p->kernel_w * p->out_c + n,
          .bias = ck_f32_constant(bound, 1) + n,
          .out = ck_f32_output(bound, 1) + r * p->out_w * p->out_c + n,
          .channel = n,
          .count = left < CK_LANES ? left : CK_LANES,
          .multiplier = multiplier,
          .kernel_rows = rows.end - rows.begin,
      };
      write_strip(&strip);
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  const ck_conv2d_parameters *p = parameters(instruction);
  ck_bind_plain(bound, run, p->batch * p->out_h, ck_panel_count(p->out_c));
}

const ck_operator ck_operator_dwconv2d_f32 = {
    CK_OP_DWCONV2D_F32, "dwconv2d_f32", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0,
};
