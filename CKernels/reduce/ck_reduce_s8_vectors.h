/* reduce/ck_reduce_s8_vectors.h - reductions over the middle axis, a vector of inner indices at a time, or along an innermost axis. */
#ifndef CK_REDUCE_S8_VECTORS_H
#define CK_REDUCE_S8_VECTORS_H

#include "../isa/ck_bytes.h"

#include "reduce_s8.h"

#if CK_HAS_BYTES

/* Sums of `terms` vectors `step` bytes apart. */
CK_BYTES_BODY ck_sums ck_reduce_sums(const uint8_t *x, size_t terms, size_t step, size_t count) {
  ck_sums sums = ck_sums_zero();
  while (terms > 0) {
    const size_t now = terms < CK_WORDS_TERMS ? terms : CK_WORDS_TERMS;
    ck_words words = ck_words_zero();
    for (size_t i = 0; i < now; i++, x += step) ck_words_add(&words, ck_bytes_load(x, count));
    ck_sums_add(&sums, &words);
    terms -= now;
  }
  return sums;
}
CK_BYTES_BODY ck_bytes ck_reduce_extreme(const uint8_t *x, size_t terms, size_t step, size_t count, const bool largest) {
  ck_bytes result = ck_bytes_load(x, count);
  for (size_t i = 1; i < terms; i++) {
    x += step;
    const ck_bytes next = ck_bytes_load(x, count);
    result = largest ? ck_bytes_larger(result, next) : ck_bytes_smaller(result, next);
  }
  return result;
}

CK_BYTES_BODY void ck_reduce_vector(const ck_reduce_parameters *p, const uint8_t *x, uint8_t *output, size_t count) {
  ck_quad value;
  if (p->kind == CK_REDUCE_MEAN || p->kind == CK_REDUCE_SUM) {
    const ck_sums sums = ck_reduce_sums(x, p->axis, p->inner, count);
    value = ck_sums_to_floats(&sums, (int32_t)p->axis * (p->input_zero_point + CK_ARENA_XOR), p->scale);
  } else {
    const ck_bytes extreme = p->kind == CK_REDUCE_MAX ? ck_reduce_extreme(x, p->axis, p->inner, count, true)
                                                      : ck_reduce_extreme(x, p->axis, p->inner, count, false);
    value = ck_bytes_to_floats(extreme, p->input_zero_point);
    CK_UNROLL for (int i = 0; i < 4; i++) value.v[i] = ck_floats_multiply(value.v[i], ck_floats_splat(p->scale));
  }
  ck_quad_below(&value);
  ck_bytes_store(output, ck_bytes_of_floats(&value, p->output_zero_point, p->output_min, p->output_max), count);
}

/* The integer that `scale` then multiplies, of `axis` bytes side by side. */
CK_BYTES_BODY int32_t ck_reduce_line(const ck_reduce_parameters *p, const uint8_t *x) {
  const size_t vectors = p->axis / CK_BYTES;
  int32_t result = 0;
  if (p->kind == CK_REDUCE_MEAN || p->kind == CK_REDUCE_SUM) {
    if (vectors > 0) {
      const ck_sums sums = ck_reduce_sums(x, vectors, CK_BYTES, CK_BYTES);
      result = ck_sums_total(&sums) - (int32_t)(vectors * CK_BYTES) * (p->input_zero_point + CK_ARENA_XOR);
    }
    for (size_t i = vectors * CK_BYTES; i < p->axis; i++) result += (int8_t)(x[i] ^ CK_ARENA_XOR) - p->input_zero_point;
    return result;
  }
  const bool largest = p->kind == CK_REDUCE_MAX;
  result = largest ? -128 : 127;
  uint8_t lane[CK_BYTES];
  if (vectors > 0) {
    const ck_bytes extreme =
        largest ? ck_reduce_extreme(x, vectors, CK_BYTES, CK_BYTES, true) : ck_reduce_extreme(x, vectors, CK_BYTES, CK_BYTES, false);
    ck_bytes_store(lane, extreme, CK_BYTES);
  }
  for (size_t i = vectors > 0 ? 0 : CK_BYTES; i < CK_BYTES + p->axis % CK_BYTES; i++) {
    const int32_t value = (int8_t)((i < CK_BYTES ? lane[i] : x[(vectors - 1) * CK_BYTES + i]) ^ CK_ARENA_XOR);
    if (largest ? value > result : value < result) result = value;
  }
  return result - p->input_zero_point;
}

CK_BYTES_BODY enum ck_status ck_reduce_s8_vectors(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_reduce_parameters, p, bound->instruction);
  const size_t begin = 16 * (size_t)range.panel_begin, end = 16 * (size_t)range.panel_end < p.inner ? 16 * (size_t)range.panel_end : p.inner;
  for (size_t row = range.row_begin; row < range.row_end && begin < end; row++) {
    const uint8_t *slab = bound->operand[0] + row * p.axis * p.inner;
    uint8_t *output = bound->operand[1] + row * p.inner;
    if (p.inner == 1) {
      const float value = (float)ck_reduce_line(&p, slab) * p.scale;
      *output = (uint8_t)ck_quantize_s8(value, p.output_zero_point, p.output_min, p.output_max) ^ CK_ARENA_XOR;
      continue;
    }
    size_t i = begin;
    for (; i + CK_BYTES <= end; i += CK_BYTES) ck_reduce_vector(&p, slab + i, output + i, CK_BYTES);
    if (i < end) ck_reduce_vector(&p, slab + i, output + i, end - i);
  }
  return CK_OK;
}

#endif
#endif
