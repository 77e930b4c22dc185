/* isa/ck_fp.h - float32 arithmetic that is the same on every compiler and instruction set. The first include of every kernel file
 * that touches a float.
 *
 * No contraction: the same line would be an FMA on one instruction set and two roundings on another. gcc ignores the standard
 * pragma and clang the other. Rounding is the default one, to nearest even; nothing here calls libm. */
#ifndef CK_FP_H
#define CK_FP_H

#if defined(__FAST_MATH__)
#error "CKernels promises the same bytes everywhere: compile without -ffast-math"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

#include <stdint.h>

/* Nearest integer, ties to even; |x| <= 2^22. Adding 1.5 * 2^23 leaves the rounded integer in the low bits. */
static inline int32_t ck_round_s32(float x) {
  const float shifted = x + 0x1.8p23f;
  int32_t bits;
  __builtin_memcpy(&bits, &shifted, sizeof bits);
  return bits - 0x4B400000;
}

/* Nearest float32, ties to even; |x| < 2^51. A float64 holds x exactly on the way: x lies in the low bits of x + 1.5 * 2^52. */
static inline float ck_float_s64(int64_t x) {
  const int64_t bits = x + 0x4338000000000000;
  double shifted;
  __builtin_memcpy(&shifted, &bits, sizeof shifted);
  return (float)(shifted - 0x1.8p52);
}

/* min(max(x, low), high); low where x is NaN. */
static inline float ck_clamp_f32(float x, float low, float high) {
  x = x > low ? x : low;
  return x < high ? x : high;
}

/* q = clamp(rne(x) + zero_point, min, max): min, max and the zero point are s8 values. */
static inline int32_t ck_quantize_s8(float x, int32_t zero_point, int32_t min, int32_t max) {
  return ck_round_s32(ck_clamp_f32(x, (float)(min - zero_point), (float)(max - zero_point))) + zero_point;
}

static inline float ck_load_f32(const void *at) {
  float value;
  __builtin_memcpy(&value, at, sizeof value);
  return value;
}
static inline int32_t ck_load_s32(const void *at) {
  int32_t value;
  __builtin_memcpy(&value, at, sizeof value);
  return value;
}
static inline void ck_store_f32(void *at, float value) { __builtin_memcpy(at, &value, sizeof value); }

#endif
