/* binary/binary_s8.h - output[i] = a[i] op b[i] with broadcasting (ck/parameters.h: ck_binary_parameters).
 *
 * Rows are the indices of all dimensions but the last, panels 16 indices of the last. Vectors are read before they are written: an
 * operand laid out like the output may be the output itself. */
#ifndef CK_BINARY_S8_H
#define CK_BINARY_S8_H

#include "../check/ck_check.h"
#include "../isa/ck_target.h"

enum ck_binary_traits {
  CK_TRAIT_GAPS = 1 << 8,              /* an operand whose elements along the last dimension do not lie side by side */
  CK_TRAIT_BINARY_LARGE = 1 << 9,      /* a scale of CK_BINARY_LARGE_SCALE or more: results that int32 may not hold */
  CK_TRAIT_BINARY_BROADCAST = 1 << 10, /* an operand that does not lie like the output */
  CK_TRAIT_BINARY_OTHER = 1 << 11      /* neither sum, difference nor product */
};
#define CK_BINARY_LARGE_SCALE 0x1p14f
/* What the kernels that work by lines take. */
#define CK_BINARY_LINE_TRAITS (CK_TRAIT_BINARY_BROADCAST | CK_TRAIT_BINARY_OTHER)

/* Index of the dimension that runs fastest. */
static inline unsigned ck_binary_last(const ck_binary_parameters *p) { return p->rank - 1; }

#define CK_KERNEL CK_DECLARE_KERNEL
#include "binary_s8.inc"
#undef CK_KERNEL

#endif
