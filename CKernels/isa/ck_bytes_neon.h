/* isa/ck_bytes_neon.h - ck_bytes.h on AArch64, where conversions and narrowings saturate. */
#ifndef CK_BYTES_NEON_H
#define CK_BYTES_NEON_H

#include <arm_neon.h>

#define CK_BYTES 16
#define CK_BYTES_TARGET
#define CK_BYTES_BODY static inline __attribute__((always_inline))

typedef int8x16_t ck_bytes;
typedef float32x4_t ck_floats;
typedef struct ck_quad {
  ck_floats v[4];
} ck_quad;

CK_BYTES_BODY ck_floats ck_floats_splat(float x) { return vdupq_n_f32(x); }
CK_BYTES_BODY ck_floats ck_floats_add(ck_floats a, ck_floats b) { return vaddq_f32(a, b); }
CK_BYTES_BODY ck_floats ck_floats_subtract(ck_floats a, ck_floats b) { return vsubq_f32(a, b); }
CK_BYTES_BODY ck_floats ck_floats_multiply(ck_floats a, ck_floats b) { return vmulq_f32(a, b); }
CK_BYTES_BODY ck_floats ck_floats_max(ck_floats a, ck_floats b) { return vmaxq_f32(a, b); }
CK_BYTES_BODY ck_floats ck_floats_min(ck_floats a, ck_floats b) { return vminq_f32(a, b); }
/* a / b, 0 for 0 / 0. */
CK_BYTES_BODY ck_floats ck_floats_ratio(ck_floats a, ck_floats b) {
  const ck_floats ratio = vdivq_f32(a, b);
  return vreinterpretq_f32_u32(vandq_u32(vceqq_f32(ratio, ratio), vreinterpretq_u32_f32(ratio)));
}

/* The first `count` bytes, CK_BYTES where there are as many; nothing behind them is read. */
CK_BYTES_BODY ck_bytes ck_bytes_load(const uint8_t *at, size_t count) {
  if (count >= CK_BYTES) return vld1q_s8((const int8_t *)at);
  return vcombine_s8(vcreate_s8(ck_load_first(at, count)), vcreate_s8(count > 8 ? ck_load_first(at + 8, count - 8) : 0));
}
CK_BYTES_BODY void ck_bytes_store(uint8_t *at, ck_bytes v, size_t count) {
  if (count >= CK_BYTES) {
    vst1q_s8((int8_t *)at, v);
    return;
  }
  const uint64x2_t halves = vreinterpretq_u64_s8(v);
  ck_store_first(at, vgetq_lane_u64(halves, 0), count);
  if (count > 8) ck_store_first(at + 8, vgetq_lane_u64(halves, 1), count - 8);
}
/* From or to the domain of an operand: arena and constants share this one. */
CK_BYTES_BODY ck_bytes ck_bytes_change(ck_bytes v, uint8_t xor) {
  (void)xor;
  return v;
}

/* float(q - zero_point) */
CK_BYTES_BODY ck_quad ck_bytes_to_floats(ck_bytes v, int32_t zero_point) {
  const int8x16_t offset = vdupq_n_s8((int8_t)zero_point);
  const int16x8_t low = vsubl_s8(vget_low_s8(v), vget_low_s8(offset)), high = vsubl_high_s8(v, offset);
  return (ck_quad){{vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))), vcvtq_f32_s32(vmovl_high_s16(low)),
                    vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))), vcvtq_f32_s32(vmovl_high_s16(high))}};
}

/* Brings x within what converts to int32: here conversion saturates. */
CK_BYTES_BODY void ck_quad_below(ck_quad *x) { (void)x; }
/* clamp(rne(x) + zero_point, min, max), no x a NaN. */
CK_BYTES_BODY ck_bytes ck_bytes_of_floats(const ck_quad *x, int32_t zero_point, int32_t min, int32_t max) {
  int32x4_t s32[4];
  CK_UNROLL for (int i = 0; i < 4; i++) s32[i] = vcvtnq_s32_f32(x->v[i]);
  const int16x8_t offset = vdupq_n_s16((int16_t)zero_point);
  const int16x8_t low = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(s32[0]), s32[1]), offset);
  const int16x8_t high = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(s32[2]), s32[3]), offset);
  const int8x16_t bytes = vqmovn_high_s16(vqmovn_s16(low), high);
  return vminq_s8(vmaxq_s8(bytes, vdupq_n_s8((int8_t)min)), vdupq_n_s8((int8_t)max));
}

CK_BYTES_BODY ck_bytes ck_bytes_splat(int32_t q) { return vdupq_n_s8((int8_t)q); }
CK_BYTES_BODY ck_bytes ck_bytes_larger(ck_bytes a, ck_bytes b) { return vmaxq_s8(a, b); }
CK_BYTES_BODY ck_bytes ck_bytes_smaller(ck_bytes a, ck_bytes b) { return vminq_s8(a, b); }

/* Sums of up to CK_WORDS_TERMS bytes, then of any number. */
#define CK_WORDS_TERMS 255
typedef struct ck_words {
  int16x8_t v[2];
} ck_words;
typedef struct ck_sums {
  int32x4_t v[4];
} ck_sums;
CK_BYTES_BODY ck_words ck_words_zero(void) { return (ck_words){{vdupq_n_s16(0), vdupq_n_s16(0)}}; }
CK_BYTES_BODY void ck_words_add(ck_words *words, ck_bytes v) {
  words->v[0] = vaddw_s8(words->v[0], vget_low_s8(v));
  words->v[1] = vaddw_high_s8(words->v[1], v);
}
CK_BYTES_BODY ck_sums ck_sums_zero(void) { return (ck_sums){{vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)}}; }
CK_BYTES_BODY void ck_sums_add(ck_sums *sums, const ck_words *words) {
  CK_UNROLL for (int i = 0; i < 2; i++) {
    sums->v[2 * i] = vaddw_s16(sums->v[2 * i], vget_low_s16(words->v[i]));
    sums->v[2 * i + 1] = vaddw_high_s16(sums->v[2 * i + 1], words->v[i]);
  }
}
/* float(sum - offset) * scale */
CK_BYTES_BODY ck_quad ck_sums_to_floats(const ck_sums *sums, int32_t offset, float scale) {
  ck_quad x;
  CK_UNROLL for (int i = 0; i < 4; i++) {
    x.v[i] = vmulq_f32(vcvtq_f32_s32(vsubq_s32(sums->v[i], vdupq_n_s32(offset))), vdupq_n_f32(scale));
  }
  return x;
}
/* The sum of all. */
CK_BYTES_BODY int32_t ck_sums_total(const ck_sums *sums) {
  return vaddvq_s32(vaddq_s32(vaddq_s32(sums->v[0], sums->v[1]), vaddq_s32(sums->v[2], sums->v[3])));
}

/* CK_BYTES floats from and to memory. */
CK_BYTES_BODY ck_quad ck_quad_load(const uint8_t *at) {
  ck_quad x;
  CK_UNROLL for (int i = 0; i < 4; i++) x.v[i] = vreinterpretq_f32_u8(vld1q_u8(at + CK_BYTES * i));
  return x;
}
CK_BYTES_BODY void ck_quad_store(uint8_t *at, const ck_quad *x) {
  CK_UNROLL for (int i = 0; i < 4; i++) vst1q_u8(at + CK_BYTES * i, vreinterpretq_u8_f32(x->v[i]));
}
/* min(max(x, low), high); low where x is NaN. */
CK_BYTES_BODY ck_floats ck_floats_clamp(ck_floats x, float low, float high) {
  return vminnmq_f32(vmaxnmq_f32(x, vdupq_n_f32(low)), vdupq_n_f32(high));
}
/* yes where x >= 0, else no */
CK_BYTES_BODY ck_floats ck_floats_choose(ck_floats x, ck_floats yes, ck_floats no) { return vbslq_f32(vcgezq_f32(x), yes, no); }

#endif
