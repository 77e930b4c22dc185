/* binary/binary_s8.h - output[i] = a[i] op b[i] with broadcasting (ck/parameters.h: ck_binary_parameters).
 *
 * Rows are the indices of all dimensions but the last, panels 16 indices of the last. Blocks are read before they are written: an
 * operand laid out like the output may be the output itself. */
#ifndef CK_BINARY_S8_H
#define CK_BINARY_S8_H

#include "../check/ck_check.h"
#include "../isa/ck_target.h"

/* Bit (1 << kind), and: */
enum ck_binary_traits { CK_TRAIT_STRIDED = 1 << 8 /* an operand that does not lie like the output */ };
/* What the kernels in blocks of 16 take: operands that lie like the output. */
#define CK_BINARY_16_TRAITS (1u << CK_BINARY_ADD | 1u << CK_BINARY_SUBTRACT | 1u << CK_BINARY_MULTIPLY)

/* Index of the dimension that runs fastest. */
static inline unsigned ck_binary_last(const ck_binary_parameters *p) { return p->rank - 1; }

#define CK_KERNEL CK_DECLARE_KERNEL
#include "binary_s8.inc"
#undef CK_KERNEL

#endif
