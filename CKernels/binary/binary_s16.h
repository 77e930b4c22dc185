/* binary/binary_s16.h - output[i] = a[i] op b[i] with broadcasting, s16 (ck/parameters.h: ck_binary_parameters).
 *
 * Rows are the indices of all dimensions but the last, panels 16 indices of the last. Blocks are read before they are written: an
 * operand laid out like the output may be the output itself. */
#ifndef CK_BINARY_S16_H
#define CK_BINARY_S16_H

#include "../check/ck_walk.h"
#include "../quantize/ck_s16.h"
#include "binary_s8.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "binary_s16.inc"
#undef CK_KERNEL

#endif
