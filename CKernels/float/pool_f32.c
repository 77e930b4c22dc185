/* float/pool_f32.c - POOL_F32: maximum, or the sum of the taps in order divided by their count; 16 channels at a time. */
#include "ck_lanes.h"

#include "../check/ck_window.h"
#include "ck_f32.h"

static const ck_pool_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_pool_parameters *)instruction->parameters;
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, CK_FLAG_FAST_FLOAT, sizeof(ck_pool_parameters)}));
  const ck_pool_parameters *p = parameters(instruction);
  CK_TRY(ck_check_pool_geometry(p));
  CK_REQUIRE(ck_is_clamp(p->float_min, p->float_max), CK_BAD_PARAMETER, ck_pool_parameters, float_min);
  const uint64_t pixel = ck_multiply(p->channels, 4);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply4(p->batch, p->in_h, p->in_w, pixel)));
  return ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply4(p->batch, p->out_h, p->out_w, pixel));
}

/* Taps that an average counts along one axis: inside the image, or inside image and padding. */
static uint32_t counted_taps(ck_axis axis, int64_t start, ck_taps inside, bool pads, uint32_t end_pad) {
  if (!pads) return inside.end - inside.begin;
  const int64_t room = (int64_t)axis.in + end_pad - start; /* every window starts at or after the first padding position */
  const uint64_t fitting = ck_ceil_divide((uint64_t)room, axis.dilation);
  return fitting < axis.kernel ? (uint32_t)fitting : axis.kernel;
}

/* Up to 16 channels of one output pixel; `in` is at the first tap inside the image. */
static inline ck_lanes pool_taps(const ck_pool_parameters *p, const float *in, size_t rows, size_t columns, size_t channels, bool maximum) {
  const size_t line_step = (size_t)p->in_w * p->channels * p->dilation_h, tap_step = (size_t)p->channels * p->dilation_w;
  ck_lanes result = ck_lanes_splat(maximum ? -__builtin_inff() : 0.0f);
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < columns; j++) {
      const ck_lanes x = ck_lanes_load_part(in + i * line_step + j * tap_step, channels, 0.0f);
      if (maximum) {
        for (int v = 0; v < 4; v++) result.v[v] = ck_f32x4_max(result.v[v], x.v[v]);
      } else {
        ck_lanes_add(&result, &x);
      }
    }
  }
  return result;
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  const ck_pool_parameters *p = parameters(bound->instruction);
  const ck_axis rows = ck_pool_rows(p), columns = ck_pool_columns(p);
  const ck_span span = ck_panel_span(range, p->channels);
  const bool pads = p->count_includes_pad != 0;
  for (size_t r = range.row_begin; r < range.row_end; r++) {
    const float *image = ck_f32_input(bound, 0) + r / p->out_h * p->in_h * p->in_w * p->channels;
    const int64_t y = ck_axis_start(rows, (uint32_t)(r % p->out_h));
    const ck_taps tall = ck_axis_taps(rows, y);
    const float *line = image + (size_t)(y + (int64_t)((uint64_t)tall.begin * p->dilation_h)) * p->in_w * p->channels;
    const uint32_t counted_rows = counted_taps(rows, y, tall, pads, p->pad_bottom);
    for (uint32_t column = 0; column < p->out_w; column++) {
      const int64_t x = ck_axis_start(columns, column);
      const ck_taps wide = ck_axis_taps(columns, x);
      const float *in = line + (size_t)(x + (int64_t)((uint64_t)wide.begin * p->dilation_w)) * p->channels;
      float *out = ck_f32_output(bound, 1) + (r * p->out_w + column) * p->channels;
      const ck_f32x4 count = ck_f32x4_splat((float)((uint64_t)counted_rows * counted_taps(columns, x, wide, pads, p->pad_right)));
      for (size_t c = span.begin; c < span.begin + span.count; c += CK_LANES) {
        const size_t channels = span.begin + span.count - c, height = tall.end - tall.begin, width = wide.end - wide.begin;
        ck_lanes result;
        if (p->kind == CK_POOL_MAX) {
          result = pool_taps(p, in + c, height, width, channels, true);
        } else {
          result = pool_taps(p, in + c, height, width, channels, false);
          for (int v = 0; v < 4; v++) result.v[v] /= count;
        }
        ck_lanes_clamp(&result, p->float_min, p->float_max);
        ck_lanes_store_part(out + c, &result, channels);
      }
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  const ck_pool_parameters *p = parameters(instruction);
  ck_bind_plain(bound, run, p->batch * p->out_h, ck_panel_count(p->channels));
}

const ck_operator ck_operator_pool_f32 = {
    CK_OP_POOL_F32, "pool_f32", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0,
};
