#include "ck_dw_line.h"

#if CK_ARCH_ARM64
#include "../gemm/ck_epilogue_neon.h"

/* Two products fit a word where weights stay within [-127, 127]: kernel rows are taken in pairs. */
static inline void add_pair(int32x4_t sum[4], int8x16_t x0, int8x16_t w0, int8x16_t x1, int8x16_t w1) {
  const int16x8_t low = vmlal_s8(vmull_s8(vget_low_s8(x0), vget_low_s8(w0)), vget_low_s8(x1), vget_low_s8(w1));
  const int16x8_t high = vmlal_high_s8(vmull_high_s8(x0, w0), x1, w1);
  sum[0] = vaddw_s16(sum[0], vget_low_s16(low));
  sum[1] = vaddw_high_s16(sum[1], low);
  sum[2] = vaddw_s16(sum[2], vget_low_s16(high));
  sum[3] = vaddw_high_s16(sum[3], high);
}

static inline int8x16_t row(const ck_dw_line *s, size_t ky, size_t at) { return vld1q_s8((const int8_t *)s->rows[ky] + at); }

/* 3 kernel rows and columns: nine taps in five pairs. */
static void run_3x3(const ck_dw_line *s, const int32x4_t start[4]) {
  const int8_t *weights = (const int8_t *)s->weights;
  const int8x16x4_t w0 = vld4q_s8(weights), w1 = vld4q_s8(weights + 64), w2 = vld4q_s8(weights + 128);
  const int8x16_t zero = vdupq_n_s8(0);
  for (size_t x = 0; x < s->count; x++) {
    const size_t a = x * s->step_bytes, b = a + s->tap_bytes, c = b + s->tap_bytes;
    int32x4_t sum[4] = {start[0], start[1], start[2], start[3]};
    add_pair(sum, row(s, 0, a), w0.val[0], row(s, 1, a), w0.val[1]);
    add_pair(sum, row(s, 0, b), w1.val[0], row(s, 1, b), w1.val[1]);
    add_pair(sum, row(s, 0, c), w2.val[0], row(s, 1, c), w2.val[1]);
    add_pair(sum, row(s, 2, a), w0.val[2], row(s, 2, b), w1.val[2]);
    add_pair(sum, row(s, 2, c), w2.val[2], zero, zero);
    ck_store_sums_neon(sum, s->scale, &s->q, s->f32, s->channels, s->output + x * s->output_step_bytes);
  }
}

/* Any weights: less their zero point they fit a word, and a product a double word. */
static void run_wide(const ck_dw_line *s, const int32x4_t start[4]) {
  const int16x8_t zero_point = vdupq_n_s16((int16_t)s->q.weight_zero_point);
  for (size_t x = 0; x < s->count; x++) {
    int32x4_t sum[4] = {start[0], start[1], start[2], start[3]};
    const int8_t *weights = (const int8_t *)s->weights;
    for (size_t g = 0; g < s->row_groups; g++) {
      for (size_t kx = 0; kx < s->kernel_w; kx++, weights += 64) {
        const int8x16x4_t w = vld4q_s8(weights);
        CK_UNROLL for (size_t j = 0; j < 4; j++) {
          if (4 * g + j >= s->kernel_h) break;
          const int8x16_t taps = row(s, 4 * g + j, x * s->step_bytes + kx * s->tap_bytes);
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
    ck_store_sums_neon(sum, s->scale, &s->q, s->f32, s->channels, s->output + x * s->output_step_bytes);
  }
}

static void run(const ck_dw_line *s) {
  int32x4_t start[4];
  CK_UNROLL for (size_t v = 0; v < 4; v++) {
    start[v] = vaddq_s32(ck_start_neon(s->bias, s->sums, s->zero_point, 4 * v), vdupq_n_s32(ck_dw_correction(s)));
  }
  if (s->full_range || s->q.weight_zero_point != 0) {
    run_wide(s, start);
    return;
  }
  if (s->kernel_h == 3 && s->kernel_w == 3) {
    run_3x3(s, start);
    return;
  }
  for (size_t x = 0; x < s->count; x++) {
    int32x4_t sum[4] = {start[0], start[1], start[2], start[3]};
    const int8_t *weights = (const int8_t *)s->weights;
    for (size_t g = 0; g < s->row_groups; g++) {
      for (size_t kx = 0; kx < s->kernel_w; kx++, weights += 64) {
        const int8x16x4_t w = vld4q_s8(weights);
        const size_t at = x * s->step_bytes + kx * s->tap_bytes;
        add_pair(sum, row(s, 4 * g, at), w.val[0], row(s, 4 * g + 1, at), w.val[1]);
        if (4 * g + 2 < s->kernel_h) add_pair(sum, row(s, 4 * g + 2, at), w.val[2], row(s, 4 * g + 3, at), w.val[3]);
      }
    }
    ck_store_sums_neon(sum, s->scale, &s->q, s->f32, s->channels, s->output + x * s->output_step_bytes);
  }
}

enum ck_status ck_dwconv2d_s8_s8c_16x2__neon(const ck_bound *bound, ck_range range) { return ck_dwconv2d_by_lines(bound, range, run); }

#endif
