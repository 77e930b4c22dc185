/* isa/ck_bytes_x86.h - ck_bytes.h on AVX2 and AVX-512, one source: the two differ in a prefix and in how a part of a vector is read. */
#ifndef CK_BYTES_X86_H
#define CK_BYTES_X86_H

#include <immintrin.h>

#ifdef CK_BYTES_AVX512
#define CK_BYTES 64
#define CK_BYTES_TARGET CK_TARGET_AVX512VNNI
#define CK_BYTES_OP(operation) _mm512_##operation
#define CK_BYTES_AS_FLOATS _mm512_castsi512_ps
typedef __m512i ck_bytes;
typedef __m512 ck_floats;
#else
#define CK_BYTES 32
#define CK_BYTES_TARGET CK_TARGET_AVX2
#define CK_BYTES_OP(operation) _mm256_##operation
#define CK_BYTES_AS_FLOATS _mm256_castsi256_ps
typedef __m256i ck_bytes;
typedef __m256 ck_floats;
#endif
#define CK_BYTES_BODY CK_BYTES_TARGET static inline __attribute__((always_inline))

typedef struct ck_quad {
  ck_floats v[4];
} ck_quad;

CK_BYTES_BODY ck_floats ck_floats_splat(float x) { return CK_BYTES_OP(set1_ps)(x); }
CK_BYTES_BODY ck_floats ck_floats_add(ck_floats a, ck_floats b) { return CK_BYTES_OP(add_ps)(a, b); }
CK_BYTES_BODY ck_floats ck_floats_subtract(ck_floats a, ck_floats b) { return CK_BYTES_OP(sub_ps)(a, b); }
CK_BYTES_BODY ck_floats ck_floats_multiply(ck_floats a, ck_floats b) { return CK_BYTES_OP(mul_ps)(a, b); }
CK_BYTES_BODY ck_floats ck_floats_max(ck_floats a, ck_floats b) { return CK_BYTES_OP(max_ps)(a, b); }
CK_BYTES_BODY ck_floats ck_floats_min(ck_floats a, ck_floats b) { return CK_BYTES_OP(min_ps)(a, b); }
/* a / b, 0 for 0 / 0. */
CK_BYTES_BODY ck_floats ck_floats_ratio(ck_floats a, ck_floats b) {
  const ck_floats ratio = CK_BYTES_OP(div_ps)(a, b);
#ifdef CK_BYTES_AVX512
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(ratio, ratio, _CMP_ORD_Q), ratio);
#else
  return _mm256_and_ps(_mm256_cmp_ps(ratio, ratio, _CMP_ORD_Q), ratio);
#endif
}

#ifndef CK_BYTES_AVX512
/* The first `count` bytes, up to 16. */
CK_BYTES_BODY __m128i ck_half_load(const uint8_t *at, size_t count) {
  if (count >= 16) return _mm_loadu_si128((const __m128i *)(const void *)at);
  return _mm_set_epi64x((long long)(count > 8 ? ck_load_first(at + 8, count - 8) : 0), (long long)ck_load_first(at, count));
}
CK_BYTES_BODY void ck_half_store(uint8_t *at, __m128i v, size_t count) {
  if (count >= 16) {
    _mm_storeu_si128((__m128i *)(void *)at, v);
    return;
  }
  ck_store_first(at, (uint64_t)_mm_cvtsi128_si64(v), count);
  if (count > 8) ck_store_first(at + 8, (uint64_t)_mm_extract_epi64(v, 1), count - 8);
}
#endif
/* The first `count` bytes, CK_BYTES where there are as many; nothing behind them is read. */
CK_BYTES_BODY ck_bytes ck_bytes_load(const uint8_t *at, size_t count) {
#ifdef CK_BYTES_AVX512
  return count >= CK_BYTES ? _mm512_loadu_si512(at) : _mm512_maskz_loadu_epi8((1ull << count) - 1, at);
#else
  if (count >= CK_BYTES) return _mm256_loadu_si256((const __m256i *)(const void *)at);
  const __m128i low = ck_half_load(at, count);
  return count > 16 ? _mm256_inserti128_si256(_mm256_castsi128_si256(low), ck_half_load(at + 16, count - 16), 1) : _mm256_zextsi128_si256(low);
#endif
}
CK_BYTES_BODY void ck_bytes_store(uint8_t *at, ck_bytes v, size_t count) {
#ifdef CK_BYTES_AVX512
  if (count >= CK_BYTES) _mm512_storeu_si512(at, v);
  else _mm512_mask_storeu_epi8(at, (1ull << count) - 1, v);
#else
  if (count >= CK_BYTES) {
    _mm256_storeu_si256((__m256i *)(void *)at, v);
    return;
  }
  ck_half_store(at, _mm256_castsi256_si128(v), count);
  if (count > 16) ck_half_store(at + 16, _mm256_extracti128_si256(v, 1), count - 16);
#endif
}
/* From or to the domain of an operand (ck_bound.operand_xor). */
CK_BYTES_BODY ck_bytes ck_bytes_change(ck_bytes v, uint8_t xor) {
  const ck_bytes change = CK_BYTES_OP(set1_epi8)((char)(xor ^ CK_ARENA_XOR));
#ifdef CK_BYTES_AVX512
  return _mm512_xor_si512(v, change);
#else
  return _mm256_xor_si256(v, change);
#endif
}

/* float(q - zero_point). The word 0x4B00 over a byte is the float 2^23 + byte. */
CK_BYTES_BODY ck_quad ck_bytes_to_floats(ck_bytes v, int32_t zero_point) {
  const ck_bytes zero = CK_BYTES_OP(set1_epi16)(0), exponent = CK_BYTES_OP(set1_epi16)(0x4B00);
  const ck_floats offset = ck_floats_splat(0x1p23f + (float)(zero_point + 128));
  const ck_bytes low = CK_BYTES_OP(unpacklo_epi8)(v, zero), high = CK_BYTES_OP(unpackhi_epi8)(v, zero);
  return (ck_quad){{ck_floats_subtract(CK_BYTES_AS_FLOATS(CK_BYTES_OP(unpacklo_epi16)(low, exponent)), offset),
                    ck_floats_subtract(CK_BYTES_AS_FLOATS(CK_BYTES_OP(unpackhi_epi16)(low, exponent)), offset),
                    ck_floats_subtract(CK_BYTES_AS_FLOATS(CK_BYTES_OP(unpacklo_epi16)(high, exponent)), offset),
                    ck_floats_subtract(CK_BYTES_AS_FLOATS(CK_BYTES_OP(unpackhi_epi16)(high, exponent)), offset)}};
}

/* Brings x within what converts to int32: a float past it would become the least integer, which the clamp takes for the low end. */
CK_BYTES_BODY void ck_quad_below(ck_quad *x) {
  CK_UNROLL for (int i = 0; i < 4; i++) x->v[i] = ck_floats_min(x->v[i], ck_floats_splat(512.0f));
}
/* clamp(rne(x) + zero_point, min, max), x < 2^31 and no NaN: the saturating packs are the clamp. */
CK_BYTES_BODY ck_bytes ck_bytes_of_floats(const ck_quad *x, int32_t zero_point, int32_t min, int32_t max) {
  ck_bytes s32[4];
  CK_UNROLL for (int i = 0; i < 4; i++) s32[i] = CK_BYTES_OP(cvtps_epi32)(x->v[i]);
  const ck_bytes offset = CK_BYTES_OP(set1_epi16)((short)(zero_point + 128));
  const ck_bytes low = CK_BYTES_OP(adds_epi16)(CK_BYTES_OP(packs_epi32)(s32[0], s32[1]), offset);
  const ck_bytes high = CK_BYTES_OP(adds_epi16)(CK_BYTES_OP(packs_epi32)(s32[2], s32[3]), offset);
  const ck_bytes floor = CK_BYTES_OP(set1_epi8)((char)(min + 128)), ceiling = CK_BYTES_OP(set1_epi8)((char)(max + 128));
  return CK_BYTES_OP(min_epu8)(CK_BYTES_OP(max_epu8)(CK_BYTES_OP(packus_epi16)(low, high), floor), ceiling);
}

CK_BYTES_BODY ck_bytes ck_bytes_splat(int32_t q) { return CK_BYTES_OP(set1_epi8)((char)(q + 128)); }
CK_BYTES_BODY ck_bytes ck_bytes_larger(ck_bytes a, ck_bytes b) { return CK_BYTES_OP(max_epu8)(a, b); }
CK_BYTES_BODY ck_bytes ck_bytes_smaller(ck_bytes a, ck_bytes b) { return CK_BYTES_OP(min_epu8)(a, b); }

/* Sums of up to CK_WORDS_TERMS bytes, then of any number, as the domain has them: each CK_ARENA_XOR above its s8 value. */
#define CK_WORDS_TERMS 255
typedef struct ck_words {
  ck_bytes v[2];
} ck_words;
typedef struct ck_sums {
  ck_bytes v[4];
} ck_sums;
CK_BYTES_BODY ck_words ck_words_zero(void) {
  const ck_bytes zero = CK_BYTES_OP(set1_epi16)(0);
  return (ck_words){{zero, zero}};
}
CK_BYTES_BODY void ck_words_add(ck_words *words, ck_bytes v) {
  const ck_bytes zero = CK_BYTES_OP(set1_epi16)(0);
  words->v[0] = CK_BYTES_OP(add_epi16)(words->v[0], CK_BYTES_OP(unpacklo_epi8)(v, zero));
  words->v[1] = CK_BYTES_OP(add_epi16)(words->v[1], CK_BYTES_OP(unpackhi_epi8)(v, zero));
}
CK_BYTES_BODY ck_sums ck_sums_zero(void) {
  const ck_bytes zero = CK_BYTES_OP(set1_epi16)(0);
  return (ck_sums){{zero, zero, zero, zero}};
}
CK_BYTES_BODY void ck_sums_add(ck_sums *sums, const ck_words *words) {
  const ck_bytes zero = CK_BYTES_OP(set1_epi16)(0);
  CK_UNROLL for (int i = 0; i < 2; i++) {
    sums->v[2 * i] = CK_BYTES_OP(add_epi32)(sums->v[2 * i], CK_BYTES_OP(unpacklo_epi16)(words->v[i], zero));
    sums->v[2 * i + 1] = CK_BYTES_OP(add_epi32)(sums->v[2 * i + 1], CK_BYTES_OP(unpackhi_epi16)(words->v[i], zero));
  }
}
/* float(sum - offset) * scale */
CK_BYTES_BODY ck_quad ck_sums_to_floats(const ck_sums *sums, int32_t offset, float scale) {
  const ck_bytes offsets = CK_BYTES_OP(set1_epi32)(offset);
  ck_quad x;
  CK_UNROLL for (int i = 0; i < 4; i++) {
    x.v[i] = ck_floats_multiply(CK_BYTES_OP(cvtepi32_ps)(CK_BYTES_OP(sub_epi32)(sums->v[i], offsets)), ck_floats_splat(scale));
  }
  return x;
}
/* The sum of all. */
CK_BYTES_BODY int32_t ck_sums_total(const ck_sums *sums) {
  int32_t lane[CK_BYTES];
  __builtin_memcpy(lane, sums, sizeof lane);
  int32_t total = 0;
  for (int i = 0; i < CK_BYTES; i++) total += lane[i];
  return total;
}

/* CK_BYTES floats from and to memory, whose order is that of the elements. */
CK_BYTES_BODY ck_quad ck_quad_load(const uint8_t *at) {
  ck_quad x;
  CK_UNROLL for (int i = 0; i < 4; i++) x.v[i] = CK_BYTES_OP(loadu_ps)((const float *)(const void *)(at + CK_BYTES * i));
#ifdef CK_BYTES_AVX512
  /* 16-byte lane j of vector L <-> lane L of vector j */
  const ck_floats ab_low = _mm512_shuffle_f32x4(x.v[0], x.v[1], 0x44), ab_high = _mm512_shuffle_f32x4(x.v[0], x.v[1], 0xEE);
  const ck_floats cd_low = _mm512_shuffle_f32x4(x.v[2], x.v[3], 0x44), cd_high = _mm512_shuffle_f32x4(x.v[2], x.v[3], 0xEE);
  return (ck_quad){{_mm512_shuffle_f32x4(ab_low, cd_low, 0x88), _mm512_shuffle_f32x4(ab_low, cd_low, 0xDD),
                    _mm512_shuffle_f32x4(ab_high, cd_high, 0x88), _mm512_shuffle_f32x4(ab_high, cd_high, 0xDD)}};
#else
  return (ck_quad){{_mm256_permute2f128_ps(x.v[0], x.v[2], 0x20), _mm256_permute2f128_ps(x.v[0], x.v[2], 0x31),
                    _mm256_permute2f128_ps(x.v[1], x.v[3], 0x20), _mm256_permute2f128_ps(x.v[1], x.v[3], 0x31)}};
#endif
}
CK_BYTES_BODY void ck_quad_store(uint8_t *at, const ck_quad *x) {
#ifdef CK_BYTES_AVX512
  const ck_floats ab_low = _mm512_shuffle_f32x4(x->v[0], x->v[1], 0x44), ab_high = _mm512_shuffle_f32x4(x->v[0], x->v[1], 0xEE);
  const ck_floats cd_low = _mm512_shuffle_f32x4(x->v[2], x->v[3], 0x44), cd_high = _mm512_shuffle_f32x4(x->v[2], x->v[3], 0xEE);
  const ck_quad y = {{_mm512_shuffle_f32x4(ab_low, cd_low, 0x88), _mm512_shuffle_f32x4(ab_low, cd_low, 0xDD),
                      _mm512_shuffle_f32x4(ab_high, cd_high, 0x88), _mm512_shuffle_f32x4(ab_high, cd_high, 0xDD)}};
#else
  const ck_quad y = {{_mm256_permute2f128_ps(x->v[0], x->v[1], 0x20), _mm256_permute2f128_ps(x->v[2], x->v[3], 0x20),
                      _mm256_permute2f128_ps(x->v[0], x->v[1], 0x31), _mm256_permute2f128_ps(x->v[2], x->v[3], 0x31)}};
#endif
  CK_UNROLL for (int i = 0; i < 4; i++) CK_BYTES_OP(storeu_ps)((float *)(void *)(at + CK_BYTES * i), y.v[i]);
}
/* min(max(x, low), high); low where x is NaN. */
CK_BYTES_BODY ck_floats ck_floats_clamp(ck_floats x, float low, float high) {
  return ck_floats_min(ck_floats_max(x, ck_floats_splat(low)), ck_floats_splat(high));
}
/* yes where x >= 0, else no */
CK_BYTES_BODY ck_floats ck_floats_choose(ck_floats x, ck_floats yes, ck_floats no) {
#ifdef CK_BYTES_AVX512
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, ck_floats_splat(0.0f), _CMP_GE_OQ), no, yes);
#else
  return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(x, ck_floats_splat(0.0f), _CMP_GE_OQ));
#endif
}

#endif
