/* quantize/quantize_f32_s8.h - q = clamp(rne(x * scale) + zero_point); NaN becomes -128.
 *
 * One row, panels of 16 elements; in place, forward. */
#ifndef CK_QUANTIZE_F32_S8_H
#define CK_QUANTIZE_F32_S8_H

#include "../check/ck_check.h"
#include "../isa/ck_target.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "quantize_f32_s8.inc"
#undef CK_KERNEL

#endif
