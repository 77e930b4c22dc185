/* integer/ck_integer.h - what the operators on integers share: the types that results wrap around to, and elements of any alignment. */
#ifndef CK_INTEGER_H
#define CK_INTEGER_H

#include "../check/ck_check.h"

static inline bool ck_is_integer_type(uint32_t type) {
  return type == CK_DTYPE_S8 || type == CK_DTYPE_U8 || type == CK_DTYPE_S16 || type == CK_DTYPE_S32;
}

/* A tensor of integers or of truth values, and the `type` that belongs to it. */
static inline bool ck_is_integer_tensor(const ck_tensor *tensor, uint32_t type) {
  return tensor->dtype == CK_DTYPE_S32 ? ck_is_integer_type(type) : tensor->dtype == CK_DTYPE_BOOL && type == CK_DTYPE_BOOL;
}

/* The value modulo 2^bits of the type, in its range. */
static inline int32_t ck_wrap_s32(uint32_t value, uint32_t type) {
  switch (type) {
  case CK_DTYPE_S8: return (int8_t)(uint8_t)value;
  case CK_DTYPE_U8: return (uint8_t)value;
  case CK_DTYPE_S16: return (int16_t)(uint16_t)value;
  default: return (int32_t)value;
  }
}

static inline int32_t ck_s32_at(const uint8_t *base, size_t index) {
  int32_t value;
  __builtin_memcpy(&value, base + 4 * index, sizeof value);
  return value;
}
static inline void ck_s32_set(uint8_t *base, size_t index, int32_t value) { __builtin_memcpy(base + 4 * index, &value, sizeof value); }

#endif
