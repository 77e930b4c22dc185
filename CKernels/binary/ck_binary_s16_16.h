/* binary/ck_binary_s16_16.h - sum, difference and product of words that lie like the output, in blocks of 16. */
#ifndef CK_BINARY_S16_16_H
#define CK_BINARY_S16_16_H

#include "binary_s16.h"

CK_BODY enum ck_status ck_binary_s16_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_binary_parameters, p, bound->instruction);
  const ck_levels levels = CK_LEVELS_OF(bound, 2, p);
  const ck_elements columns = ck_elements_of(range, p.dims[p.rank - 1]);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    for (size_t i = columns.begin; i < columns.end; i += ck_block) {
      const size_t at = row * p.dims[p.rank - 1] + i, count = ck_block_count(i, columns.end);
      int16_t a[ck_block], b[ck_block];
      ck_load_block_s16(a, bound->operand[0] + 2 * at, count);
      ck_load_block_s16(b, bound->operand[1] + 2 * at, count);
      float value[ck_block];
      for (size_t j = 0; j < ck_block; j++) {
        if (p.kind == CK_BINARY_ADD) value[j] = (float)a[j] * p.a_scale + (float)b[j] * p.b_scale;
        else if (p.kind == CK_BINARY_SUBTRACT) value[j] = (float)a[j] * p.a_scale - (float)b[j] * p.b_scale;
        else value[j] = (float)(a[j] * b[j]) * p.a_scale;
      }
      ck_store_level_block(&levels, at, value, count);
    }
  }
  return CK_OK;
}

#endif
