/* quantize/ck_s16.h - what the operators on s16 share (ck/parameters.h): blocks of 16 words, an output of s16 or s8, its check.
 *
 * An s16 tensor lies in the arena as in the file, on every architecture. */
#ifndef CK_S16_H
#define CK_S16_H

#include "../isa/ck_block.h"

#include "../check/ck_check.h"

static inline bool ck_is_s16(int32_t value) { return value >= -32768 && value <= 32767; }

/* Bytes of an element of the output. */
static inline uint32_t ck_s16_output_bytes(const ck_instruction *instruction) {
  return instruction->flags & CK_FLAG_F32_OUTPUT ? 4 : instruction->flags & CK_FLAG_S8_OUTPUT ? 1 : 2;
}
static inline enum ck_dtype ck_s16_output_dtype(const ck_instruction *instruction) {
  const uint32_t bytes = ck_s16_output_bytes(instruction);
  return bytes == 4 ? CK_DTYPE_F32 : bytes == 1 ? CK_DTYPE_S8 : CK_DTYPE_S16;
}
/* Whether an output of this type can have this zero point and these inclusive bounds. */
static inline bool ck_is_level(bool s8, int32_t value) { return s8 ? ck_is_s8(value) : ck_is_s16(value); }
#define CK_REQUIRE_S16_OUTPUT(p, type, s8) \
  do { \
    CK_REQUIRE((s8) ? ck_is_s8((p).output_zero_point) : (p).output_zero_point == 0, CK_BAD_PARAMETER, type, output_zero_point); \
    CK_REQUIRE(ck_is_level(s8, (p).output_min), CK_BAD_PARAMETER, type, output_min); \
    CK_REQUIRE(ck_is_level(s8, (p).output_max) && (p).output_min <= (p).output_max, CK_BAD_PARAMETER, type, output_max); \
  } while (0)

/* The first `count` words, the others 0. */
CK_BODY void ck_load_block_s16(int16_t block[ck_block], const uint8_t *x, size_t count) {
  if (count == ck_block) {
    __builtin_memcpy(block, x, 2 * ck_block);
    return;
  }
  for (size_t i = 0; i < ck_block; i++) block[i] = 0;
  __builtin_memcpy(block, x, 2 * count);
}
static inline int16_t ck_load_s16(const uint8_t *x) {
  int16_t value;
  __builtin_memcpy(&value, x, sizeof value);
  return value;
}

/* Where levels go: s16, or s8 in the output's domain. */
typedef struct ck_levels {
  uint8_t *at;
  bool s8;
  uint8_t xor;
  int32_t zero_point, min, max;
} ck_levels;
/* Of a parameter struct with the usual fields; `index`: the output among the operands. */
#define CK_LEVELS_OF(bound, index, p) \
  (ck_levels) { \
    (bound)->operand[index], ((bound)->instruction->flags & CK_FLAG_S8_OUTPUT) != 0, (bound)->operand_xor[index], (p).output_zero_point, \
        (p).output_min, (p).output_max \
  }

/* Element `index` = clamp(rne(value) + zero_point). Bounds of 16 bits are inside what ck_round_s32 takes. */
static inline void ck_store_level(const ck_levels *o, size_t index, float value) {
  const int32_t q = ck_quantize_s8(value, o->zero_point, o->min, o->max);
  if (o->s8) {
    o->at[index] = (uint8_t)q ^ o->xor;
  } else {
    const int16_t word = (int16_t)q;
    __builtin_memcpy(o->at + 2 * index, &word, sizeof word);
  }
}
/* Elements [index, index + count) likewise, count <= 16. */
CK_BODY void ck_store_level_block(const ck_levels *o, size_t index, const float value[ck_block], size_t count) {
  if (o->s8) {
    uint8_t bytes[ck_block];
    ck_quantize_block(bytes, value, o->zero_point, o->min, o->max, o->xor);
    ck_store_block(o->at + index, bytes, count);
    return;
  }
  const float low = (float)(o->min - o->zero_point), high = (float)(o->max - o->zero_point);
  int16_t words[ck_block];
  for (size_t i = 0; i < ck_block; i++) words[i] = (int16_t)(ck_round_s32(ck_clamp_f32(value[i], low, high)) + o->zero_point);
  if (count == ck_block) __builtin_memcpy(o->at + 2 * index, words, 2 * ck_block);
  else __builtin_memcpy(o->at + 2 * index, words, 2 * count);
}

/* The elements that a range's panels cover, of `count`. */
typedef struct ck_elements {
  size_t begin, end;
} ck_elements;
static inline ck_elements ck_elements_of(ck_range range, uint64_t count) {
  const uint64_t begin = 16 * (uint64_t)range.panel_begin, end = 16 * (uint64_t)range.panel_end;
  return (ck_elements){(size_t)begin, (size_t)(end < count ? end : count)};
}

#endif
