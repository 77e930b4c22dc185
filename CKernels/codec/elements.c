#include "ck/codec.h"
#include "ck/format.h"

static size_t size_of(uint32_t dtype) {
  switch (dtype) {
  case CK_DTYPE_S16:
  case CK_DTYPE_F16: return 2;
  case CK_DTYPE_S32:
  case CK_DTYPE_F32: return 4;
  case CK_DTYPE_S64: return 8;
  default: return 1;
  }
}

static void copy(size_t size, uint8_t xor, const uint8_t *from, size_t from_step, uint8_t *to, size_t to_step, size_t count) {
  if (xor != 0) { /* bytes */
    for (size_t i = 0; i < count; i++) to[i * to_step] = from[i * from_step] ^ xor;
  } else if (from_step == size && to_step == size) {
    __builtin_memcpy(to, from, count * size);
  } else {
    for (size_t i = 0; i < count; i++) {
      for (size_t byte = 0; byte < size; byte++) to[i * to_step + byte] = from[i * from_step + byte];
    }
  }
}

static int64_t integer_at(uint32_t dtype, const uint8_t *at) {
  int16_t word;
  int64_t wide;
  switch (dtype) {
  case CK_DTYPE_S8: return (int8_t)*at;
  case CK_DTYPE_U8: return *at;
  case CK_DTYPE_S16: return __builtin_memcpy(&word, at, sizeof word), word;
  default: return __builtin_memcpy(&wide, at, sizeof wide), wide;
  }
}

size_t ck_store_elements(
    const ck_codec_block *block, uint32_t caller, uint32_t stored, uint8_t xor, const uint8_t *values, uint8_t *tensor) {
  const size_t size = size_of(caller), width = size_of(stored);
  for (size_t o = 0; o < block->outer; o++) {
    const uint8_t *from = values + o * block->inner * size;
    uint8_t *to = tensor + o * block->outer_stride * width;
    if (size == width) {
      copy(size, xor, from, size, to, block->inner_stride * width, block->inner);
      continue;
    }
    for (size_t i = 0; i < block->inner; i++, from += size, to += block->inner_stride * width) {
      const int64_t value = integer_at(caller, from);
      const int32_t narrow = (int32_t)value;
      if (narrow != value) return o * block->inner + i;
      __builtin_memcpy(to, &narrow, sizeof narrow);
    }
  }
  return SIZE_MAX;
}

void ck_load_elements(
    const ck_codec_block *block, uint32_t caller, uint32_t stored, uint8_t xor, const uint8_t *tensor, uint8_t *values) {
  const size_t size = size_of(caller), width = size_of(stored);
  for (size_t o = 0; o < block->outer; o++) {
    const uint8_t *from = tensor + o * block->outer_stride * width;
    uint8_t *to = values + o * block->inner * size;
    if (size == width) {
      copy(size, xor, from, block->inner_stride * width, to, size, block->inner);
      continue;
    }
    for (size_t i = 0; i < block->inner; i++, from += block->inner_stride * width, to += size) {
      int32_t narrow;
      __builtin_memcpy(&narrow, from, sizeof narrow);
      const int64_t value = narrow;
      __builtin_memcpy(to, &value, size); /* little-endian: its low bytes */
    }
  }
}
