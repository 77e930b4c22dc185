/* float/ck_reduce_f32.h - [outer, axis, inner] to [outer, inner]: 16 inner positions at a time, or 16 interleaved partial results. */
#ifndef CK_REDUCE_F32_BODY_H
#define CK_REDUCE_F32_BODY_H

#include "ck_f32.h"

CK_F32_BODY ck_f32v ck_combine(uint32_t kind, ck_f32v a, ck_f32v b) {
  switch (kind) {
  case CK_REDUCE_MAX: return ck_f32v_max(a, b);
  case CK_REDUCE_MIN: return ck_f32v_min(a, b);
  case CK_REDUCE_PRODUCT: return a * b;
  default: return a + b;
  }
}
static inline float ck_reduce_identity(uint32_t kind) {
  switch (kind) {
  case CK_REDUCE_MAX: return -__builtin_inff();
  case CK_REDUCE_MIN: return __builtin_inff();
  case CK_REDUCE_PRODUCT: return 1.0f;
  default: return 0.0f;
  }
}
CK_F32_BODY void ck_combine_lanes(uint32_t kind, ck_lanes *result, const ck_lanes *x) {
  for (int v = 0; v < CK_VECTORS; v++) result->v[v] = ck_combine(kind, result->v[v], x->v[v]);
}
static inline float ck_combine_f32(uint32_t kind, float a, float b) {
  switch (kind) {
  case CK_REDUCE_MAX: return a >= b || a != a ? a : b;
  case CK_REDUCE_MIN: return a <= b || a != a ? a : b;
  case CK_REDUCE_PRODUCT: return a * b;
  default: return a + b;
  }
}
/* Pairwise: lane i with lane i + 8, then 4, 2, 1. */
CK_F32_BODY float ck_join(uint32_t kind, const ck_lanes *lanes) {
  float lane[CK_LANES];
  ck_lanes_store(lane, lanes);
  for (size_t distance = 8; distance > 0; distance /= 2) {
    for (size_t i = 0; i < distance; i++) lane[i] = ck_combine_f32(kind, lane[i], lane[i + distance]);
  }
  return lane[0];
}

CK_F32_BODY void ck_reduce(const ck_reduce_parameters *p, const float *in, float *out, ck_range range, uint32_t kind) {
  const float divisor = kind == CK_REDUCE_MEAN ? (float)p->axis : 1.0f;
  const ck_span span = ck_panel_span(range, p->inner);
  for (size_t o = range.row_begin; o < range.row_end; o++) {
    const float *row = in + o * p->axis * p->inner;
    if (p->inner == 1) {
      ck_lanes result = ck_lanes_splat(ck_reduce_identity(kind));
      for (size_t a = 0; a < p->axis; a += CK_LANES) {
        const ck_lanes x = ck_lanes_load_part(row + a, p->axis - a, ck_reduce_identity(kind));
        ck_combine_lanes(kind, &result, &x);
      }
      out[o] = ck_join(kind, &result) / divisor;
      continue;
    }
    for (size_t i = span.begin; i < span.begin + span.count; i += CK_LANES) {
      const size_t count = span.begin + span.count - i;
      ck_lanes result = ck_lanes_splat(ck_reduce_identity(kind));
      for (size_t a = 0; a < p->axis; a++) {
        const ck_lanes x = ck_lanes_load_part(row + a * p->inner + i, count, 0.0f);
        ck_combine_lanes(kind, &result, &x);
      }
      ck_lanes_divide(&result, divisor);
      ck_lanes_store_part(out + o * p->inner + i, &result, count);
    }
  }
}

CK_F32_BODY enum ck_status ck_reduce_f32(const ck_bound *bound, ck_range range) {
  const ck_reduce_parameters *p = (const ck_reduce_parameters *)bound->instruction->parameters;
  const float *in = ck_f32_input(bound, 0);
  float *out = ck_f32_output(bound, 1);
  switch (p->kind) {
  case CK_REDUCE_MEAN: ck_reduce(p, in, out, range, CK_REDUCE_MEAN); break;
  case CK_REDUCE_SUM: ck_reduce(p, in, out, range, CK_REDUCE_SUM); break;
  case CK_REDUCE_MAX: ck_reduce(p, in, out, range, CK_REDUCE_MAX); break;
  case CK_REDUCE_MIN: ck_reduce(p, in, out, range, CK_REDUCE_MIN); break;
  default: ck_reduce(p, in, out, range, CK_REDUCE_PRODUCT); break;
  }
  return CK_OK;
}

#endif
