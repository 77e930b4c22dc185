/* binary/binary_s16.h - output[i] = a[i] op b[i] with broadcasting, s16 (ck/parameters.h: ck_binary_parameters).
 *
 * Rows are the indices of all dimensions but the last, panels 16 indices of the last. Blocks are read before they are written: an
 * operand laid out like the output may be the output itself. */
#ifndef CK_BINARY_S16_H
#define CK_BINARY_S16_H

#include "../check/ck_walk.h"
#include "../isa/ck_target.h"
#include "../quantize/ck_s16.h"

/* Bit (1 << kind), and: */
enum ck_binary_s16_traits { CK_TRAIT_WORDS_STRIDED = 1 << 8 /* an operand that does not lie like the output */ };
/* What the kernels in blocks of 16 take: operands that lie like the output. */
#define CK_BINARY_S16_TRAITS (1u << CK_BINARY_ADD | 1u << CK_BINARY_SUBTRACT | 1u << CK_BINARY_MULTIPLY)

#define CK_KERNEL CK_DECLARE_KERNEL
#include "binary_s16.inc"
#undef CK_KERNEL

#endif
