/* float/ck_trigonometry.h - circular and hyperbolic functions and their inverses, with the promises of ck_math.h.
 *
 * Sine, cosine and tangent take every float32. Arguments up to CK_NEAR_ANGLE lose whole quarter turns in float pieces of pi / 2, branch-free;
 * larger ones by exact integer arithmetic on 160 bits of 2 / pi (ck_far_angle), element by element. */
#ifndef CK_TRIGONOMETRY_H
#define CK_TRIGONOMETRY_H

#include "ck_math.h"

/* r + rest = x - n pi / 2, |r| <= pi / 4 and a little; `quadrant` is n modulo 4 in its low bits. */
typedef struct ck_angle {
  float r, rest;
  uint32_t quadrant;
} ck_angle;

#define CK_NEAR_ANGLE 1608.0f /* |n| < 2^10: n times a piece of 14 bits is exact */
static inline ck_angle ck_near_angle(float x) {
  const float shifted = x * 0x1.45f306p-1f + 0x1.8p23f;
  const float n = shifted - 0x1.8p23f;
  const float first = x - n * 0x1.922p+0f, second = n * -0x1.2afp-18f, third = n * 0x1.0b48p-34f;
  /* Both differences with what they round away (Source: Knuth, volume 2, 4.2.2). */
  const float near = first - second, near_part = near - first;
  const float near_rest = (first - (near - near_part)) - (second + near_part);
  const float nearer = near - third, nearer_part = nearer - near;
  const float nearer_rest = (near - (nearer - nearer_part)) - (third + nearer_part);
  const float low = (near_rest + nearer_rest) - n * -0x1.ee59dap-50f;
  ck_angle angle;
  angle.r = nearer + low;
  angle.rest = low - (angle.r - nearer);
  angle.quadrant = ck_bits_f32(shifted);
  return angle;
}
/* The same for any finite x; NaN for others. */
ck_angle ck_far_angle(float x);

/* sin(r + rest), |r| <= pi / 4. */
static inline float ck_sine_part(ck_angle angle) {
  const float r = angle.r, z = r * r;
  float p = 0x1.6cd08ep-19f;
  p = p * z - 0x1.a00f7ap-13f;
  p = p * z + 0x1.111108p-7f;
  p = p * z - 0x1.555556p-3f;
  return r + (r * z * p + angle.rest * (1.0f - 0.5f * z));
}
static inline float ck_cosine_part(ck_angle angle) {
  const float r = angle.r, z = r * r, half = 0.5f * z, near = 1.0f - half;
  float p = 0x1.99eb38p-16f;
  p = p * z - 0x1.6c0c32p-10f;
  p = p * z + 0x1.55554ap-5f;
  return near + (((1.0f - near) - half) + (z * z * p - r * angle.rest));
}
static inline float ck_sine_of(ck_angle angle) {
  const float magnitude = angle.quadrant & 1u ? ck_cosine_part(angle) : ck_sine_part(angle);
  return ck_float_bits(ck_bits_f32(magnitude) ^ (angle.quadrant & 2u) << 30);
}
static inline float ck_cosine_of(ck_angle angle) {
  angle.quadrant++;
  return ck_sine_of(angle);
}
static inline float ck_tangent_of(ck_angle angle) {
  const float sine = ck_sine_part(angle), cosine = ck_cosine_part(angle);
  const int odd = (angle.quadrant & 1u) != 0;
  return (odd ? -cosine : sine) / (odd ? sine : cosine);
}

/* asin(s) - s for s^2 = z <= 1/4. */
static inline float ck_asin_tail(float s, float z) {
  float p = 0x1.3355c2p-5f;
  p = p * z + 0x1.d91fa4p-7f;
  p = p * z + 0x1.0491a2p-5f;
  p = p * z + 0x1.6caed2p-5f;
  p = p * z + 0x1.33387cp-4f;
  p = p * z + 0x1.55554cp-3f;
  return s * z * p;
}
#define CK_HALF_PI_HIGH 0x1.921fb6p+0f
#define CK_HALF_PI_LOW -0x1.777a5cp-25f
/* asin |x| = pi / 2 - 2 asin(sqrt((1 - |x|) / 2)): 1.5 ulp; NaN outside [-1, 1]. */
static inline float ck_asin_f32(float x) {
  const float a = ck_abs_f32(x);
  const int inner = a <= 0.5f;
  const float z = inner ? a * a : 0.5f - 0.5f * a, s = inner ? a : ck_sqrt_f32(z), tail = ck_asin_tail(s, z);
  const float outer = CK_HALF_PI_HIGH - (2.0f * s - (CK_HALF_PI_LOW - 2.0f * tail));
  return ck_copy_sign_f32(inner ? s + tail : outer, x);
}
/* 1 ulp; NaN outside [-1, 1]. */
static inline float ck_acos_f32(float x) {
  const float a = ck_abs_f32(x);
  const int inner = a <= 0.5f;
  const float z = inner ? a * a : 0.5f - 0.5f * a, s = inner ? x : ck_sqrt_f32(z), tail = ck_asin_tail(s, z);
  const float middle = CK_HALF_PI_HIGH - (s - (CK_HALF_PI_LOW - tail));
  const float low = 2.0f * CK_HALF_PI_HIGH - (2.0f * s - (2.0f * CK_HALF_PI_LOW - 2.0f * tail));
  const float high = 2.0f * (s + tail);
  return inner ? middle : (x < 0.0f ? low : high);
}
/* atan |x| = pi / 4 + atan((|x| - 1) / (|x| + 1)), or pi / 2 - atan(1 / |x|): 1.7 ulp. */
static inline float ck_atan_f32(float x) {
  const float a = ck_abs_f32(x);
  const int far = a > 0x1.3504f4p+1f, middle = a > 0x1.a8279ap-2f;
  const float t = far ? -1.0f / a : middle ? (a - 1.0f) / (a + 1.0f) : a;
  const float high = far ? CK_HALF_PI_HIGH : middle ? 0.5f * CK_HALF_PI_HIGH : 0.0f;
  const float low = far ? CK_HALF_PI_LOW : middle ? 0.5f * CK_HALF_PI_LOW : 0.0f;
  const float z = t * t;
  float p = -0x1.f1ed82p-5f;
  p = p * z + 0x1.b1ec2ep-4f;
  p = p * z - 0x1.23b522p-3f;
  p = p * z + 0x1.999196p-3f;
  p = p * z - 0x1.55554ap-2f;
  return ck_copy_sign_f32(high + (t + (t * z * p + low)), x);
}

/* exp|x| / 2, which stays finite as long as sinh and cosh do. */
static inline float ck_half_exp_f32(float a) {
  a = a > 1000.0f ? 1000.0f : a;
  const float shifted = a - 0x1.62e43p-1f;
  /* ln 2 is shifted + 0x1.62e43p-1 - 0x1.05c61p-29; what the first difference rounds away is exact (Source: Knuth, volume 2, 4.2.2). */
  const float part = shifted - a;
  const float rest = (a - (shifted - part)) - (0x1.62e43p-1f + part);
  return ck_exp_with_tail_f32(shifted, rest + 0x1.05c61p-29f);
}
/* 1.5 ulp. */
static inline float ck_sinh_f32(float x) {
  const float a = ck_abs_f32(x), z = x * x, half = ck_half_exp_f32(a);
  float p = 0x1.7a15b6p-19f;
  p = p * z + 0x1.9ffe92p-13f;
  p = p * z + 0x1.111134p-7f;
  p = p * z + 0x1.555556p-3f;
  return a < 1.0f ? x + x * z * p : ck_copy_sign_f32(half - 0.25f / half, x);
}
/* 1.1 ulp. */
static inline float ck_cosh_f32(float x) {
  const float half = ck_half_exp_f32(ck_abs_f32(x));
  return half + 0.25f / half;
}

/* log(1 + x): the logarithm of the rounded sum, and what rounding it left out: 1.2 ulp. -infinity at -1, NaN below. */
static inline float ck_log1p_f32(float x) {
  const float sum = 1.0f + x, part = sum - 1.0f, rest = (1.0f - (sum - part)) + (x - part);
  const uint32_t bits = ck_bits_f32(sum);
  const uint32_t exponent = (bits - 0x3F3504F3u) & 0xFF800000u;
  const float f = ck_float_bits(bits - exponent) - 1.0f, e = (float)((int32_t)exponent >> 23);
  float y = e * CK_LN2_HIGH + (f + (ck_log1p_tail_f32(f) + (e * CK_LN2_LOW + rest / sum)));
  y = x < __builtin_inff() ? y : x;
  y = x == -1.0f ? -__builtin_inff() : y;
  return x < -1.0f ? __builtin_nanf("") : y;
}
#define CK_LN2_NEAREST 0x1.62e43p-1f
/* log(|x| + sqrt(x^2 + 1)), near 0 as log1p: 2.5 ulp. */
static inline float ck_asinh_f32(float x) {
  const float a = ck_abs_f32(x), bounded = a > 0x1p12f ? 0x1p12f : a, z = bounded * bounded;
  const float near = ck_log1p_f32(bounded + z / (1.0f + ck_sqrt_f32(z + 1.0f)));
  const float far = ck_log_f32(a) + CK_LN2_NEAREST;
  return ck_copy_sign_f32(a > 0x1p12f ? far : near, x);
}
/* log(x + sqrt(x^2 - 1)), near 1 as log1p: 2.5 ulp; NaN below 1. */
static inline float ck_acosh_f32(float x) {
  const float t = (x > 0x1p13f ? 0x1p13f : x) - 1.0f;
  const float near = ck_log1p_f32(t + ck_sqrt_f32(t * (t + 2.0f)));
  const float far = ck_log_f32(x) + CK_LN2_NEAREST;
  return x < 1.0f ? __builtin_nanf("") : (x > 0x1p13f ? far : near);
}
/* log1p(2 |x| / (1 - |x|)) / 2: 2.5 ulp; infinite at -1 and 1, NaN outside. */
static inline float ck_atanh_f32(float x) {
  const float a = ck_abs_f32(x);
  return ck_copy_sign_f32(0.5f * ck_log1p_f32(2.0f * a / (1.0f - a)), x);
}

#endif
