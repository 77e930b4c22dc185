/* prelu/ck_prelu_s8_16.h - blocks of 16 elements. */
#ifndef CK_PRELU_S8_16_H
#define CK_PRELU_S8_16_H

#include "../isa/ck_block.h"

#include "prelu_s8.h"

CK_BODY enum ck_status ck_prelu_s8_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_prelu_parameters, p, bound->instruction);
  const size_t length = ck_prelu_length(&p), end = 16 * (size_t)range.panel_end < length ? 16 * (size_t)range.panel_end : length;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *x = bound->operand[0] + row * length;
    uint8_t *out = bound->operand[1] + row * length;
    float slope[ck_block] = {0}, value[ck_block];
    if (p.inner > 1) {
      for (size_t j = 0; j < ck_block; j++) slope[j] = ck_load_f32(bound->constant[0] + 4 * (row % p.channels));
    }
    for (size_t i = 16 * (size_t)range.panel_begin; i < end; i += ck_block) {
      const size_t count = ck_block_count(i, end);
      uint8_t block[ck_block];
      ck_load_block(block, x + i, count);
      if (p.inner == 1) ck_load_block_f32(slope, bound->constant[0] + 4 * i, count);
      for (size_t j = 0; j < ck_block; j++) {
        const int32_t q = (int8_t)(block[j] ^ bound->operand_xor[0]) - p.input_zero_point;
        value[j] = (float)q * (q >= 0 ? p.scale : slope[j]);
      }
      ck_quantize_block(block, value, p.output_zero_point, p.output_min, p.output_max, bound->operand_xor[1]);
      ck_store_block(out + i, block, count);
    }
  }
  return CK_OK;
}

#endif
