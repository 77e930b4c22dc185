/* resample/ck_resample_s8_16.h - resampling of 16 inner indices at a time. */
#ifndef CK_RESAMPLE_S8_16_H
#define CK_RESAMPLE_S8_16_H

#include "../isa/ck_block.h"

#include "resample_s8.h"

CK_BODY void ck_resample_block(
    uint8_t *output, const uint8_t *lines, const float *weights, size_t taps, const ck_resample_parameters *p, uint8_t xor, uint8_t out_xor) {
  float sum[ck_block] = {0};
  for (size_t t = 0; t < taps; t++) {
    uint8_t x[ck_block];
    __builtin_memcpy(x, lines + t * p->inner, ck_block);
    for (size_t i = 0; i < ck_block; i++) sum[i] += weights[t] * (float)((int8_t)(x[i] ^ xor) - p->input_zero_point);
  }
  uint8_t out[ck_block];
  ck_quantize_block(out, sum, p->output_zero_point, p->output_min, p->output_max, out_xor);
  __builtin_memcpy(output, out, ck_block);
}

/* Fewer than 16: as the scalar kernel does it. */
CK_BODY void ck_resample_few(
    uint8_t *output, const uint8_t *lines, const float *weights, size_t taps, size_t count, const ck_resample_parameters *p, uint8_t xor, uint8_t out_xor) {
  for (size_t i = 0; i < count; i++) {
    float sum = 0.0f;
    for (size_t t = 0; t < taps; t++) sum += weights[t] * (float)((int8_t)(lines[t * p->inner + i] ^ xor) - p->input_zero_point);
    output[i] = (uint8_t)ck_quantize_s8(sum, p->output_zero_point, p->output_min, p->output_max) ^ out_xor;
  }
}

CK_BODY enum ck_status ck_resample_s8_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_resample_parameters, p, bound->instruction);
  const size_t begin = 16 * (size_t)range.panel_begin, end = 16 * (size_t)range.panel_end < p.inner ? 16 * (size_t)range.panel_end : p.inner;
  if (begin >= end) return CK_OK;
  const int32_t *first = ck_resample_first(bound);
  const uint8_t xor = bound->operand_xor[0], out_xor = bound->operand_xor[1];
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t j = row % p.out;
    const uint8_t *lines = bound->operand[0] + (row / p.out * p.in + (size_t)first[j]) * p.inner;
    const float *weights = ck_resample_weights(bound) + j * p.taps;
    uint8_t *output = bound->operand[1] + row * p.inner;
    if (end - begin < ck_block) {
      if (p.taps == 2) ck_resample_few(output + begin, lines + begin, weights, 2, end - begin, &p, xor, out_xor);
      else ck_resample_few(output + begin, lines + begin, weights, p.taps, end - begin, &p, xor, out_xor);
      continue;
    }
    /* The last block may overlap the one before it: input and output are apart. Linear interpolation has two taps: a constant count lets the
     * sums stay in registers. */
    for (size_t i = begin;; i = end - i > 2 * ck_block ? i + ck_block : end - ck_block) {
      if (p.taps == 2) ck_resample_block(output + i, lines + i, weights, 2, &p, xor, out_xor);
      else ck_resample_block(output + i, lines + i, weights, p.taps, &p, xor, out_xor);
      if (i + ck_block == end) break;
    }
  }
  return CK_OK;
}

#endif
