/* gather/ck_scatter.h - what SCATTER_ELEMENTS and SCATTER_ND share: the copy of the data and how an update joins it. */
#ifndef CK_SCATTER_H
#define CK_SCATTER_H

#include "../isa/ck_fp.h"

#include "ck_gather.h"

/* Kind and type belong to data of this dtype; `at` is the byte of `kind`, which `type` follows. */
static inline ck_fault ck_check_scatter(uint32_t kind, uint32_t type, uint8_t dtype, uint16_t at) {
  if (kind > CK_SCATTER_MINIMUM || (kind != CK_SCATTER_SET && dtype != CK_DTYPE_F32 && dtype != CK_DTYPE_S32)) return ck_fail(CK_BAD_PARAMETER, at);
  if (dtype == CK_DTYPE_S32 ? !ck_is_integer_type(type) : type != dtype) return ck_fail(CK_BAD_PARAMETER, (uint16_t)(at + 4));
  return ck_pass();
}

static inline void ck_join_f32(uint8_t *to, const uint8_t *from, uint32_t kind) {
  const float a = ck_load_f32(to), b = ck_load_f32(from);
  switch (kind) {
  case CK_SCATTER_ADD: ck_store_f32(to, a + b); break;
  case CK_SCATTER_MULTIPLY: ck_store_f32(to, a * b); break;
  case CK_SCATTER_MAXIMUM: ck_store_f32(to, a > b || a != a ? a : b); break;
  default: ck_store_f32(to, a < b || a != a ? a : b); break;
  }
}

static inline void ck_join_s32(uint8_t *to, const uint8_t *from, uint32_t kind, uint32_t type) {
  const int32_t a = ck_s32_at(to, 0), b = ck_s32_at(from, 0);
  switch (kind) {
  case CK_SCATTER_ADD: ck_s32_set(to, 0, ck_wrap_s32((uint32_t)a + (uint32_t)b, type)); break;
  case CK_SCATTER_MULTIPLY: ck_s32_set(to, 0, ck_wrap_s32((uint32_t)a * (uint32_t)b, type)); break;
  case CK_SCATTER_MAXIMUM: ck_s32_set(to, 0, a > b ? a : b); break;
  default: ck_s32_set(to, 0, a < b ? a : b); break;
  }
}

/* `count` elements of updates at `from` into the output at `to`. */
static inline void ck_join(uint8_t *to, const uint8_t *from, size_t count, uint32_t element_bytes, uint32_t kind, uint32_t type, uint8_t change) {
  if (kind == CK_SCATTER_SET) {
    ck_move_bytes(to, from, count * element_bytes, change);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    if (type == CK_DTYPE_F32) ck_join_f32(to + 4 * i, from + 4 * i, kind);
    else ck_join_s32(to + 4 * i, from + 4 * i, kind, type);
  }
}

#endif
