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

/* The first `count` bytes, CK_BYTES where there are as many; nothing behind them is read. */
CK_BYTES_BODY ck_bytes ck_bytes_load(const uint8_t *at, size_t count) {
#ifdef CK_BYTES_AVX512
  return count >= CK_BYTES ? _mm512_loadu_si512(at) : _mm512_maskz_loadu_epi8((1ull << count) - 1, at);
#else
  if (count >= CK_BYTES) return _mm256_loadu_si256((const __m256i *)(const void *)at);
  uint8_t part[CK_BYTES] = {0};
  __builtin_memcpy(part, at, count);
  return _mm256_loadu_si256((const __m256i *)(const void *)part);
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
  uint8_t part[CK_BYTES];
  _mm256_storeu_si256((__m256i *)(void *)part, v);
  __builtin_memcpy(at, part, count);
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

#endif
