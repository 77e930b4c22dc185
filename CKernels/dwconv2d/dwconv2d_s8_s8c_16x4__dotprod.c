#include "ck_dw_row_neon.h"

#if CK_ARCH_ARM64

#define TARGET CK_TARGET_DOTPROD
#define INLINE static inline __attribute__((always_inline)) TARGET

/* Four rows of a column, interleaved byte by byte: vector v holds channels 4 v ... 4 v + 3, as a weight block does. */
INLINE int8x16x4_t interleaved(int8x16_t a, int8x16_t b, int8x16_t c, int8x16_t d) {
  const int16x8_t ab_low = vreinterpretq_s16_s8(vzip1q_s8(a, b)), ab_high = vreinterpretq_s16_s8(vzip2q_s8(a, b));
  const int16x8_t cd_low = vreinterpretq_s16_s8(vzip1q_s8(c, d)), cd_high = vreinterpretq_s16_s8(vzip2q_s8(c, d));
  return (int8x16x4_t){
      {vreinterpretq_s8_s16(vzip1q_s16(ab_low, cd_low)), vreinterpretq_s8_s16(vzip2q_s16(ab_low, cd_low)),
       vreinterpretq_s8_s16(vzip1q_s16(ab_high, cd_high)), vreinterpretq_s8_s16(vzip2q_s16(ab_high, cd_high))}};
}

INLINE void multiply_add(int32x4_t sum[4], const int8x16x4_t *x, const int8x16x4_t *w) {
  CK_UNROLL for (int v = 0; v < 4; v++) sum[v] = vdotq_s32(sum[v], x->val[v], w->val[v]);
}

INLINE int8x16x4_t block(const uint8_t *weights) {
  const int8_t *w = (const int8_t *)weights;
  return (int8x16x4_t){{vld1q_s8(w), vld1q_s8(w + 16), vld1q_s8(w + 32), vld1q_s8(w + 48)}};
}

INLINE int8x16x4_t column(const uint8_t *const rows[4], size_t at) {
  return interleaved(
      vld1q_s8((const int8_t *)rows[0] + at), vld1q_s8((const int8_t *)rows[1] + at), vld1q_s8((const int8_t *)rows[2] + at),
      vld1q_s8((const int8_t *)rows[3] + at));
}

/* Three kernel rows and columns, 16 channels to bytes. Each column is interleaved once and used by three outputs, or with stride 2 by one or
 * two: their names rotate. 12 vectors of weights, 12 of columns and 4 sums fill the registers: what else a panel has stays in memory. */
typedef struct panel_constants {
  int32x4_t start[4];
  ck_epilogue_neon epilogue;
  uint8_t scale[64]; /* of pairs of pixels */
} panel_constants;
typedef struct window {
  const int8_t *row; /* of kernel row 0; distances of the other two from it */
  ptrdiff_t second, third;
  size_t tap;
  int8x16x4_t w[3];
  const panel_constants *constants;
  const uint8_t *scale;
  uint8_t *out;
  size_t out_step;
} window;

INLINE window window_of(const ck_dw_row *s, size_t panel, panel_constants *constants) {
  window t = {
      .row = (const int8_t *)s->rows[0] + 16 * panel,
      .second = s->rows[1] - s->rows[0],
      .third = s->rows[2] - s->rows[0],
      .tap = s->tap_bytes,
      .constants = constants,
      .scale = s->scale + 64 * panel,
      .out = s->output + 16 * panel,
      .out_step = s->output_step_bytes};
  const uint8_t *weights = s->weights + panel * s->panel_bytes;
  CK_UNROLL for (size_t i = 0; i < 3; i++) t.w[i] = block(weights + 64 * i);
  CK_UNROLL for (size_t v = 0; v < 4; v++) constants->start[v] = ck_start_neon(s->bias, s->sums, s->zero_point, 16 * panel + 4 * v);
  constants->epilogue = ck_epilogue_neon_of(&s->q);
  return t;
}

INLINE int8x16x4_t next(window *t) {
  const int8x16_t a = vld1q_s8(t->row), b = vld1q_s8(t->row + t->second), c = vld1q_s8(t->row + t->third);
  t->row += t->tap;
  CK_OPAQUE(t->row);
  return interleaved(a, b, c, c); /* the fourth row's weights are 0 */
}

INLINE void output(bool clamps, window *t, const int8x16x4_t *x0, const int8x16x4_t *x1, const int8x16x4_t *x2) {
  CK_OPAQUE(t->constants);
  int32x4_t sum[4];
  CK_UNROLL for (int v = 0; v < 4; v++) sum[v] = t->constants->start[v];
  multiply_add(sum, x0, &t->w[0]);
  multiply_add(sum, x1, &t->w[1]);
  multiply_add(sum, x2, &t->w[2]);
  CK_OPAQUE(t->constants);
  CK_OPAQUE(t->scale);
  float32x4_t scale[4];
  ck_load_scales_neon(scale, t->scale);
  const ck_epilogue_neon *e = &t->constants->epilogue;
  vst1q_s8((int8_t *)t->out, clamps ? ck_requantized_neon(sum, scale, e) : ck_unclamped_neon(sum, scale, e->zero_point));
  t->out += t->out_step;
}

INLINE void run_3x3(bool clamps, const ck_dw_row *s, size_t panel) {
  panel_constants constants;
  window t = window_of(s, panel, &constants);
  int8x16x4_t a = next(&t), b = next(&t), c;
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
INLINE void run_by_two(bool clamps, window t, size_t left) {
  int8x16x4_t a = next(&t), b, c;
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

INLINE void run_3x3_stride_2(bool clamps, const ck_dw_row *s, size_t panel) {
  panel_constants constants;
  run_by_two(clamps, window_of(s, panel, &constants), s->count);
}

/* Eight channels in all, stride 1: the lanes are two pixels side by side, a column starts every 8 bytes. An odd last pixel is computed with its
 * neighbour once more. At least two pixels. */
INLINE void run_pairs(bool clamps, const ck_dw_row *s) {
  panel_constants constants;
  window t = window_of(s, 0, &constants);
  CK_UNROLL for (int v = 0; v < 2; v++) {
    constants.start[2 + v] = constants.start[v];
    CK_UNROLL for (int i = 0; i < 3; i++) t.w[i].val[2 + v] = t.w[i].val[v];
    vst1q_u8(constants.scale + 16 * v, vld1q_u8(s->scale + 16 * v));
    vst1q_u8(constants.scale + 32 + 16 * v, vld1q_u8(s->scale + 16 * v));
  }
  t.scale = constants.scale;
  t.out_step = 16;
  window last = t;
  last.row += 8 * (s->count - 2);
  last.out += 8 * (s->count - 2);
  run_by_two(clamps, t, s->count / 2);
  if (s->count % 2 == 1) run_by_two(clamps, last, 1);
}

TARGET static void run_3x3_unclamped(const ck_dw_row *s, size_t panel) { run_3x3(false, s, panel); }
TARGET static void run_3x3_clamped(const ck_dw_row *s, size_t panel) { run_3x3(true, s, panel); }
TARGET static void run_3x3_stride_2_unclamped(const ck_dw_row *s, size_t panel) { run_3x3_stride_2(false, s, panel); }
TARGET static void run_3x3_stride_2_clamped(const ck_dw_row *s, size_t panel) { run_3x3_stride_2(true, s, panel); }
TARGET static void run_pairs_unclamped(const ck_dw_row *s, size_t panel) { (void)panel, run_pairs(false, s); }
TARGET static void run_pairs_clamped(const ck_dw_row *s, size_t panel) { (void)panel, run_pairs(true, s); }

/* Any window. Weights with a zero point: beside the sums of products run the sums of taps that it is multiplied with. */
TARGET static void run_any(const ck_dw_row *s, size_t panel) {
  int32x4_t start[4];
  ck_dw_start(start, s, panel);
  const uint8_t *rows[4 * CK_DWCONV2D_BLOCKS];
  for (size_t ky = 0; ky < 4 * s->row_groups; ky++) rows[ky] = s->rows[ky] + 16 * panel;
  for (size_t x = 0; x < s->count; x++) {
    int32x4_t sum[4] = {start[0], start[1], start[2], start[3]}, taps[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    const uint8_t *weights = s->weights + panel * s->panel_bytes;
    for (size_t g = 0; g < s->row_groups; g++) {
      const int8x16_t ones = vreinterpretq_s8_u32(vdupq_n_u32(ck_dw_ones(s->kernel_h, g)));
      for (size_t kx = 0; kx < s->kernel_w; kx++, weights += 64) {
        const int8x16x4_t quads = column(rows + 4 * g, x * s->step_bytes + kx * s->tap_bytes), w = block(weights);
        multiply_add(sum, &quads, &w);
        if (s->q.weight_zero_point == 0) continue;
        CK_UNROLL for (int v = 0; v < 4; v++) taps[v] = vdotq_s32(taps[v], quads.val[v], ones);
      }
    }
    CK_UNROLL for (int v = 0; v < 4; v++) sum[v] = vmlsq_n_s32(sum[v], taps[v], s->q.weight_zero_point);
    ck_dw_store(s, panel, sum, x);
  }
}

static ck_dw_kernels choose(const ck_dw_row *s) {
  ck_dw_kernels kernels = {run_any, run_any};
  const bool clamps = CK_SMALL || !ck_clamps_nothing(&s->q);
  if (s->f32 || s->q.weight_zero_point != 0 || s->kernel_h > 3 || s->kernel_w != 3) return kernels;
  if (s->step_bytes == s->tap_bytes) kernels.whole = clamps ? run_3x3_clamped : run_3x3_unclamped;
  if (!CK_SMALL && s->step_bytes == 2 * s->tap_bytes) kernels.whole = clamps ? run_3x3_stride_2_clamped : run_3x3_stride_2_unclamped;
  const bool pairs = !CK_SMALL && s->channels == 8 && s->step_bytes == 8 && s->tap_bytes == 8 && s->count >= 2;
  if (pairs) kernels.part = clamps ? run_pairs_clamped : run_pairs_unclamped;
  return kernels;
}

enum ck_status ck_dwconv2d_s8_s8c_16x4__dotprod(const ck_bound *bound, ck_range range) { return ck_dwconv2d_by_rows(bound, range, choose); }

#endif
