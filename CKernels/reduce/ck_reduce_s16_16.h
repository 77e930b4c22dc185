/* reduce/ck_reduce_s16_16.h - sum and mean of words over the middle axis, 16 inner indices at a time. */
#ifndef CK_REDUCE_S16_16_H
#define CK_REDUCE_S16_16_H

#include "reduce_s16.h"

CK_BODY enum ck_status ck_reduce_s16_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_reduce_parameters, p, bound->instruction);
  const ck_levels levels = CK_LEVELS_OF(bound, 1, p);
  const ck_elements inner = ck_elements_of(range, p.inner);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *slab = bound->operand[0] + 2 * row * p.axis * p.inner;
    for (size_t i = inner.begin; i < inner.end; i += ck_block) {
      const size_t count = ck_block_count(i, inner.end);
      int64_t sum[ck_block] = {0};
      for (size_t a = 0; a < p.axis;) {
        /* Up to 2^16 words sum in 32 bits. */
        const size_t end = p.axis - a < 65536 ? p.axis : a + 65536;
        int32_t part[ck_block] = {0};
        for (; a < end; a++) {
          int16_t x[ck_block];
          ck_load_block_s16(x, slab + 2 * (a * p.inner + i), count);
          for (size_t j = 0; j < ck_block; j++) part[j] += x[j];
        }
        for (size_t j = 0; j < ck_block; j++) sum[j] += part[j];
      }
      float value[ck_block];
      for (size_t j = 0; j < ck_block; j++) value[j] = ck_float_s64(sum[j]) * p.scale;
      ck_store_level_block(&levels, row * p.inner + i, value, count);
    }
  }
  return CK_OK;
}

#endif
