/* prelu/ck_prelu_s8_vectors.h - a vector of elements at a time, read before it is written. */
#ifndef CK_PRELU_S8_VECTORS_H
#define CK_PRELU_S8_VECTORS_H

#include "../isa/ck_bytes.h"

#include "prelu_s8.h"

#if CK_HAS_BYTES

CK_BYTES_BODY void ck_prelu_vector(
    const ck_prelu_parameters *p, const uint8_t xor[2], const uint8_t *x, const ck_quad *slope, uint8_t *out, size_t count) {
  ck_quad value = ck_bytes_to_floats(ck_bytes_change(ck_bytes_load(x, count), xor[0]), p->input_zero_point);
  CK_UNROLL for (int i = 0; i < 4; i++) {
    value.v[i] = ck_floats_multiply(value.v[i], ck_floats_choose(value.v[i], ck_floats_splat(p->scale), slope->v[i]));
    /* Slopes may be any float: a NaN is the low end, as the clamp before the conversion has it. */
    value.v[i] = ck_floats_clamp(
        value.v[i], (float)(p->output_min - p->output_zero_point), (float)(p->output_max - p->output_zero_point));
  }
  const ck_bytes bytes = ck_bytes_of_floats(&value, p->output_zero_point, p->output_min, p->output_max);
  ck_bytes_store(out, ck_bytes_change(bytes, xor[1]), count);
}

/* One slope an element: `count` of them, the others any. */
CK_BYTES_BODY ck_quad ck_prelu_slopes(const uint8_t *slopes, size_t count) {
  if (count >= CK_BYTES) return ck_quad_load(slopes);
  uint8_t part[4 * CK_BYTES] = {0};
  __builtin_memcpy(part, slopes, 4 * count);
  return ck_quad_load(part);
}

CK_BYTES_BODY enum ck_status ck_prelu_s8_vectors(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_prelu_parameters, p, bound->instruction);
  const uint8_t xor[2] = {bound->operand_xor[0], bound->operand_xor[1]};
  const size_t length = ck_prelu_length(&p), begin = 16 * (size_t)range.panel_begin;
  const size_t end = 16 * (size_t)range.panel_end < length ? 16 * (size_t)range.panel_end : length;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *x = bound->operand[0] + row * length;
    uint8_t *out = bound->operand[1] + row * length;
    const ck_floats all = ck_floats_splat(p.inner > 1 ? ck_load_f32(bound->constant[0] + 4 * (row % p.channels)) : 0.0f);
    ck_quad slope = {{all, all, all, all}};
    for (size_t i = begin; i < end; i += CK_BYTES) {
      const size_t count = end - i;
      if (p.inner == 1) slope = ck_prelu_slopes(bound->constant[0] + 4 * i, count);
      ck_prelu_vector(&p, xor, x + i, &slope, out + i, count);
    }
  }
  return CK_OK;
}

#endif
#endif
