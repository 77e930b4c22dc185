/* order/ck_order.h - which of two elements of one tensor is the larger, for every type that is ordered. */
#ifndef CK_ORDER_H
#define CK_ORDER_H

#include "../isa/ck_fp.h"

#include "../integer/ck_integer.h"

static inline bool ck_is_ordered_type(uint32_t type) { return type == CK_DTYPE_F32 || type == CK_DTYPE_S32 || type == CK_DTYPE_S8; }

/* -1, 0 or 1 as element i is smaller than element j, equal or larger; NaN is larger than every number. `xor` is the domain of s8 bytes. */
static inline int ck_order(const uint8_t *values, size_t i, size_t j, uint32_t type, uint8_t xor) {
  if (type == CK_DTYPE_F32) {
    const float a = ck_load_f32(values + 4 * i), b = ck_load_f32(values + 4 * j);
    if (a != a || b != b) return (a != a) - (b != b);
    return (a > b) - (a < b);
  }
  const int32_t a = type == CK_DTYPE_S8 ? (int8_t)(values[i] ^ xor) : ck_s32_at(values, i);
  const int32_t b = type == CK_DTYPE_S8 ? (int8_t)(values[j] ^ xor) : ck_s32_at(values, j);
  return (a > b) - (a < b);
}

#endif
