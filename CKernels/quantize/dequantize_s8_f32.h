/* quantize/dequantize_s8_f32.h - x = (q - zero_point) * scale.
 *
 * One row, panels of 16 elements; where the output begins 3 * count bytes before its input at least. */
#ifndef CK_DEQUANTIZE_S8_F32_H
#define CK_DEQUANTIZE_S8_F32_H

#include "../check/ck_check.h"
#include "../isa/ck_target.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "dequantize_s8_f32.inc"
#undef CK_KERNEL

#endif
