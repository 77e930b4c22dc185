#include "ck_math.h"
#include "ck_trigonometry.h"

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

/* The quotient x / (pi / 2) modulo 4 from the bits of 2 / pi that matter at x's exponent (Source: Payne and Hanek 1983). */
ck_angle ck_far_angle(float x) {
  /* 2 / pi after 32 zero bits, so that small exponents need no case of their own. */
  static const uint32_t two_over_pi[8] = {0,          0xA2F9836Eu, 0x4E441529u, 0xFC2757D1u,
                                          0xF534DDC0u, 0xDB629599u, 0x3C439041u, 0xFE5163ABu};
  const uint32_t bits = ck_bits_f32(x) & 0x7FFFFFFFu, biased = bits >> 23;
  if (biased == 255) return (ck_angle){x - x, 0.0f, 0};
  if (biased < 137) return ck_near_angle(x);
  const uint32_t exponent = biased - 150 + 30; /* of the mantissa's last bit, less 2 bits of whole turns, plus the 32 zeros */
  const uint32_t word = exponent / 32, shift = exponent % 32;
  uint64_t window[3];
  for (uint32_t i = 0; i < 3; i++) {
    const uint64_t two_words = (uint64_t)two_over_pi[word + i] << 32 | two_over_pi[word + i + 1];
    window[i] = (two_words >> (32 - shift)) & 0xFFFFFFFFu;
  }
  const uint64_t mantissa = (bits & 0x7FFFFFu) | 0x800000u;
  /* The high 64 of 96 bits: quarter turns in units of 2^-62, modulo 4. */
  const uint64_t turns = (mantissa * window[0] << 32) + mantissa * window[1] + (mantissa * window[2] >> 32);
  const uint64_t quadrant = (turns + (UINT64_C(1) << 61)) >> 62;
  const uint64_t distance = turns - (quadrant << 62);
  const bool below = distance >> 63 != 0;
  const uint64_t magnitude = below ? 0 - distance : distance; /* up to 2^61 */
  const float high = (float)(uint32_t)(magnitude >> 38);      /* 24 bits at most: exact */
  const float middle = (float)(uint32_t)(magnitude >> 14 & 0xFFFFFFu), low = (float)(uint32_t)(magnitude & 0x3FFFu);
  const ck_pair sum = add_exactly(high * 0x1p38f, middle * 0x1p14f);
  const float low_sum = sum.low + low;
  const ck_pair product = multiply_exactly(sum.high * 0x1p-62f, CK_HALF_PI_HIGH);
  const float rest = product.low + (sum.high * 0x1p-62f * CK_HALF_PI_LOW + low_sum * 0x1p-62f * CK_HALF_PI_HIGH);
  ck_angle angle = {product.high + rest, 0.0f, (uint32_t)quadrant};
  angle.rest = rest - (angle.r - product.high);
  if (below != (ck_bits_f32(x) >> 31 != 0)) {
    angle.r = -angle.r;
    angle.rest = -angle.rest;
  }
  if (x < 0.0f) angle.quadrant = 0 - angle.quadrant;
  return angle;
}

/* The mantissa of a finite number other than 0, its last bit worth 2^exponent. */
static uint64_t integral_parts(float x, int32_t *exponent) {
  const uint32_t bits = ck_bits_f32(x) & 0x7FFFFFFFu;
  const uint32_t biased = bits >> 23;
  *exponent = (int32_t)(biased > 0 ? biased : 1) - 150;
  return biased > 0 ? (bits & 0x7FFFFFu) | 0x800000u : bits;
}

float ck_remainder_f32(float a, float b) {
  const float infinity = __builtin_inff();
  if (a != a || b != b || b == 0.0f || ck_abs_f32(a) == infinity) return __builtin_nanf("");
  if (a == 0.0f || ck_abs_f32(b) == infinity) return a;
  int32_t exponent, b_exponent;
  uint64_t remainder = integral_parts(a, &exponent);
  const uint64_t divisor = integral_parts(b, &b_exponent);
  if (exponent < b_exponent) { /* the divisor counts in the dividend's smaller units, or is larger than it */
    if (b_exponent - exponent > 24) return a;
    remainder %= divisor << (b_exponent - exponent);
  } else {
    remainder %= divisor;
    for (int32_t left = exponent - b_exponent; left > 0;) {
      const int32_t step = left < 24 ? left : 24;
      remainder = (remainder << step) % divisor;
      left -= step;
    }
    exponent = b_exponent;
  }
  /* Below 2^24 units of 2^exponent: exact, in two steps because 2^exponent itself may be no normal number. */
  const float magnitude = (float)(uint32_t)remainder * ck_power_of_two(exponent / 2) * ck_power_of_two(exponent - exponent / 2);
  return ck_copy_sign_f32(magnitude, a);
}

float ck_modulo_f32(float a, float b) {
  const float remainder = ck_remainder_f32(a, b);
  if (remainder == 0.0f) return ck_copy_sign_f32(0.0f, b);
  return (remainder < 0.0f) != (b < 0.0f) ? remainder + b : remainder;
}
