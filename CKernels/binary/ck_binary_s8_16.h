/* binary/ck_binary_s8_16.h - sum, difference and product of operands that lie like the output, in blocks of 16. */
#ifndef CK_BINARY_S8_16_H
#define CK_BINARY_S8_16_H

#include "../isa/ck_block.h"

#include "binary_s8.h"

CK_BODY void ck_binary_block(
    uint8_t out[ck_block], const uint8_t a[ck_block], const uint8_t b[ck_block], const ck_binary_parameters *p, const uint8_t xor[3]) {
  float value[ck_block];
  for (size_t i = 0; i < ck_block; i++) {
    const int32_t x = (int8_t)(a[i] ^ xor[0]) - p->a_zero_point, y = (int8_t)(b[i] ^ xor[1]) - p->b_zero_point;
    if (p->kind == CK_BINARY_ADD) value[i] = (float)x * p->a_scale + (float)y * p->b_scale;
    else if (p->kind == CK_BINARY_SUBTRACT) value[i] = (float)x * p->a_scale - (float)y * p->b_scale;
    else value[i] = (float)(x * y) * p->a_scale;
  }
  ck_quantize_block(out, value, p->output_zero_point, p->output_min, p->output_max, xor[2]);
}

CK_BODY enum ck_status ck_binary_s8_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_binary_parameters, p, bound->instruction);
  const size_t columns = p.dims[ck_binary_last(&p)], begin = 16 * (size_t)range.panel_begin;
  const size_t end = 16 * (size_t)range.panel_end < columns ? 16 * (size_t)range.panel_end : columns;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    for (size_t i = begin; i < end; i += ck_block) {
      const size_t at = row * columns + i, count = ck_block_count(i, end);
      uint8_t a[ck_block], b[ck_block], out[ck_block];
      ck_load_block(a, bound->operand[0] + at, count);
      ck_load_block(b, bound->operand[1] + at, count);
      ck_binary_block(out, a, b, &p, bound->operand_xor);
      ck_store_block(bound->operand[2] + at, out, count);
    }
  }
  return CK_OK;
}

#endif
