/* quantize/dequantize_s16_f32.h - x = q * scale.
 *
 * One row, panels of 16 elements; where the output begins 2 * count bytes before its input at least. */
#ifndef CK_DEQUANTIZE_S16_F32_H
#define CK_DEQUANTIZE_S16_F32_H

#include "../isa/ck_target.h"
#include "ck_s16.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "dequantize_s16_f32.inc"
#undef CK_KERNEL

#endif
