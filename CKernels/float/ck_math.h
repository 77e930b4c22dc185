/* float/ck_math.h - elementary functions in strict float32: no libm, no FMA, no tables, the same bytes on every instruction set.
 *
 * Branch-free, so that loops over them vectorise. Polynomials are minimax fits in the stated interval (weighted least squares
 * iterated to equal ripple, then rounded to float32). Greatest errors against double, measured by Tests/CKernelsTests/FloatMathTests.swift
 * over every binade, stand beside each function in units of the last place of the result. NaN gives NaN; nothing traps. */
#ifndef CK_MATH_H
#define CK_MATH_H

#include "../isa/ck_fp.h"

#if !defined(__clang__) && defined(__x86_64__)
#include <xmmintrin.h>
#endif

static inline uint32_t ck_bits_f32(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}
static inline float ck_float_bits(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}
static inline float ck_abs_f32(float x) { return ck_float_bits(ck_bits_f32(x) & 0x7FFFFFFFu); }
static inline float ck_copy_sign_f32(float magnitude, float sign) {
  return ck_float_bits((ck_bits_f32(magnitude) & 0x7FFFFFFFu) | (ck_bits_f32(sign) & 0x80000000u));
}

/* Correctly rounded, one instruction: __builtin_sqrtf calls libm for negative arguments wherever errno might be read. */
static inline float ck_sqrt_f32(float x) {
#if defined(__clang__)
  return __builtin_elementwise_sqrt(x);
#elif defined(__x86_64__)
  return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)));
#elif defined(__aarch64__)
  float root;
  __asm__("fsqrt %s0, %s1" : "=w"(root) : "w"(x));
  return root;
#else
  return __builtin_sqrtf(x);
#endif
}
/* 1 / sqrt(x): 1.5 ulp. */
static inline float ck_rsqrt_f32(float x) { return 1.0f / ck_sqrt_f32(x); }

/* Ties to even; -0 where the result is zero and x negative. */
static inline float ck_rint_f32(float x) {
  const float magnitude = ck_abs_f32(x);
  const float rounded = (magnitude + 0x1p23f) - 0x1p23f;
  return magnitude < 0x1p23f ? ck_copy_sign_f32(rounded, x) : x;
}
static inline float ck_floor_f32(float x) {
  const float nearest = ck_rint_f32(x);
  return nearest > x ? nearest - 1.0f : nearest;
}
static inline float ck_ceil_f32(float x) {
  const float nearest = ck_rint_f32(x);
  return nearest < x ? ck_copy_sign_f32(nearest + 1.0f, x) : nearest;
}

/* x + tail = n ln 2 + r + rest with |r| <= ln 2 / 2, and e^r - 1 = r + r * r * q(r). */
#define CK_LN2_HIGH 0x1.62cp-1f /* 11 bits: n * high is exact */
#define CK_LN2_LOW 0x1.217f7ep-12f
typedef struct ck_exponent {
  int32_t n;
  float r, rest, q;
} ck_exponent;
static inline ck_exponent ck_split_exponent(float x, float tail) {
  const float shifted = x * 0x1.715476p0f + 0x1.8p23f;
  const float n = shifted - 0x1.8p23f, near = x - n * CK_LN2_HIGH, low = tail - n * CK_LN2_LOW;
  ck_exponent e;
  e.n = (int32_t)(ck_bits_f32(shifted) - 0x4B400000u);
  e.r = near + low;
  e.rest = low - (e.r - near);
  e.q = 0x1.a1b6a4p-13f;
  e.q = e.q * e.r + 0x1.6d981p-10f;
  e.q = e.q * e.r + 0x1.11107ep-7f;
  e.q = e.q * e.r + 0x1.55547ep-5f;
  e.q = e.q * e.r + 0x1.555556p-3f;
  e.q = e.q * e.r + 0.5f;
  return e;
}
/* 2^n for -126 <= n <= 127; any number where a NaN left any n. */
static inline float ck_power_of_two(int32_t n) { return ck_float_bits(((uint32_t)n + 127u) << 23); }
/* exp(x + tail), |tail| far below 1; in two steps of 2^n, so that subnormal results round once. */
static inline float ck_exp_with_tail_f32(float x, float tail) {
  x = x > 89.0f ? 89.0f : x;
  x = x < -104.0f ? -104.0f : x;
  const ck_exponent e = ck_split_exponent(x, tail);
  const float sum = 1.0f + e.r, lost = e.r - (sum - 1.0f);
  const float mantissa = sum + (lost + (e.r * e.r * e.q + e.rest));
  const int32_t half = e.n >> 1;
  return mantissa * ck_power_of_two(half) * ck_power_of_two(e.n - half);
}
/* 0.8 ulp; 0 below -103.98, infinity above 88.72. */
static inline float ck_exp_f32(float x) { return ck_exp_with_tail_f32(x, 0.0f); }

/* exp(x) - 1 for x <= 0: 0.9 ulp. */
static inline float ck_expm1_negative_f32(float x) {
  x = x < -20.0f ? -20.0f : x;
  const ck_exponent e = ck_split_exponent(x, 0.0f);
  const float scale = ck_power_of_two(e.n);
  return scale * (e.r + (e.r * e.r * e.q + e.rest)) + (scale - 1.0f);
}

/* log(1 + f) - f for sqrt(1/2) - 1 <= f <= sqrt(2) - 1. */
static inline float ck_log1p_tail_f32(float f) {
  const float square = f * f;
  float p = 0x1.1b3f46p-4f;
  p = p * f - 0x1.e33fcp-4f;
  p = p * f + 0x1.e67e6ap-4f;
  p = p * f - 0x1.fb386ap-4f;
  p = p * f + 0x1.232f32p-3f;
  p = p * f - 0x1.55631p-3f;
  p = p * f + 0x1.99a57p-3f;
  p = p * f - 0x1.ffffeep-3f;
  p = p * f + 0x1.555546p-2f;
  return f * square * p - 0.5f * square;
}
/* 0.8 ulp; -infinity at 0, NaN below. */
static inline float ck_log_f32(float x) {
  const int subnormal = x < 0x1p-126f;
  const uint32_t bits = ck_bits_f32(subnormal ? x * 0x1p23f : x);
  const uint32_t exponent = (bits - 0x3F3504F3u) & 0xFF800000u; /* of x / m with m in [sqrt(1/2), sqrt(2)) */
  const float f = ck_float_bits(bits - exponent) - 1.0f;
  const float e = (float)((int32_t)exponent >> 23) - (subnormal ? 23.0f : 0.0f);
  float y = e * CK_LN2_HIGH + (f + (ck_log1p_tail_f32(f) + e * CK_LN2_LOW));
  y = x < __builtin_inff() ? y : x;
  y = x == 0.0f ? -__builtin_inff() : y;
  return x < 0.0f ? __builtin_nanf("") : y;
}

/* tanh |x| = -t / (t + 2), t = exp(-2 |x|) - 1: 2.5 ulp. */
static inline float ck_tanh_f32(float x) {
  const float t = ck_expm1_negative_f32(-2.0f * ck_abs_f32(x));
  return ck_copy_sign_f32(t / (t + 2.0f), x);
}
/* 1 / (1 + exp(-x)), by exp(-|x|), so that both tails keep their precision: 2.3 ulp. */
static inline float ck_sigmoid_f32(float x) {
  const float e = ck_exp_f32(-ck_abs_f32(x));
  return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}
/* x * sigmoid(x); -0 at -infinity: 3.0 ulp (of 2^-118 below that). */
static inline float ck_silu_f32(float x) { return (x < -200.0f ? -200.0f : x) * ck_sigmoid_f32(x); }
/* log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)): 1.7 ulp. */
static inline float ck_softplus_f32(float x) {
  const float e = ck_exp_f32(-ck_abs_f32(x));
  const int halved = e > 0x1.a8279ap-2f;
  const float f = halved ? (e - 1.0f) * 0.5f : e; /* 1 + e = (1 + f) * (halved ? 2 : 1) */
  const float high = halved ? CK_LN2_HIGH : 0.0f, low = halved ? CK_LN2_LOW : 0.0f;
  return (x > 0.0f ? x : 0.0f) + (high + (f + (ck_log1p_tail_f32(f) + low)));
}

/* Normal probability of the tail beyond u >= 0: exp(-u * u / 2) * G(u), (u + 4) * G(u) a polynomial in (u - 4) / (u + 4).
 * u * u is split, so that the exponential's argument is exact. */
static inline float ck_normal_tail_f32(float u) {
  u = u > 15.0f ? 15.0f : u;
  const float s = (u - 4.0f) / (u + 4.0f);
  float g = -0x1.a41984p-15f;
  g = g * s - 0x1.e09314p-13f;
  g = g * s + 0x1.65f416p-13f;
  g = g * s + 0x1.ae9b4p-10f;
  g = g * s - 0x1.c96ab2p-9f;
  g = g * s - 0x1.ee6ea0p-8f;
  g = g * s + 0x1.eec738p-5f;
  g = g * s - 0x1.7dfeecp-3f;
  g = g * s + 0x1.8c6dbcp-2f;
  g = g * s - 0x1.373e3ap-1f;
  g = g * s + 0x1.82b4bcp-1f;
  const float high = ck_float_bits(ck_bits_f32(u) & 0xFFFFF000u);
  const float tail = -0.5f * (u - high) * (u + high);
  return g / (u + 4.0f) * ck_exp_with_tail_f32(-0.5f * high * high, tail);
}
/* erf(x) / x - 1 for |x| <= 0.9, given x * x. */
static inline float ck_erf_series_f32(float square) {
  float p = 0x1.662516p-14f;
  p = p * square - 0x1.acf7f8p-11f;
  p = p * square + 0x1.5513f2p-8f;
  p = p * square - 0x1.b8162ap-6f;
  p = p * square + 0x1.ce2e6p-4f;
  p = p * square - 0x1.812744p-2f;
  return p * square + 0x1.06eba8p-3f;
}
/* 1.6 ulp. */
static inline float ck_erf_f32(float x) {
  const float magnitude = ck_abs_f32(x);
  const float outer = 1.0f - 2.0f * ck_normal_tail_f32(0x1.6a09e6p0f * magnitude);
  return magnitude < 0.9f ? x + x * ck_erf_series_f32(x * x) : ck_copy_sign_f32(outer, x);
}
/* x * (1 + erf(x / sqrt 2)) / 2, without cancellation on the negative side; -0 at -infinity: 4.6 ulp (of 2^-118 below that). */
static inline float ck_gelu_f32(float x) {
  float inner = x < -15.0f ? -15.0f : x;
  inner = inner > 15.0f ? 15.0f : inner;
  const float magnitude = ck_abs_f32(x), tail = inner * ck_normal_tail_f32(magnitude);
  const float root = 0x1.6a09e6p-1f * x, half = 0.5f * x;
  const float near = half + half * (root + root * ck_erf_series_f32(root * root));
  const float far = x < 0.0f ? tail : x - tail;
  return magnitude < 0.75f ? near : far;
}

/* a to the power b with every special case of C's pow: 0.8 ulp; exact where the result is a float32 and a, b are integers. */
float ck_pow_f32(float a, float b);

/* a - b trunc(a / b), exact: C's fmod, with a's sign. */
float ck_remainder_f32(float a, float b);
/* a - b floor(a / b), the remainder with b's sign (Python's %): one rounding. */
float ck_modulo_f32(float a, float b);

#endif
