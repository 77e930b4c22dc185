#include "ck_dw_row_neon.h"

#if CK_ARCH_ARM64

/* Two products fit a word where weights stay within [-127, 127]: taps are taken in pairs. */
CK_INLINE_NEON void add_wide(int32x4_t sum[4], int16x8_t low, int16x8_t high) {
  sum[0] = vaddw_s16(sum[0], vget_low_s16(low));
  sum[1] = vaddw_high_s16(sum[1], low);
  sum[2] = vaddw_s16(sum[2], vget_low_s16(high));
  sum[3] = vaddw_high_s16(sum[3], high);
}
CK_INLINE_NEON void add_pair(int32x4_t sum[4], int8x16_t x0, int8x16_t w0, int8x16_t x1, int8x16_t w1) {
  add_wide(
      sum, vmlal_s8(vmull_s8(vget_low_s8(x0), vget_low_s8(w0)), vget_low_s8(x1), vget_low_s8(w1)),
      vmlal_high_s8(vmull_high_s8(x0, w0), x1, w1));
}

/* Three kernel rows and columns, 16 channels to bytes: nine taps in five products. Each column is loaded once and used by three outputs, or with
 * stride 2 by one or two: their names rotate. Starts and scales stay in memory, so that weights and columns stay in registers. */
typedef struct panel_constants {
  int32x4_t start[4];
  ck_epilogue_neon epilogue;
  uint8_t scale[64]; /* of pairs of pixels */
} panel_constants;
typedef struct column {
  int8x16_t row[3];
} column;
typedef struct window {
  const int8_t *row; /* of kernel row 0; distances of the other two from it */
  ptrdiff_t second, third;
  size_t tap;
  int8x16x4_t w[3]; /* of a kernel column, by kernel row */
  const panel_constants *constants;
  const uint8_t *scale;
  uint8_t *out;
  size_t out_step;
} window;

CK_INLINE_NEON window window_of(const ck_dw_row *s, size_t panel, panel_constants *constants) {
  window t = {
      .row = (const int8_t *)s->rows[0] + 16 * panel,
      .second = s->rows[1] - s->rows[0],
      .third = s->rows[2] - s->rows[0],
      .tap = s->tap_bytes,
      .constants = constants,
      .scale = s->scale + 64 * panel,
      .out = s->output + 16 * panel,
      .out_step = s->output_step_bytes};
  const int8_t *weights = (const int8_t *)s->weights + panel * s->panel_bytes;
  CK_UNROLL for (size_t i = 0; i < 3; i++) t.w[i] = vld4q_s8(weights + 64 * i);
  CK_UNROLL for (size_t v = 0; v < 4; v++) constants->start[v] = ck_start_neon(s->bias, s->sums, s->zero_point, 16 * panel + 4 * v);
  constants->epilogue = ck_epilogue_neon_of(&s->q);
  return t;
}

CK_INLINE_NEON column next(window *t) {
  const column x = {{vld1q_s8(t->row), vld1q_s8(t->row + t->second), vld1q_s8(t->row + t->third)}};
  t->row += t->tap;
  CK_OPAQUE(t->row);
  return x;
}

CK_INLINE_NEON void output(bool clamps, window *t, const column *a, const column *b, const column *c) {
  CK_OPAQUE(t->constants);
  int32x4_t sum[4];
  CK_UNROLL for (int v = 0; v < 4; v++) sum[v] = t->constants->start[v];
  add_pair(sum, a->row[0], t->w[0].val[0], a->row[1], t->w[0].val[1]);
  add_pair(sum, b->row[0], t->w[1].val[0], b->row[1], t->w[1].val[1]);
  add_pair(sum, c->row[0], t->w[2].val[0], c->row[1], t->w[2].val[1]);
  add_pair(sum, a->row[2], t->w[0].val[2], b->row[2], t->w[1].val[2]);
  add_wide(sum, vmull_s8(vget_low_s8(c->row[2]), vget_low_s8(t->w[2].val[2])), vmull_high_s8(c->row[2], t->w[2].val[2]));
  CK_OPAQUE(t->constants);
  CK_OPAQUE(t->scale);
  float32x4_t scale[4];
  ck_load_scales_neon(scale, t->scale);
  const ck_epilogue_neon *e = &t->constants->epilogue;
  vst1q_s8((int8_t *)t->out, clamps ? ck_requantized_neon(sum, scale, e) : ck_unclamped_neon(sum, scale, e->zero_point));
  t->out += t->out_step;
}

CK_INLINE_NEON void run_3x3(bool clamps, const ck_dw_row *s, size_t panel) {
  panel_constants constants;
  window t = window_of(s, panel, &constants);
  column a = next(&t), b = next(&t), c;
  size_t left = s->count;
  for (; left >= 3; left -= 3) {
    c = next(&t);
    output(clamps, &t, &a, &b, &c);
    a = next(&t);
    output(clamps, &t, &b, &c, &a);
    b = next(&t);
    output(clamps, &t, &c, &a, &b);
  }
  if (left == 0) return;
  c = next(&t);
  output(clamps, &t, &a, &b, &c);
  if (left == 1) return;
  a = next(&t);
  output(clamps, &t, &b, &c, &a);
}

/* Two columns on from an output to the next. */
CK_INLINE_NEON void run_by_two(bool clamps, window t, size_t left) {
  column a = next(&t), b, c;
  for (; left >= 2; left -= 2) {
    b = next(&t);
    c = next(&t);
    output(clamps, &t, &a, &b, &c);
    b = next(&t);
    a = next(&t);
    output(clamps, &t, &c, &b, &a);
  }
  if (left == 0) return;
  b = next(&t);
  c = next(&t);
  output(clamps, &t, &a, &b, &c);
}

CK_INLINE_NEON void run_3x3_stride_2(bool clamps, const ck_dw_row *s, size_t panel) {
  panel_constants constants;
  run_by_two(clamps, window_of(s, panel, &constants), s->count);
}

/* Eight channels in all, stride 1: the lanes are two pixels side by side, a column starts every 8 bytes. An odd last pixel is computed with its
 * neighbour once more. At least two pixels. */
CK_INLINE_NEON void run_pairs(bool clamps, const ck_dw_row *s) {
  panel_constants constants;
  window t = window_of(s, 0, &constants);
  CK_UNROLL for (int v = 0; v < 2; v++) {
    constants.start[2 + v] = constants.start[v];
    vst1q_u8(constants.scale + 16 * v, vld1q_u8(s->scale + 16 * v));
    vst1q_u8(constants.scale + 32 + 16 * v, vld1q_u8(s->scale + 16 * v));
  }
  CK_UNROLL for (int i = 0; i < 3; i++) {
    CK_UNROLL for (int j = 0; j < 3; j++) {
      const int8x8_t eight = vget_low_s8(t.w[i].val[j]);
      t.w[i].val[j] = vcombine_s8(eight, eight);
    }
  }
  t.scale = constants.scale;
  t.out_step = 16;
  window last = t;
  last.row += 8 * (s->count - 2);
  last.out += 8 * (s->count - 2);
  run_by_two(clamps, t, s->count / 2);
  if (s->count % 2 == 1) run_by_two(clamps, last, 1);
}

static void run_3x3_unclamped(const ck_dw_row *s, size_t panel) { run_3x3(false, s, panel); }
static void run_3x3_clamped(const ck_dw_row *s, size_t panel) { run_3x3(true, s, panel); }
static void run_3x3_stride_2_unclamped(const ck_dw_row *s, size_t panel) { run_3x3_stride_2(false, s, panel); }
static void run_3x3_stride_2_clamped(const ck_dw_row *s, size_t panel) { run_3x3_stride_2(true, s, panel); }
static void run_pairs_unclamped(const ck_dw_row *s, size_t panel) { (void)panel, run_pairs(false, s); }
static void run_pairs_clamped(const ck_dw_row *s, size_t panel) { (void)panel, run_pairs(true, s); }

/* Weights that are no two to a word. */
static bool is_wide(const ck_dw_row *s) { return s->full_range || s->q.weight_zero_point != 0; }

CK_INLINE_NEON int8x16_t row(const ck_dw_row *s, size_t panel, size_t ky, size_t at) {
  return vld1q_s8((const int8_t *)s->rows[ky] + 16 * panel + at);
}

/* Any window. */
static void run_any(const ck_dw_row *s, size_t panel) {
  int32x4_t start[4];
  ck_dw_start(start, s, panel);
  for (size_t x = 0; x < s->count; x++) {
    int32x4_t sum[4] = {start[0], start[1], start[2], start[3]};
    const int8_t *weights = (const int8_t *)s->weights + panel * s->panel_bytes;
    for (size_t g = 0; g < s->row_groups; g++) {
      for (size_t kx = 0; kx < s->kernel_w; kx++, weights += 64) {
        const int8x16x4_t w = vld4q_s8(weights);
        const size_t at = x * s->step_bytes + kx * s->tap_bytes;
        add_pair(sum, row(s, panel, 4 * g, at), w.val[0], row(s, panel, 4 * g + 1, at), w.val[1]);
        if (4 * g + 2 < s->kernel_h) add_pair(sum, row(s, panel, 4 * g + 2, at), w.val[2], row(s, panel, 4 * g + 3, at), w.val[3]);
      }
    }
    ck_dw_store(s, panel, sum, x);
  }
}

/* Any weights: less their zero point they fit a word, and a product a double word. */
static void run_wide(const ck_dw_row *s, size_t panel) {
  int32x4_t start[4];
  ck_dw_start(start, s, panel);
  const int16x8_t zero_point = vdupq_n_s16((int16_t)s->q.weight_zero_point);
  for (size_t x = 0; x < s->count; x++) {
    int32x4_t sum[4] = {start[0], start[1], start[2], start[3]};
    const int8_t *weights = (const int8_t *)s->weights + panel * s->panel_bytes;
    for (size_t g = 0; g < s->row_groups; g++) {
      for (size_t kx = 0; kx < s->kernel_w; kx++, weights += 64) {
        const int8x16x4_t w = vld4q_s8(weights);
        CK_UNROLL for (size_t j = 0; j < 4; j++) {
          if (4 * g + j >= s->kernel_h) break;
          const int8x16_t taps = row(s, panel, 4 * g + j, x * s->step_bytes + kx * s->tap_bytes);
          const int16x8_t low = vmovl_s8(vget_low_s8(taps)), high = vmovl_high_s8(taps);
          const int16x8_t w_low = vsubq_s16(vmovl_s8(vget_low_s8(w.val[j])), zero_point);
          const int16x8_t w_high = vsubq_s16(vmovl_high_s8(w.val[j]), zero_point);
          sum[0] = vmlal_s16(sum[0], vget_low_s16(low), vget_low_s16(w_low));
          sum[1] = vmlal_high_s16(sum[1], low, w_low);
          sum[2] = vmlal_s16(sum[2], vget_low_s16(high), vget_low_s16(w_high));
          sum[3] = vmlal_high_s16(sum[3], high, w_high);
        }
      }
    }
    ck_dw_store(s, panel, sum, x);
  }
}

static void run(const ck_dw_row *s, size_t panel) {
  if (CK_SMALL || is_wide(s)) run_wide(s, panel);
  else run_any(s, panel);
}

static ck_dw_kernels choose(const ck_dw_row *s) {
  ck_dw_kernels kernels = {run, run};
  const bool clamps = CK_SMALL || !ck_clamps_nothing(&s->q);
  if (s->f32 || is_wide(s) || s->kernel_h > 3 || s->kernel_w != 3) return kernels;
  if (s->step_bytes == s->tap_bytes) kernels.whole = clamps ? run_3x3_clamped : run_3x3_unclamped;
  if (!CK_SMALL && s->step_bytes == 2 * s->tap_bytes) kernels.whole = clamps ? run_3x3_stride_2_clamped : run_3x3_stride_2_unclamped;
  const bool pairs = !CK_SMALL && s->channels == 8 && s->step_bytes == 8 && s->tap_bytes == 8 && s->count >= 2;
  if (pairs) kernels.part = clamps ? run_pairs_clamped : run_pairs_unclamped;
  return kernels;
}

enum ck_status ck_dwconv2d_s8_s8c_16x2__neon(const ck_bound *bound, ck_range range) { return ck_dwconv2d_by_rows(bound, range, choose); }

#endif
