/* quantize/quantize_f32_s16.h - q = clamp(rne(x * scale)); NaN becomes -32768.
 *
 * One row, panels of 16 elements; in place, forward. */
#ifndef CK_QUANTIZE_F32_S16_H
#define CK_QUANTIZE_F32_S16_H

#include "../isa/ck_target.h"
#include "ck_s16.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "quantize_f32_s16.inc"
#undef CK_KERNEL

#endif
