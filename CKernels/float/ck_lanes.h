/* float/ck_lanes.h - sixteen floats side by side: the vector form of every float kernel, and the fixed summation order.
 *
 * Four vectors of four: SSE and NEON registers as they are. A sum over contiguous elements runs in 16 interleaved partial sums,
 * element i in lane i % 16, joined pairwise (lane i += lane i + 8, then 4, 2, 1): the same bytes on every instruction set. */
#ifndef CK_LANES_H
#define CK_LANES_H

#include "../isa/ck_fp.h"

#include <stddef.h>

#define CK_LANES 16

typedef float ck_f32x4 __attribute__((vector_size(16)));
typedef int32_t ck_s32x4 __attribute__((vector_size(16)));
typedef struct ck_lanes {
  ck_f32x4 v[4];
} ck_lanes;

static inline ck_f32x4 ck_f32x4_load(const float *at) {
  ck_f32x4 v;
  __builtin_memcpy(&v, at, sizeof v);
  return v;
}
static inline ck_f32x4 ck_f32x4_splat(float x) { return (ck_f32x4){x, x, x, x}; }
static inline ck_f32x4 ck_f32x4_select(ck_s32x4 mask, ck_f32x4 yes, ck_f32x4 no) {
  return (ck_f32x4)((mask & (ck_s32x4)yes) | (~mask & (ck_s32x4)no));
}
/* The larger; NaN where either is. */
static inline ck_f32x4 ck_f32x4_max(ck_f32x4 a, ck_f32x4 b) { return ck_f32x4_select((a >= b) | (a != a), a, b); }
static inline ck_f32x4 ck_f32x4_min(ck_f32x4 a, ck_f32x4 b) { return ck_f32x4_select((a <= b) | (a != a), a, b); }

static inline ck_lanes ck_lanes_splat(float x) {
  const ck_f32x4 v = ck_f32x4_splat(x);
  return (ck_lanes){{v, v, v, v}};
}
static inline ck_lanes ck_lanes_load(const float *at) {
  return (ck_lanes){{ck_f32x4_load(at), ck_f32x4_load(at + 4), ck_f32x4_load(at + 8), ck_f32x4_load(at + 12)}};
}
static inline void ck_lanes_store(float *at, const ck_lanes *lanes) { __builtin_memcpy(at, lanes, sizeof *lanes); }
/* The first `count` lanes; the others hold `rest`. */
static inline ck_lanes ck_lanes_load_part(const float *at, size_t count, float rest) {
  if (count >= CK_LANES) return ck_lanes_load(at);
  float part[CK_LANES];
  for (size_t i = 0; i < CK_LANES; i++) part[i] = i < count ? at[i] : rest;
  return ck_lanes_load(part);
}
static inline void ck_lanes_store_part(float *at, const ck_lanes *lanes, size_t count) {
  if (count >= CK_LANES) {
    ck_lanes_store(at, lanes);
    return;
  }
  float part[CK_LANES];
  ck_lanes_store(part, lanes);
  for (size_t i = 0; i < count; i++) at[i] = part[i];
}
static inline void ck_lanes_add(ck_lanes *sum, const ck_lanes *x) {
  for (int i = 0; i < 4; i++) sum->v[i] += x->v[i];
}
static inline void ck_lanes_multiply_add(ck_lanes *sum, const ck_lanes *x, const ck_lanes *y) {
  for (int i = 0; i < 4; i++) sum->v[i] += x->v[i] * y->v[i];
}
/* min(max(x, low), high); NaN stays. */
static inline void ck_lanes_clamp(ck_lanes *x, float low, float high) {
  const ck_f32x4 lows = ck_f32x4_splat(low), highs = ck_f32x4_splat(high);
  for (int i = 0; i < 4; i++) {
    x->v[i] = ck_f32x4_select(x->v[i] < lows, lows, x->v[i]);
    x->v[i] = ck_f32x4_select(x->v[i] > highs, highs, x->v[i]);
  }
}
static inline float ck_clamp_keeping_nan(float x, float low, float high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}
static inline float ck_lanes_sum(const ck_lanes *lanes) {
  const ck_f32x4 half[2] = {lanes->v[0] + lanes->v[2], lanes->v[1] + lanes->v[3]};
  const ck_f32x4 quarter = half[0] + half[1];
  return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}
/* sum += x[i] * y[i] in lane i % 16. */
static inline void ck_lanes_dot(ck_lanes *sum, const float *x, const float *y, size_t count) {
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES) {
    const ck_lanes a = ck_lanes_load(x + i), b = ck_lanes_load(y + i);
    ck_lanes_multiply_add(sum, &a, &b);
  }
  if (i < count) {
    float lane[CK_LANES];
    ck_lanes_store(lane, sum);
    for (size_t j = 0; i + j < count; j++) lane[j] += x[i + j] * y[i + j];
    *sum = ck_lanes_load(lane);
  }
}

#endif
