#include "ck_dw_line.h"

#if CK_ARCH_ARM64
#include "../gemm/ck_epilogue_neon.h"

#define TARGET CK_TARGET_DOTPROD
#define INLINE static inline __attribute__((always_inline)) TARGET

/* Four rows of a column, interleaved byte by byte: vector v holds channels 4 v ... 4 v + 3, as a weight block does. */
INLINE int8x16x4_t interleaved(const uint8_t *const rows[4], size_t at) {
  const int8x16_t a = vld1q_s8((const int8_t *)rows[0] + at), b = vld1q_s8((const int8_t *)rows[1] + at);
  const int8x16_t c = vld1q_s8((const int8_t *)rows[2] + at), d = vld1q_s8((const int8_t *)rows[3] + at);
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

INLINE void store(const ck_dw_line *s, const int32x4_t sum[4], size_t x) {
  ck_store_sums_neon(sum, s->scale, &s->q, s->f32, s->channels, s->output + x * s->output_step_bytes);
}

/* Three kernel columns a step apart: each column is interleaved once and used by three outputs. */
INLINE void run_3_columns(const ck_dw_line *s, const int32x4_t start[4]) {
  const int8x16x4_t w0 = block(s->weights), w1 = block(s->weights + 64), w2 = block(s->weights + 128);
  int8x16x4_t first = interleaved(s->rows, 0), second = interleaved(s->rows, s->tap_bytes);
  for (size_t x = 0; x < s->count; x++) {
    const int8x16x4_t third = interleaved(s->rows, (x + 2) * s->tap_bytes);
    int32x4_t sum[4] = {start[0], start[1], start[2], start[3]};
    multiply_add(sum, &first, &w0);
    multiply_add(sum, &second, &w1);
    multiply_add(sum, &third, &w2);
    store(s, sum, x);
    first = second;
    second = third;
  }
}

/* Weights with a zero point: beside the sums of products run the sums of taps that it is multiplied with. */
INLINE void run_zero_point(const ck_dw_line *s, const int32x4_t start[4]) {
  for (size_t x = 0; x < s->count; x++) {
    int32x4_t sum[4] = {start[0], start[1], start[2], start[3]}, taps[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    const uint8_t *weights = s->weights;
    for (size_t g = 0; g < s->row_groups; g++) {
      const int8x16_t ones = vreinterpretq_s8_u32(vdupq_n_u32(ck_dw_ones(s->kernel_h, g)));
      for (size_t kx = 0; kx < s->kernel_w; kx++, weights += 64) {
        const int8x16x4_t column = interleaved(s->rows + 4 * g, x * s->step_bytes + kx * s->tap_bytes), w = block(weights);
        multiply_add(sum, &column, &w);
        CK_UNROLL for (int v = 0; v < 4; v++) taps[v] = vdotq_s32(taps[v], column.val[v], ones);
      }
    }
    CK_UNROLL for (int v = 0; v < 4; v++) sum[v] = vmlsq_n_s32(sum[v], taps[v], s->q.weight_zero_point);
    store(s, sum, x);
  }
}

TARGET static void run(const ck_dw_line *s) {
  int32x4_t start[4];
  CK_UNROLL for (size_t v = 0; v < 4; v++) {
    start[v] = vaddq_s32(ck_start_neon(s->bias, s->sums, s->zero_point, 4 * v), vdupq_n_s32(ck_dw_correction(s)));
  }
  if (s->q.weight_zero_point != 0) {
    run_zero_point(s, start);
    return;
  }
  if (s->row_groups == 1 && s->kernel_w == 3 && s->step_bytes == s->tap_bytes) {
    run_3_columns(s, start);
    return;
  }
  for (size_t x = 0; x < s->count; x++) {
    int32x4_t sum[4] = {start[0], start[1], start[2], start[3]};
    const uint8_t *weights = s->weights;
    for (size_t g = 0; g < s->row_groups; g++) {
      for (size_t kx = 0; kx < s->kernel_w; kx++, weights += 64) {
        const int8x16x4_t column = interleaved(s->rows + 4 * g, x * s->step_bytes + kx * s->tap_bytes), w = block(weights);
        multiply_add(sum, &column, &w);
      }
    }
    store(s, sum, x);
  }
}

enum ck_status ck_dwconv2d_s8_s8c_16x4__dotprod(const ck_bound *bound, ck_range range) { return ck_dwconv2d_by_lines(bound, range, run); }

#endif
