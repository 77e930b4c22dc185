#include "ck_pool_s8_16.h"

#if CK_ARCH_ARM64
#include "../gemm/ck_epilogue_neon.h"

/* Windows of this many taps cannot leave a word: 256 * -128 = -2^15. */
enum { word_taps = 256 };

CK_INLINE_NEON void add_words(int32x4_t sum[4], int16x8_t low, int16x8_t high) {
  sum[0] = vaddw_s16(sum[0], vget_low_s16(low));
  sum[1] = vaddw_high_s16(sum[1], low);
  sum[2] = vaddw_s16(sum[2], vget_low_s16(high));
  sum[3] = vaddw_high_s16(sum[3], high);
}

/* Sums of words, emptied into double words before they could wrap. */
CK_INLINE_NEON void average_block(
    uint8_t out[ck_block], const ck_pool_window *w, size_t c, size_t count, const ck_pool_parameters *p, float scale, uint8_t xor, uint8_t out_xor) {
  if (count < ck_block) {
    ck_pool_average_block(out, w, c, count, p, scale, xor, out_xor);
    return;
  }
  const int32_t zero_points = (int32_t)(0u - (uint32_t)p->input_zero_point * (uint32_t)(w->rows * w->columns));
  int32x4_t sum[4] = {vdupq_n_s32(zero_points), vdupq_n_s32(zero_points), vdupq_n_s32(zero_points), vdupq_n_s32(zero_points)};
  int16x8_t low = vdupq_n_s16(0), high = low;
  size_t left = word_taps;
  for (size_t ky = 0; ky < w->rows; ky++) {
    const uint8_t *x = w->first + ky * w->row_bytes + c;
    for (size_t kx = 0; kx < w->columns; kx++, x += w->column_bytes) {
      const int8x16_t taps = vld1q_s8((const int8_t *)x);
      low = vaddw_s8(low, vget_low_s8(taps));
      high = vaddw_high_s8(high, taps);
      if (--left > 0) continue;
      add_words(sum, low, high);
      low = high = vdupq_n_s16(0);
      left = word_taps;
    }
  }
  add_words(sum, low, high);
  const float32x4_t scales = vdupq_n_f32(scale), all[4] = {scales, scales, scales, scales};
  const ck_quantization q = {.output_zero_point = p->output_zero_point, .output_min = p->output_min, .output_max = p->output_max};
  const ck_epilogue_neon epilogue = ck_epilogue_neon_of(&q);
  vst1q_s8((int8_t *)out, ck_requantized_neon(sum, all, &epilogue));
}

enum ck_status ck_pool_s8_16__neon(const ck_bound *bound, ck_range range) {
  return ck_pool_by_blocks(bound, range, ck_pool_max_block, average_block);
}
#endif
