/* gemm/ck_epilogue_neon.h - sums of 16 channels to bytes or floats, AArch64. Bit-exact with ck_requantize_store. */
#ifndef CK_EPILOGUE_NEON_H
#define CK_EPILOGUE_NEON_H

#include "../quantize/ck_requantize.h"

#if CK_ARCH_ARM64
#include <arm_neon.h>

#define CK_INLINE_NEON static inline __attribute__((always_inline))
/* Of this pointer the compiler shall know nothing: each keeps a register of its own and is incremented by its loads, where it else would be
 * computed from another at each step. */
#define CK_OPAQUE(pointer) __asm__("" : "+r"(pointer))

/* What 16 channels share. Conversions and narrowing saturate here, so that the clamp may follow them, whatever the scale: rounding keeps the order,
 * and the bounds are integers. */
typedef struct ck_epilogue_neon {
  int16x8_t zero_point;
  int8x16_t low, high;
} ck_epilogue_neon;

CK_INLINE_NEON ck_epilogue_neon ck_epilogue_neon_of(const ck_quantization *q) {
  return (ck_epilogue_neon){
      vdupq_n_s16((int16_t)q->output_zero_point), vdupq_n_s8((int8_t)q->output_min), vdupq_n_s8((int8_t)q->output_max)};
}

/* Whether bounds are those of the type: nothing is left to clamp. ReLU in the scale of its own output is so, too. */
CK_INLINE_NEON bool ck_clamps_nothing(const ck_quantization *q) { return q->output_min == -128 && q->output_max == 127; }

CK_INLINE_NEON int8x16_t ck_unclamped_neon(const int32x4_t sum[4], const float32x4_t scale[4], int16x8_t zero_point) {
  int32x4_t value[4];
  CK_UNROLL for (int v = 0; v < 4; v++) value[v] = vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sum[v]), scale[v]));
  const int16x8_t first = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(value[0]), value[1]), zero_point);
  const int16x8_t second = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(value[2]), value[3]), zero_point);
  return vqmovn_high_s16(vqmovn_s16(first), second);
}
/* The first eight channels. */
CK_INLINE_NEON int8x8_t ck_unclamped_half_neon(const int32x4_t sum[2], const float32x4_t scale[2], int16x8_t zero_point) {
  const int32x4_t low = vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sum[0]), scale[0]));
  const int32x4_t high = vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sum[1]), scale[1]));
  return vqmovn_s16(vqaddq_s16(vqmovn_high_s32(vqmovn_s32(low), high), zero_point));
}
CK_INLINE_NEON int8x16_t ck_requantized_neon(const int32x4_t sum[4], const float32x4_t scale[4], const ck_epilogue_neon *e) {
  return vminq_s8(vmaxq_s8(ck_unclamped_neon(sum, scale, e->zero_point), e->low), e->high);
}

/* What sums with a residual are made with. */
typedef struct ck_addition_neon {
  float32x4_t layer_low, layer_high, layer_scale, residual_scale;
  int8x16_t residual_zero_point;
  ck_epilogue_neon sum;
} ck_addition_neon;

CK_INLINE_NEON ck_addition_neon ck_addition_neon_of(const ck_quantization *q, const ck_add_parameters *add) {
  const ck_quantization sum = {.output_zero_point = add->sum_zero_point, .output_min = add->sum_min, .output_max = add->sum_max};
  return (ck_addition_neon){
      vdupq_n_f32((float)(q->output_min - q->output_zero_point)), vdupq_n_f32((float)(q->output_max - q->output_zero_point)),
      vdupq_n_f32(add->layer_scale), vdupq_n_f32(add->residual_scale), vdupq_n_s8((int8_t)add->residual_zero_point), ck_epilogue_neon_of(&sum)};
}

/* Four channels: levels less their zero point. The clamp precedes the rounding, so that any scale will do; what is added stays below 2^23. */
CK_INLINE_NEON int32x4_t ck_added_four_neon(int32x4_t sum, float32x4_t scale, int16x4_t residual, const ck_addition_neon *a) {
  const float32x4_t value = vmulq_f32(vcvtq_f32_s32(sum), scale);
  const float32x4_t layer = vmulq_f32(vrndnq_f32(vminq_f32(vmaxq_f32(value, a->layer_low), a->layer_high)), a->layer_scale);
  return vcvtnq_s32_f32(vaddq_f32(layer, vmulq_f32(vcvtq_f32_s32(vmovl_s16(residual)), a->residual_scale)));
}
CK_INLINE_NEON int16x8_t ck_added_eight_neon(
    const int32x4_t sum[2], const float32x4_t scale[2], int16x8_t residual, const ck_addition_neon *a) {
  const int32x4_t low = ck_added_four_neon(sum[0], scale[0], vget_low_s16(residual), a);
  const int32x4_t high = ck_added_four_neon(sum[1], scale[1], vget_high_s16(residual), a);
  return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(low), high), a->sum.zero_point);
}
/* The bytes of 16 channels with the residual's added. */
CK_INLINE_NEON int8x16_t ck_added_neon(
    const int32x4_t sum[4], const float32x4_t scale[4], int8x16_t residual, const ck_addition_neon *a) {
  const int16x8_t first = ck_added_eight_neon(sum, scale, vsubl_s8(vget_low_s8(residual), vget_low_s8(a->residual_zero_point)), a);
  const int16x8_t second = ck_added_eight_neon(sum + 2, scale + 2, vsubl_high_s8(residual, a->residual_zero_point), a);
  return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(first), second), a->sum.low), a->sum.high);
}

/* The first `count` of 16 bytes, then zeros. */
CK_INLINE_NEON int8x16_t ck_load_bytes_neon(const uint8_t *at, size_t count) {
  if (count == 16) return vld1q_s8((const int8_t *)at);
  int8_t all[16] = {0};
  __builtin_memcpy(all, at, count);
  return vld1q_s8(all);
}
/* The first `count` of 16 bytes. */
CK_INLINE_NEON void ck_store_bytes_neon(int8x16_t bytes, size_t count, uint8_t *out) {
  if (count == 16) {
    vst1q_s8((int8_t *)out, bytes);
    return;
  }
  if (count & 8) {
    vst1_s8((int8_t *)out, vget_low_s8(bytes));
    bytes = vextq_s8(bytes, bytes, 8);
    out += 8;
  }
  if (count & 4) {
    const uint32_t quad = vgetq_lane_u32(vreinterpretq_u32_s8(bytes), 0);
    __builtin_memcpy(out, &quad, 4);
    bytes = vextq_s8(bytes, bytes, 4);
    out += 4;
  }
  if (count & 2) {
    const uint16_t pair = vgetq_lane_u16(vreinterpretq_u16_s8(bytes), 0);
    __builtin_memcpy(out, &pair, 2);
    bytes = vextq_s8(bytes, bytes, 2);
    out += 2;
  }
  if (count & 1) vst1q_lane_s8((int8_t *)out, bytes, 0);
}

CK_INLINE_NEON void ck_load_scales_neon(float32x4_t scale[4], const uint8_t *at) {
  CK_UNROLL for (int v = 0; v < 4; v++) scale[v] = vreinterpretq_f32_u8(vld1q_u8(at + 16 * v));
}

/* Stores the first `count` of 16 channels at `out` as floats. */
static inline void ck_store_floats_neon(
    const int32x4_t sum[4], const float32x4_t scale[4], const ck_quantization *q, size_t count, uint8_t *out) {
  const float32x4_t low = vdupq_n_f32(q->float_min), high = vdupq_n_f32(q->float_max);
  float values[16];
  CK_UNROLL for (int v = 0; v < 4; v++) {
    float32x4_t x = vmulq_f32(vcvtq_f32_s32(sum[v]), scale[v]);
    x = vbslq_f32(vcgtq_f32(x, low), x, low);
    vst1q_f32(values + 4 * v, vbslq_f32(vcltq_f32(x, high), x, high));
  }
  __builtin_memcpy(out, values, 4 * count);
}

/* bias - zero point * sum of weights of 4 channels from `entry` on. */
CK_INLINE_NEON int32x4_t ck_start_neon(const uint8_t *bias, const uint8_t *sums, int32_t zero_point, size_t entry) {
  const int32x4_t weights = vreinterpretq_s32_u8(vld1q_u8(sums + 4 * entry));
  return vmlsq_n_s32(vreinterpretq_s32_u8(vld1q_u8(bias + 4 * entry)), weights, zero_point);
}

#endif
#endif
