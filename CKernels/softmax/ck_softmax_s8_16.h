/* softmax/ck_softmax_s8_16.h - softmax over rows in blocks of 16: the 16 partial sums are the lanes. */
#ifndef CK_SOFTMAX_S8_16_H
#define CK_SOFTMAX_S8_16_H

#include "../isa/ck_block.h"

#include "softmax_s8.h"

/* exp of the distances from the largest; 0 past `count`. */
CK_BODY void ck_softmax_block(float value[ck_block], const uint8_t *x, size_t count, const uint8_t *exponent, int32_t largest, uint8_t xor) {
  if (count == ck_block) {
    int32_t distance[ck_block];
    for (size_t i = 0; i < ck_block; i++) distance[i] = largest - (int8_t)(x[i] ^ xor);
    for (size_t i = 0; i < ck_block; i++) value[i] = ck_load_f32(exponent + 4 * distance[i]);
    return;
  }
  for (size_t i = 0; i < ck_block; i++) value[i] = 0.0f;
  for (size_t i = 0; i < count; i++) value[i] = ck_load_f32(exponent + 4 * (largest - (int8_t)(x[i] ^ xor)));
}

/* Rows of up to this many columns keep the values that their sum was made of. */
enum { ck_softmax_kept = 256 };

CK_BODY int32_t ck_softmax_largest(const uint8_t *x, size_t columns, uint8_t xor) {
  int8_t lane[ck_block];
  for (size_t i = 0; i < ck_block; i++) lane[i] = -128;
  size_t c = 0;
  for (; c + ck_block <= columns; c += ck_block) {
    for (size_t i = 0; i < ck_block; i++) {
      const int8_t value = (int8_t)(x[c + i] ^ xor);
      lane[i] = value > lane[i] ? value : lane[i];
    }
  }
  int32_t largest = -128;
  for (; c < columns; c++) {
    const int32_t value = (int8_t)(x[c] ^ xor);
    largest = value > largest ? value : largest;
  }
  for (size_t i = 0; i < ck_block; i++) largest = lane[i] > largest ? lane[i] : largest;
  return largest;
}

/* A row of fewer columns than a block, such as the classes of a pixel. The partial sums that it lacks are zeros, which change no sum. */
CK_BODY void ck_softmax_few(
    uint8_t *output, const uint8_t *x, size_t columns, const uint8_t *exponent, const ck_softmax_parameters *p, uint8_t xor, uint8_t out_xor) {
  const int32_t largest = ck_softmax_largest(x, columns, xor);
  float value[ck_block] = {0}, sums[ck_block / 2];
  for (size_t c = 0; c < columns; c++) value[c] = ck_load_f32(exponent + 4 * (largest - (int8_t)(x[c] ^ xor)));
  for (size_t i = 0; i < ck_block / 2; i++) sums[i] = value[i] + value[i + ck_block / 2];
  for (size_t half = ck_block / 4; half > 0; half /= 2) {
    for (size_t i = 0; i < half; i++) sums[i] += sums[i + half];
  }
  const float scale = p->output_scale_inverse / sums[0];
  for (size_t c = 0; c < columns; c++) output[c] = (uint8_t)ck_quantize_s8(value[c] * scale, p->output_zero_point, -128, 127) ^ out_xor;
}

/* A row of 16 columns or more; `keeps` is a constant once inlined. */
CK_BODY void ck_softmax_row(
    uint8_t *output, const uint8_t *x, const uint8_t *exponent, const ck_softmax_parameters *p, uint8_t xor, uint8_t out_xor, const bool keeps) {
  const int32_t largest = ck_softmax_largest(x, p->columns, xor);
  float sums[ck_block] = {0}, value[ck_block];
  _Alignas(64) float kept[ck_softmax_kept]; /* else its vectors would cross cache lines */
  for (size_t c = 0; c < p->columns; c += ck_block) {
    ck_softmax_block(value, x + c, ck_block_count(c, p->columns), exponent, largest, xor);
    for (size_t i = 0; i < ck_block; i++) sums[i] += value[i];
    if (keeps) __builtin_memcpy(kept + c, value, sizeof value);
  }
  for (size_t half = ck_block / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; i++) sums[i] += sums[i + half];
  }
  const float scale = p->output_scale_inverse / sums[0];
  for (size_t c = 0; c < p->columns; c += ck_block) {
    const size_t count = ck_block_count(c, p->columns);
    if (keeps) __builtin_memcpy(value, kept + c, sizeof value);
    else ck_softmax_block(value, x + c, count, exponent, largest, xor);
    for (size_t i = 0; i < ck_block; i++) value[i] *= scale;
    uint8_t out[ck_block];
    ck_quantize_block(out, value, p->output_zero_point, -128, 127, out_xor);
    ck_store_block(output + c, out, count);
  }
}

CK_BODY enum ck_status ck_softmax_s8_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_softmax_parameters, p, bound->instruction);
  const uint8_t *exponent = bound->constant[0], xor = bound->operand_xor[0], out_xor = bound->operand_xor[1];
  if (range.panel_begin == range.panel_end) return CK_OK;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *x = bound->operand[0] + row * p.columns;
    uint8_t *output = bound->operand[1] + row * p.columns;
    if (p.columns == 2) ck_softmax_few(output, x, 2, exponent, &p, xor, out_xor);
    else if (p.columns < ck_block) ck_softmax_few(output, x, p.columns, exponent, &p, xor, out_xor);
    else if (p.columns <= ck_softmax_kept) ck_softmax_row(output, x, exponent, &p, xor, out_xor, true);
    else ck_softmax_row(output, x, exponent, &p, xor, out_xor, false);
  }
  return CK_OK;
}

#endif
