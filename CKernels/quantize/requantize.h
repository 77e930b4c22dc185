/* quantize/requantize.h - q = clamp(rne(float(x - input_zero_point) * scale) + output_zero_point) between s8 and s16 tensors
 * (ck/parameters.h: ck_requantize_parameters).
 *
 * One row, panels of 16 elements; in place, forward, where the output is no wider than the input. */
#ifndef CK_REQUANTIZE_LEVELS_H
#define CK_REQUANTIZE_LEVELS_H

#include "../isa/ck_target.h"
#include "ck_s16.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "requantize.inc"
#undef CK_KERNEL

static inline ck_levels ck_requantized_levels(const ck_bound *bound, const ck_requantize_parameters *p) {
  return (ck_levels){
      bound->operand[1], p->to == CK_DTYPE_S8, bound->operand_xor[1], p->output_zero_point, p->output_min, p->output_max};
}

#endif
