/* normalize/ck_normalize_s8_16.h - 16 channels at a time: exact sums in 32-bit lanes, emptied before they could overflow. */
#ifndef CK_NORMALIZE_S8_16_H
#define CK_NORMALIZE_S8_16_H

#include "../isa/ck_block.h"

#include "normalize_s8.h"

enum { ck_lane_values = 32768 }; /* 255 * 255 of them are an int32 */

/* Adds a block's values, of which those past `count` do not count. */
CK_BODY void ck_add_block(int32_t value[ck_block], int32_t magnitude[ck_block], const ck_normalize_parameters *p, const uint8_t *x, size_t count, uint8_t xor) {
  uint8_t block[ck_block];
  ck_load_block(block, x, count);
  for (size_t i = 0; i < ck_block; i++) {
    const int32_t q = i < count ? (int8_t)(block[i] ^ xor) - p->input_zero_point : 0;
    value[i] += q;
    magnitude[i] += ck_normalize_magnitude(p->kind, q);
  }
}

/* (value - mean) * factor, gamma and beta; mean and factor are lanes. */
CK_BODY void ck_write_block(
    const ck_bound *bound, const ck_normalize_parameters *p, const uint8_t *x, uint8_t *out, size_t channel, size_t count,
    const float mean[ck_block], const float factor[ck_block], bool affine) {
  uint8_t block[ck_block];
  float unit[ck_block];
  ck_load_block(block, x, count);
  for (size_t i = 0; i < ck_block; i++) {
    unit[i] = ((float)((int8_t)(block[i] ^ bound->operand_xor[0]) - p->input_zero_point) - mean[i]) * factor[i];
  }
  if (!affine) {
    for (size_t i = 0; i < ck_block; i++) unit[i] *= p->output_scale_inverse;
  } else {
    float gamma[ck_block] = {0}, beta[ck_block] = {0};
    ck_load_block_f32(gamma, bound->constant[0] + 4 * channel, count);
    ck_load_block_f32(beta, bound->constant[1] + 4 * channel, count);
    for (size_t i = 0; i < ck_block; i++) unit[i] = unit[i] * gamma[i] + beta[i];
  }
  ck_quantize_block(block, unit, p->output_zero_point, p->output_min, p->output_max, bound->operand_xor[1]);
  ck_store_block(out, block, count);
}

CK_BODY void ck_normalize_group(
    const ck_bound *bound, const ck_normalize_parameters *p, const uint8_t *x, uint8_t *out, size_t first, size_t size, bool affine) {
  ck_normalize_sums sums = {0, 0};
  for (size_t part = 0; part < size; part += ck_lane_values) {
    const size_t end = size - part < ck_lane_values ? size : part + ck_lane_values;
    int32_t value[ck_block] = {0}, magnitude[ck_block] = {0};
    for (size_t c = part; c < end; c += ck_block) ck_add_block(value, magnitude, p, x + first + c, ck_block_count(c, end), bound->operand_xor[0]);
    for (size_t i = 0; i < ck_block; i++) sums.value += value[i], sums.magnitude += magnitude[i];
  }
  const ck_normalize_line line = ck_normalize_line_of(p, sums);
  float mean[ck_block], factor[ck_block];
  for (size_t i = 0; i < ck_block; i++) mean[i] = line.mean, factor[i] = line.factor;
  for (size_t c = 0; c < size; c += ck_block) {
    ck_write_block(bound, p, x + first + c, out + first + c, first + c, ck_block_count(c, size), mean, factor, affine);
  }
}

CK_BODY void ck_normalize_slab(const ck_bound *bound, const ck_normalize_parameters *p, const uint8_t *x, uint8_t *out, bool affine) {
  const size_t channels = p->channels, size = channels / p->groups;
  ck_normalize_sums *sums = (ck_normalize_sums *)(void *)bound->scratch;
  float *means = (float *)(void *)(sums + ck_round_up(channels, ck_block)), *factors = means + ck_round_up(channels, ck_block);
  for (size_t c = 0; c < channels; c += ck_block) {
    const size_t count = ck_block_count(c, channels);
    int64_t values[ck_block] = {0}, magnitudes[ck_block] = {0};
    for (size_t part = 0; part < p->axis; part += ck_lane_values) {
      const size_t end = p->axis - part < ck_lane_values ? p->axis : part + ck_lane_values;
      int32_t value[ck_block] = {0}, magnitude[ck_block] = {0};
      for (size_t a = part; a < end; a++) ck_add_block(value, magnitude, p, x + a * channels + c, count, bound->operand_xor[0]);
      for (size_t i = 0; i < ck_block; i++) values[i] += value[i], magnitudes[i] += magnitude[i];
    }
    for (size_t i = 0; i < count; i++) sums[c + i] = (ck_normalize_sums){values[i], magnitudes[i]};
  }
  for (size_t first = 0; first < channels; first += size) {
    ck_normalize_sums all = {0, 0};
    for (size_t c = first; c < first + size; c++) all.value += sums[c].value, all.magnitude += sums[c].magnitude;
    const ck_normalize_line line = ck_normalize_line_of(p, all);
    for (size_t c = first; c < first + size; c++) means[c] = line.mean, factors[c] = line.factor;
  }
  for (size_t a = 0; a < p->axis; a++) {
    for (size_t c = 0; c < channels; c += ck_block) {
      const size_t count = ck_block_count(c, channels);
      float mean[ck_block] = {0}, factor[ck_block] = {0};
      ck_load_block_f32(mean, (const uint8_t *)(means + c), count);
      ck_load_block_f32(factor, (const uint8_t *)(factors + c), count);
      ck_write_block(bound, p, x + a * channels + c, out + a * channels + c, c, count, mean, factor, affine);
    }
  }
}

CK_BODY enum ck_status ck_normalize_s8_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_normalize_parameters, p, bound->instruction);
  const bool affine = bound->instruction->constant_count > 0;
  const size_t slab = (size_t)p.axis * p.channels, size = p.channels / p.groups;
  if (range.panel_begin == range.panel_end) return CK_OK;
  for (size_t o = range.row_begin; o < range.row_end; o++) {
    const uint8_t *x = bound->operand[0] + o * slab;
    uint8_t *out = bound->operand[1] + o * slab;
    if (p.axis > 1) {
      ck_normalize_slab(bound, &p, x, out, affine);
      continue;
    }
    for (size_t first = 0; first < p.channels; first += size) ck_normalize_group(bound, &p, x, out, first, size, affine);
  }
  return CK_OK;
}

#endif
