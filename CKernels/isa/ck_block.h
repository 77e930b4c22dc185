/* isa/ck_block.h - blocks of 16 elements, the unit in which element-wise operators work: wide enough that a compiler turns each loop over a
 * block into vectors of the function's instruction set, and all operands of a block are read before it is written. */
#ifndef CK_BLOCK_H
#define CK_BLOCK_H

#include "ck_fp.h"

#include <stddef.h>

enum { ck_block = 16 };

/* The bodies below are instantiated in a function of each instruction set. */
#define CK_BODY static inline __attribute__((always_inline))

static inline size_t ck_block_count(size_t at, size_t end) { return end - at < ck_block ? end - at : ck_block; }

/* The first `count` bytes, the others 0. */
CK_BODY void ck_load_block(uint8_t block[ck_block], const uint8_t *x, size_t count) {
  if (count == ck_block) {
    __builtin_memcpy(block, x, ck_block);
    return;
  }
  for (size_t i = 0; i < ck_block; i++) block[i] = i < count ? x[i] : 0;
}
CK_BODY void ck_store_block(uint8_t *x, const uint8_t block[ck_block], size_t count) {
  if (count == ck_block) {
    __builtin_memcpy(x, block, ck_block);
    return;
  }
  for (size_t i = 0; i < count; i++) x[i] = block[i];
}
/* `count` floats of a constant; the others stay. */
CK_BODY void ck_load_block_f32(float block[ck_block], const uint8_t *x, size_t count) {
  if (count == ck_block) {
    __builtin_memcpy(block, x, 4 * ck_block);
    return;
  }
  for (size_t i = 0; i < count; i++) block[i] = ck_load_f32(x + 4 * i);
}
/* clamp(rne(value) + zero_point) as bytes of the output's domain. */
CK_BODY void ck_quantize_block(uint8_t block[ck_block], const float value[ck_block], int32_t zero_point, int32_t min, int32_t max, uint8_t xor) {
  const float low = (float)(min - zero_point), high = (float)(max - zero_point);
  for (size_t i = 0; i < ck_block; i++) block[i] = (uint8_t)(ck_round_s32(ck_clamp_f32(value[i], low, high)) + zero_point) ^ xor;
}

#endif
