/* quantize/ck_quantize_16.h - float32 to s8 and back, in blocks of 16. */
#ifndef CK_QUANTIZE_16_H
#define CK_QUANTIZE_16_H

#include "../isa/ck_block.h"

#include "dequantize_s8_f32.h"
#include "quantize_f32_s8.h"

CK_BODY enum ck_status ck_quantize_f32_s8_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_quantize_parameters, p, bound->instruction);
  const size_t begin = 16 * (size_t)range.panel_begin, end = 16 * (size_t)range.panel_end < p.count ? 16 * (size_t)range.panel_end : p.count;
  for (size_t i = begin; i < end; i += ck_block) {
    const size_t count = ck_block_count(i, end);
    float value[ck_block] = {0};
    __builtin_memcpy(value, bound->operand[0] + 4 * i, 4 * count);
    for (size_t j = 0; j < ck_block; j++) value[j] *= p.scale;
    uint8_t out[ck_block];
    ck_quantize_block(out, value, p.zero_point, -128, 127, bound->operand_xor[1]);
    ck_store_block(bound->operand[1] + i, out, count);
  }
  return CK_OK;
}

CK_BODY enum ck_status ck_dequantize_s8_f32_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_quantize_parameters, p, bound->instruction);
  const size_t begin = 16 * (size_t)range.panel_begin, end = 16 * (size_t)range.panel_end < p.count ? 16 * (size_t)range.panel_end : p.count;
  for (size_t i = begin; i < end; i += ck_block) {
    const size_t count = ck_block_count(i, end);
    uint8_t x[ck_block];
    ck_load_block(x, bound->operand[0] + i, count);
    float value[ck_block];
    for (size_t j = 0; j < ck_block; j++) value[j] = (float)((int8_t)(x[j] ^ bound->operand_xor[0]) - p.zero_point) * p.scale;
    __builtin_memcpy(bound->operand[1] + 4 * i, value, 4 * count);
  }
  return CK_OK;
}

#endif
