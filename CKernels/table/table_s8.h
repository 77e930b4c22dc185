/* table/table_s8.h - output[i] = table[input[i] + 128]: any unary s8 function, exactly.
 *
 * One row, panels of 16 elements; in place where input and output are the same bytes. */
#ifndef CK_TABLE_S8_H
#define CK_TABLE_S8_H

#include "../check/ck_check.h"
#include "../isa/ck_target.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "table_s8.inc"
#undef CK_KERNEL

#endif
