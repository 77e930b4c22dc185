#include "ck_math.h"

#include <stdbool.h>

/* A number as an unevaluated sum: about 45 bits. */
typedef struct ck_pair {
  float high, low;
} ck_pair;

/* Exact product, by halves of 12 bits (Source: Dekker 1971); |a|, |b| below 2^100. */
static ck_pair multiply_exactly(float a, float b) {
  const float a_split = 4097.0f * a, b_split = 4097.0f * b;
  const float a_high = a_split - (a_split - a), b_high = b_split - (b_split - b);
  const float a_low = a - a_high, b_low = b - b_high, product = a * b;
  return (ck_pair){product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
}
/* Exact sum (Source: Knuth, volume 2, 4.2.2). */
static ck_pair add_exactly(float a, float b) {
  const float sum = a + b, b_part = sum - a;
  return (ck_pair){sum, (a - (sum - b_part)) + (b - b_part)};
}

/* log(x), x positive and finite, to about 2^-36 of its size: e ln 2 + 2 atanh(s), s = f / (2 + f). */
static ck_pair log_pair(float x) {
  const bool subnormal = x < 0x1p-126f;
  const uint32_t bits = ck_bits_f32(subnormal ? x * 0x1p23f : x);
  const uint32_t exponent = (bits - 0x3F3504F3u) & 0xFF800000u;
  const float f = ck_float_bits(bits - exponent) - 1.0f;
  const float e = (float)((int32_t)exponent >> 23) - (subnormal ? 23.0f : 0.0f);

  const ck_pair divisor = add_exactly(2.0f, f);
  const float s = f / divisor.high;
  const ck_pair back = multiply_exactly(s, divisor.high);
  const float s_low = (((f - back.high) - back.low) - s * divisor.low) / divisor.high;
  const ck_pair square = multiply_exactly(s, s);
  const float z = square.high;
  float p = 0x1.dfae14p-3f;
  p = p * z + 0x1.245244p-2f;
  p = p * z + 0x1.999ap-2f;
  /* s + 2/3 s^3 need more than 24 bits, the rest of the series does not. */
  const ck_pair third = multiply_exactly(z, 0x1.555556p-1f);
  const ck_pair cube = multiply_exactly(s, third.high);
  const float series = s * (z * z * p + ((third.low - z * 0x1.555556p-26f) + square.low * 0x1.555556p-1f));

  const ck_pair logarithm_of_two = {0x1.62ep-1f, 0x1.0bfbe8p-15f}; /* e * high exact: 12 bits and 8 */
  const ck_pair whole = add_exactly(e * logarithm_of_two.high, 2.0f * s);
  const ck_pair sum = add_exactly(whole.high, cube.high);
  const float low = ((2.0f * s_low * (1.0f + z) + (series + cube.low)) + e * logarithm_of_two.low) + (whole.low + sum.low);
  return add_exactly(sum.high, low);
}

static bool is_integer(float x) { return ck_rint_f32(x) == x; }
static bool is_odd(float x) { return ck_abs_f32(x) < 0x1p24f && !is_integer(0.5f * x); }

float ck_pow_f32(float a, float b) {
  const float infinity = __builtin_inff();
  if (b == 0.0f || a == 1.0f) return 1.0f;
  if (a != a || b != b) return a + b;
  const float magnitude = ck_abs_f32(a);
  const bool integer = is_integer(b), odd = integer && is_odd(b);
  if (b == infinity || b == -infinity) {
    if (magnitude == 1.0f) return 1.0f;
    return (magnitude > 1.0f) == (b > 0.0f) ? infinity : 0.0f;
  }
  if (magnitude == 0.0f || magnitude == infinity) {
    const float limit = (magnitude == 0.0f) == (b > 0.0f) ? 0.0f : infinity;
    return odd ? ck_copy_sign_f32(limit, a) : limit;
  }
  if (a < 0.0f && !integer) return __builtin_nanf("");

  float power;
  const ck_pair logarithm = log_pair(magnitude);
  const float estimate = b * logarithm.high;
  if (estimate > 89.0f || estimate < -105.0f) {
    power = estimate > 0.0f ? infinity : 0.0f;
  } else if (ck_abs_f32(b) > 0x1p90f) { /* |log a| is then below 2^-83, which only log 1 = 0 is */
    power = 1.0f;
  } else {
    const ck_pair product = multiply_exactly(b, logarithm.high);
    power = ck_exp_with_tail_f32(product.high, product.low + b * logarithm.low);
  }
  return odd ? ck_copy_sign_f32(power, a) : power;
}
