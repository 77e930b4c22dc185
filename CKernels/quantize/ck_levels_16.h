/* quantize/ck_levels_16.h - float32 to s16 and back, s8 and s16 into each other, in blocks of 16. */
#ifndef CK_LEVELS_16_H
#define CK_LEVELS_16_H

#include "dequantize_s16_f32.h"
#include "quantize_f32_s16.h"
#include "requantize.h"

CK_BODY enum ck_status ck_quantize_f32_s16_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_quantize_parameters, p, bound->instruction);
  const ck_levels levels = {bound->operand[1], false, 0, 0, -32768, 32767};
  const ck_elements elements = ck_elements_of(range, p.count);
  for (size_t i = elements.begin; i < elements.end; i += ck_block) {
    const size_t count = ck_block_count(i, elements.end);
    float value[ck_block] = {0};
    ck_load_block_f32(value, bound->operand[0] + 4 * i, count);
    for (size_t j = 0; j < ck_block; j++) value[j] *= p.scale;
    ck_store_level_block(&levels, i, value, count);
  }
  return CK_OK;
}

CK_BODY enum ck_status ck_dequantize_s16_f32_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_quantize_parameters, p, bound->instruction);
  const ck_elements elements = ck_elements_of(range, p.count);
  for (size_t i = elements.begin; i < elements.end; i += ck_block) {
    const size_t count = ck_block_count(i, elements.end);
    int16_t x[ck_block];
    ck_load_block_s16(x, bound->operand[0] + 2 * i, count);
    float value[ck_block];
    for (size_t j = 0; j < ck_block; j++) value[j] = (float)x[j] * p.scale;
    __builtin_memcpy(bound->operand[1] + 4 * i, value, 4 * count);
  }
  return CK_OK;
}

CK_BODY enum ck_status ck_requantize_16(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_requantize_parameters, p, bound->instruction);
  const ck_levels levels = ck_requantized_levels(bound, &p);
  const ck_elements elements = ck_elements_of(range, p.count);
  for (size_t i = elements.begin; i < elements.end; i += ck_block) {
    const size_t count = ck_block_count(i, elements.end);
    float value[ck_block];
    if (p.from == CK_DTYPE_S8) {
      uint8_t x[ck_block];
      ck_load_block(x, bound->operand[0] + i, count);
      for (size_t j = 0; j < ck_block; j++) value[j] = (float)((int8_t)(x[j] ^ bound->operand_xor[0]) - p.input_zero_point) * p.scale;
    } else {
      int16_t x[ck_block];
      ck_load_block_s16(x, bound->operand[0] + 2 * i, count);
      for (size_t j = 0; j < ck_block; j++) value[j] = (float)(x[j] - p.input_zero_point) * p.scale;
    }
    ck_store_level_block(&levels, i, value, count);
  }
  return CK_OK;
}

#endif
