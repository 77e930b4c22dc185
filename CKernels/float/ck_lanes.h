/* float/ck_lanes.h - sixteen floats side by side: the vector form of every float kernel, and the fixed summation order.
 *
 * The lanes lie in vectors of the instruction set that the file is for: four of 4 floats (SSE and NEON registers as they are), two of 8 where
 * CK_F32_AVX2 is defined before the first include, one of 16 where CK_F32_AVX512 is. A sum over contiguous elements runs in 16
 * interleaved partial sums, element i in lane i % 16, joined pairwise (lane i += lane i + 8, then 4, 2, 1): the same bytes on
 * every instruction set. Vectors pass by value between always-inlined functions alone. */
#ifndef CK_LANES_H
#define CK_LANES_H

#include "../isa/ck_fp.h"
#include "../isa/ck_target.h"

#include <stddef.h>

#define CK_LANES 16

#if CK_ARCH_X86 && defined(CK_F32_AVX512)
#include <immintrin.h>
#define CK_F32_TARGET CK_TARGET_AVX512VNNI
#define CK_WIDTH 16
#elif CK_ARCH_X86 && defined(CK_F32_AVX2)
#include <immintrin.h>
#define CK_F32_TARGET CK_TARGET_AVX2
#define CK_WIDTH 8
#else
#define CK_F32_TARGET
#define CK_WIDTH 4
#endif
#define CK_VECTORS (CK_LANES / CK_WIDTH)
#define CK_F32_FUNCTION CK_F32_TARGET static inline
#define CK_F32_BODY CK_F32_TARGET static inline __attribute__((always_inline))

typedef float ck_f32x4 __attribute__((vector_size(16)));
typedef int32_t ck_s32x4 __attribute__((vector_size(16)));
typedef float ck_f32v __attribute__((vector_size(4 * CK_WIDTH)));
typedef int32_t ck_s32v __attribute__((vector_size(4 * CK_WIDTH)));
typedef struct ck_lanes {
  ck_f32v v[CK_VECTORS];
} ck_lanes;

CK_F32_BODY ck_f32v ck_f32v_load(const float *at) {
  ck_f32v v;
  __builtin_memcpy(&v, at, sizeof v);
  return v;
}
CK_F32_BODY void ck_f32v_store(float *at, ck_f32v v) { __builtin_memcpy(at, &v, sizeof v); }
CK_F32_BODY ck_f32v ck_f32v_splat(float x) {
#if CK_WIDTH == 16
  return _mm512_set1_ps(x);
#elif CK_WIDTH == 8
  return _mm256_set1_ps(x);
#else
  return (ck_f32v){x, x, x, x};
#endif
}
CK_F32_BODY ck_f32v ck_f32v_select(ck_s32v mask, ck_f32v yes, ck_f32v no) {
  return (ck_f32v)((mask & (ck_s32v)yes) | (~mask & (ck_s32v)no));
}
/* The larger; NaN where either is. */
CK_F32_BODY ck_f32v ck_f32v_max(ck_f32v a, ck_f32v b) { return ck_f32v_select((a >= b) | (a != a), a, b); }
CK_F32_BODY ck_f32x4 ck_f32x4_max(ck_f32x4 a, ck_f32x4 b) {
  const ck_s32x4 mask = (a >= b) | (a != a);
  return (ck_f32x4)((mask & (ck_s32x4)a) | (~mask & (ck_s32x4)b));
}
CK_F32_BODY ck_f32v ck_f32v_min(ck_f32v a, ck_f32v b) { return ck_f32v_select((a <= b) | (a != a), a, b); }
/* min(max(x, low), high); NaN stays. */
CK_F32_BODY ck_f32v ck_f32v_clamp(ck_f32v x, float low, float high) {
  const ck_f32v lows = ck_f32v_splat(low), highs = ck_f32v_splat(high);
  x = ck_f32v_select(x < lows, lows, x);
  return ck_f32v_select(x > highs, highs, x);
}
CK_F32_BODY float ck_clamp_keeping_nan(float x, float low, float high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

#if CK_WIDTH == 8
/* All bits of the first `count` < 8 lanes. */
CK_F32_BODY __m256i ck_first_lanes(size_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#endif
/* The first `count` floats; the other lanes hold `rest`. Nothing behind them is read. */
CK_F32_BODY ck_f32v ck_f32v_load_part(const float *at, size_t count, float rest) {
  if (count >= CK_WIDTH) return ck_f32v_load(at);
#if CK_WIDTH == 16
  return _mm512_mask_loadu_ps(_mm512_set1_ps(rest), (__mmask16)((1u << count) - 1), at);
#elif CK_WIDTH == 8
  const __m256i mask = ck_first_lanes(count);
  return _mm256_blendv_ps(_mm256_set1_ps(rest), _mm256_maskload_ps(at, mask), _mm256_castsi256_ps(mask));
#else
  float part[CK_WIDTH] = {rest, rest, rest, rest};
  for (size_t i = 0; i < count; i++) part[i] = at[i];
  return ck_f32v_load(part);
#endif
}
CK_F32_BODY void ck_f32v_store_part(float *at, ck_f32v v, size_t count) {
  if (count >= CK_WIDTH) {
    ck_f32v_store(at, v);
    return;
  }
#if CK_WIDTH == 16
  _mm512_mask_storeu_ps(at, (__mmask16)((1u << count) - 1), v);
#elif CK_WIDTH == 8
  _mm256_maskstore_ps(at, ck_first_lanes(count), v);
#else
  for (size_t i = 0; i < count; i++) at[i] = v[i];
#endif
}

CK_F32_BODY ck_lanes ck_lanes_splat(float x) {
  ck_lanes lanes;
  for (size_t i = 0; i < CK_VECTORS; i++) lanes.v[i] = ck_f32v_splat(x);
  return lanes;
}
CK_F32_BODY ck_lanes ck_lanes_load(const float *at) {
  ck_lanes lanes;
  for (size_t i = 0; i < CK_VECTORS; i++) lanes.v[i] = ck_f32v_load(at + i * CK_WIDTH);
  return lanes;
}
CK_F32_BODY void ck_lanes_store(float *at, const ck_lanes *lanes) { __builtin_memcpy(at, lanes, sizeof *lanes); }
/* The first `count` lanes; the others hold `rest`. */
CK_F32_BODY ck_lanes ck_lanes_load_part(const float *at, size_t count, float rest) {
  if (count >= CK_LANES) return ck_lanes_load(at);
  ck_lanes lanes;
  for (size_t i = 0; i < CK_VECTORS; i++) {
    const size_t first = i * CK_WIDTH;
    lanes.v[i] = count > first ? ck_f32v_load_part(at + first, count - first, rest) : ck_f32v_splat(rest);
  }
  return lanes;
}
CK_F32_BODY void ck_lanes_store_part(float *at, const ck_lanes *lanes, size_t count) {
  if (count >= CK_LANES) {
    ck_lanes_store(at, lanes);
    return;
  }
  for (size_t i = 0; i < CK_VECTORS && i * CK_WIDTH < count; i++) ck_f32v_store_part(at + i * CK_WIDTH, lanes->v[i], count - i * CK_WIDTH);
}
CK_F32_BODY void ck_lanes_add(ck_lanes *sum, const ck_lanes *x) {
  for (size_t i = 0; i < CK_VECTORS; i++) sum->v[i] += x->v[i];
}
CK_F32_BODY void ck_lanes_multiply_add(ck_lanes *sum, const ck_lanes *x, const ck_lanes *y) {
  for (size_t i = 0; i < CK_VECTORS; i++) sum->v[i] += x->v[i] * y->v[i];
}
CK_F32_BODY void ck_lanes_maximum(ck_lanes *largest, const ck_lanes *x) {
  for (size_t i = 0; i < CK_VECTORS; i++) largest->v[i] = ck_f32v_max(largest->v[i], x->v[i]);
}
CK_F32_BODY void ck_lanes_divide(ck_lanes *x, float divisor) {
  for (size_t i = 0; i < CK_VECTORS; i++) x->v[i] /= ck_f32v_splat(divisor);
}
CK_F32_BODY void ck_lanes_clamp(ck_lanes *x, float low, float high) {
  for (size_t i = 0; i < CK_VECTORS; i++) x->v[i] = ck_f32v_clamp(x->v[i], low, high);
}
/* Pairwise: lane i += lane i + 8, then 4, 2, 1. */
CK_F32_BODY float ck_lanes_sum(const ck_lanes *lanes) {
  ck_f32x4 v[4];
  __builtin_memcpy(v, lanes, sizeof v);
  const ck_f32x4 half[2] = {v[0] + v[2], v[1] + v[3]};
  const ck_f32x4 quarter = half[0] + half[1];
  return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}
/* sum += x[i] * y[i] in lane i % 16. Lanes past the end add +0, which changes no sum: none of them is ever -0. */
CK_F32_BODY void ck_lanes_dot(ck_lanes *sum, const float *x, const float *y, size_t count) {
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES) {
    const ck_lanes a = ck_lanes_load(x + i), b = ck_lanes_load(y + i);
    ck_lanes_multiply_add(sum, &a, &b);
  }
  if (i == count) return;
  const ck_lanes a = ck_lanes_load_part(x + i, count - i, 0.0f), b = ck_lanes_load_part(y + i, count - i, 0.0f);
  ck_lanes_multiply_add(sum, &a, &b);
}

#endif
