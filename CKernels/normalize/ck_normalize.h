/* normalize/ck_normalize.h - what NORMALIZE_S8 and NORMALIZE_F32 share. */
#ifndef CK_NORMALIZE_H
#define CK_NORMALIZE_H

#include "../isa/ck_fp.h"

#include "../check/ck_check.h"
#include "../float/ck_math.h"

/* Sizes, epsilon, operands and constants. */
ck_fault ck_check_normalize(const ck_instruction *instruction, const ck_tensor *const *operands, enum ck_dtype dtype);

/* What values are divided by: `total` the sum of squares (of magnitudes) of `count` values, which `scale` multiplies. */
static inline float ck_normalize_divisor(uint32_t kind, float total, float count, float epsilon) {
  switch (kind) {
  case CK_NORMALIZE_L1: return total > epsilon || total != total ? total : epsilon;
  case CK_NORMALIZE_L2: {
    const float norm = ck_sqrt_f32(total);
    return norm > epsilon || norm != norm ? norm : epsilon;
  }
  default: return ck_sqrt_f32(total / count + epsilon);
  }
}

#endif
