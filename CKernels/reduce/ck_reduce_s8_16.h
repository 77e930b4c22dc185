/* reduce/ck_reduce_s8_16.h - sum and mean over the middle axis, 16 inner indices at a time (global average pooling: the channels). */
#ifndef CK_REDUCE_S8_16_H
#define CK_REDUCE_S8_16_H

#include "../isa/ck_block.h"

#include "reduce_s8.h"

CK_BODY enum ck_status ck_reduce_s8_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_reduce_parameters, p, bound->instruction);
  const size_t begin = 16 * (size_t)range.panel_begin, end = 16 * (size_t)range.panel_end < p.inner ? 16 * (size_t)range.panel_end : p.inner;
  const uint8_t xor = bound->operand_xor[0];
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *slab = bound->operand[0] + row * p.axis * p.inner;
    for (size_t i = begin; i < end; i += ck_block) {
      const size_t count = ck_block_count(i, end);
      int32_t sum[ck_block] = {0};
      for (size_t a = 0; a < p.axis; a++) {
        uint8_t x[ck_block];
        ck_load_block(x, slab + a * p.inner + i, count);
        for (size_t j = 0; j < ck_block; j++) sum[j] += (int8_t)(x[j] ^ xor) - p.input_zero_point;
      }
      float value[ck_block];
      for (size_t j = 0; j < ck_block; j++) value[j] = (float)sum[j] * p.scale;
      uint8_t out[ck_block];
      ck_quantize_block(out, value, p.output_zero_point, p.output_min, p.output_max, bound->operand_xor[1]);
      ck_store_block(bound->operand[1] + row * p.inner + i, out, count);
    }
  }
  return CK_OK;
}

#endif
