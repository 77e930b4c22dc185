/* gemm/ck_epilogue_neon.h - sums of 16 channels to bytes or floats, AArch64. Bit-exact with ck_requantize_store. */
#ifndef CK_EPILOGUE_NEON_H
#define CK_EPILOGUE_NEON_H

#include "../quantize/ck_requantize.h"

#if CK_ARCH_ARM64
#include <arm_neon.h>

static inline float32x4_t ck_clamp_f32x4(float32x4_t x, float32x4_t low, float32x4_t high) {
  x = vbslq_f32(vcgtq_f32(x, low), x, low);
  return vbslq_f32(vcltq_f32(x, high), x, high);
}

/* Stores the first `count` of 16 channels at `out`; the clamp precedes the conversion, so that any scale will do. */
static inline void ck_store_sums_neon(
    const int32x4_t sum[4], const uint8_t *scale, const ck_quantization *q, bool f32, size_t count, uint8_t *out) {
  const float32x4_t low = vdupq_n_f32(f32 ? q->float_min : (float)(q->output_min - q->output_zero_point));
  const float32x4_t high = vdupq_n_f32(f32 ? q->float_max : (float)(q->output_max - q->output_zero_point));
  float32x4_t value[4];
  CK_UNROLL for (int v = 0; v < 4; v++) {
    const float32x4_t scales = vreinterpretq_f32_u8(vld1q_u8(scale + 16 * v));
    value[v] = ck_clamp_f32x4(vmulq_f32(vcvtq_f32_s32(sum[v]), scales), low, high);
  }
  if (f32) {
    float values[16];
    CK_UNROLL for (int v = 0; v < 4; v++) vst1q_f32(values + 4 * v, value[v]);
    __builtin_memcpy(out, values, 4 * count);
    return;
  }
  const int16x8_t zero_point = vdupq_n_s16((int16_t)q->output_zero_point);
  const int16x8_t first = vcombine_s16(vmovn_s32(vcvtnq_s32_f32(value[0])), vmovn_s32(vcvtnq_s32_f32(value[1])));
  const int16x8_t second = vcombine_s16(vmovn_s32(vcvtnq_s32_f32(value[2])), vmovn_s32(vcvtnq_s32_f32(value[3])));
  const int8x16_t bytes = vcombine_s8(vmovn_s16(vaddq_s16(first, zero_point)), vmovn_s16(vaddq_s16(second, zero_point)));
  if (count == 16) {
    vst1q_s8((int8_t *)out, bytes);
  } else {
    int8_t all[16];
    vst1q_s8(all, bytes);
    __builtin_memcpy(out, all, count);
  }
}

/* bias - zero point * sum of weights of 4 channels from `entry` on. */
static inline int32x4_t ck_start_neon(const uint8_t *bias, const uint8_t *sums, int32_t zero_point, size_t entry) {
  const int32x4_t weights = vreinterpretq_s32_u8(vld1q_u8(sums + 4 * entry));
  return vmlsq_n_s32(vreinterpretq_s32_u8(vld1q_u8(bias + 4 * entry)), weights, zero_point);
}

#endif
#endif
