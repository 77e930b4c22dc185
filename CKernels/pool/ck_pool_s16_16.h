/* pool/ck_pool_s16_16.h - maximum and average over windows of words, 16 channels at a time. */
#ifndef CK_POOL_S16_16_H
#define CK_POOL_S16_16_H

#include "pool_s16.h"

CK_BODY void ck_pool_max_block_s16(float value[ck_block], const ck_pool_taps *taps, size_t c, size_t count) {
  int16_t largest[ck_block];
  for (size_t i = 0; i < ck_block; i++) largest[i] = -32768;
  for (size_t ky = 0; ky < taps->rows; ky++) {
    for (size_t kx = 0; kx < taps->columns; kx++) {
      int16_t x[ck_block];
      ck_load_block_s16(x, taps->first + ky * taps->row_bytes + kx * taps->column_bytes + 2 * c, count);
      for (size_t i = 0; i < ck_block; i++) largest[i] = x[i] > largest[i] ? x[i] : largest[i];
    }
  }
  for (size_t i = 0; i < ck_block; i++) value[i] = (float)largest[i];
}

/* Rows of up to 2^16 taps sum in 32 bits. */
CK_BODY void ck_pool_average_block_s16(float value[ck_block], const ck_pool_taps *taps, size_t c, size_t count) {
  int64_t sum[ck_block] = {0};
  for (size_t ky = 0; ky < taps->rows; ky++) {
    for (size_t kx = 0; kx < taps->columns;) {
      const size_t end = taps->columns - kx < 65536 ? taps->columns : kx + 65536;
      int32_t part[ck_block] = {0};
      for (; kx < end; kx++) {
        int16_t x[ck_block];
        ck_load_block_s16(x, taps->first + ky * taps->row_bytes + kx * taps->column_bytes + 2 * c, count);
        for (size_t i = 0; i < ck_block; i++) part[i] += x[i];
      }
      for (size_t i = 0; i < ck_block; i++) sum[i] += part[i];
    }
  }
  for (size_t i = 0; i < ck_block; i++) value[i] = ck_float_s64(sum[i]) * taps->scale;
}

CK_BODY enum ck_status ck_pool_s16_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_pool_parameters, p, bound->instruction);
  const ck_levels levels = CK_LEVELS_OF(bound, 1, p);
  const ck_elements channels = ck_elements_of(range, p.channels);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    for (size_t i = 0; i < p.out_w; i++) {
      const ck_pool_taps taps = ck_pool_taps_of(&p, bound->operand[0], row, i);
      for (size_t c = channels.begin; c < channels.end; c += ck_block) {
        const size_t count = ck_block_count(c, channels.end);
        float value[ck_block];
        if (p.kind == CK_POOL_MAX) ck_pool_max_block_s16(value, &taps, c, count);
        else ck_pool_average_block_s16(value, &taps, c, count);
        ck_store_level_block(&levels, (row * p.out_w + i) * p.channels + c, value, count);
      }
    }
  }
  return CK_OK;
}

#endif
