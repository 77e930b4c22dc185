/* float/ck_binary_f32.h - a op b along the last dimension, 16 elements at a time, read before any is written. */
#ifndef CK_BINARY_F32_BODY_H
#define CK_BINARY_F32_BODY_H

#include "ck_f32.h"

#include "ck_math.h"

CK_F32_BODY ck_lanes ck_fetch(const float *at, uint32_t stride, size_t count) {
  if (stride == 1) return ck_lanes_load_part(at, count, 1.0f);
  if (stride == 0) return ck_lanes_splat(*at);
  float gathered[CK_LANES];
  for (size_t i = 0; i < CK_LANES; i++) gathered[i] = i < count ? at[i * stride] : 1.0f;
  return ck_lanes_load(gathered);
}

/* Element by element: the operations that are functions with branches. */
CK_F32_BODY void ck_apply_each(ck_lanes *first, const ck_lanes *second, size_t count, float (*function)(float, float)) {
  float a[CK_LANES], b[CK_LANES];
  ck_lanes_store(a, first);
  ck_lanes_store(b, second);
  for (size_t i = 0; i < CK_LANES && i < count; i++) a[i] = function(a[i], b[i]);
  *first = ck_lanes_load(a);
}

CK_F32_BODY void ck_write_row(const ck_binary_parameters *p, const float *a, const float *b, float *out, ck_span span, uint32_t kind) {
  const uint32_t a_stride = p->a_stride[p->rank - 1], b_stride = p->b_stride[p->rank - 1];
  for (size_t i = span.begin; i < span.begin + span.count; i += CK_LANES) {
    const size_t count = span.begin + span.count - i;
    ck_lanes x = ck_fetch(a + i * a_stride, a_stride, count);
    const ck_lanes y = ck_fetch(b + i * b_stride, b_stride, count);
    for (int v = 0; v < CK_VECTORS; v++) {
      switch (kind) {
      case CK_BINARY_ADD: x.v[v] += y.v[v]; break;
      case CK_BINARY_SUBTRACT: x.v[v] -= y.v[v]; break;
      case CK_BINARY_MULTIPLY: x.v[v] *= y.v[v]; break;
      case CK_BINARY_DIVIDE: x.v[v] /= y.v[v]; break;
      case CK_BINARY_MAXIMUM: x.v[v] = ck_f32v_max(x.v[v], y.v[v]); break;
      case CK_BINARY_MINIMUM: x.v[v] = ck_f32v_min(x.v[v], y.v[v]); break;
      default: break;
      }
    }
    if (kind == CK_BINARY_POWER) ck_apply_each(&x, &y, count, ck_pow_f32);
    if (kind == CK_BINARY_REMAINDER) ck_apply_each(&x, &y, count, ck_remainder_f32);
    if (kind == CK_BINARY_MODULO) ck_apply_each(&x, &y, count, ck_modulo_f32);
    ck_lanes_clamp(&x, p->float_min, p->float_max);
    ck_lanes_store_part(out + i, &x, count);
  }
}

CK_F32_BODY enum ck_status ck_binary_f32(const ck_bound *bound, ck_range range) {
  const ck_binary_parameters *p = (const ck_binary_parameters *)bound->instruction->parameters;
  const uint32_t outer = p->rank - 1, last = p->dims[outer];
  const ck_span span = ck_panel_span(range, last);
  uint32_t index[CK_MAX_RANK] = {0};
  size_t a = 0, b = 0, left = range.row_begin;
  for (uint32_t d = outer; d-- > 0; left /= p->dims[d]) {
    index[d] = (uint32_t)(left % p->dims[d]);
    a += (size_t)index[d] * p->a_stride[d];
    b += (size_t)index[d] * p->b_stride[d];
  }
  for (size_t r = range.row_begin; r < range.row_end; r++) {
    const float *x = ck_f32_input(bound, 0) + a, *y = ck_f32_input(bound, 1) + b;
    float *out = ck_f32_output(bound, 2) + r * last;
    switch (p->kind) {
    case CK_BINARY_ADD: ck_write_row(p, x, y, out, span, CK_BINARY_ADD); break;
    case CK_BINARY_SUBTRACT: ck_write_row(p, x, y, out, span, CK_BINARY_SUBTRACT); break;
    case CK_BINARY_MULTIPLY: ck_write_row(p, x, y, out, span, CK_BINARY_MULTIPLY); break;
    case CK_BINARY_DIVIDE: ck_write_row(p, x, y, out, span, CK_BINARY_DIVIDE); break;
    case CK_BINARY_MAXIMUM: ck_write_row(p, x, y, out, span, CK_BINARY_MAXIMUM); break;
    case CK_BINARY_MINIMUM: ck_write_row(p, x, y, out, span, CK_BINARY_MINIMUM); break;
    case CK_BINARY_REMAINDER: ck_write_row(p, x, y, out, span, CK_BINARY_REMAINDER); break;
    case CK_BINARY_MODULO: ck_write_row(p, x, y, out, span, CK_BINARY_MODULO); break;
    default: ck_write_row(p, x, y, out, span, CK_BINARY_POWER); break;
    }
    for (uint32_t d = outer; d-- > 0;) {
      a += p->a_stride[d];
      b += p->b_stride[d];
      if (++index[d] < p->dims[d]) break;
      a -= (size_t)p->dims[d] * p->a_stride[d];
      b -= (size_t)p->dims[d] * p->b_stride[d];
      index[d] = 0;
    }
  }
  return CK_OK;
}

#endif
