/* normalize/normalize_s8.h - layer, RMS, instance and group norm, L1 and L2 norm of s8 (ck/parameters.h: ck_normalize_parameters). Sums are
 * exact integers, so their order is free. Rows are outer indices, one panel; a row's statistics are complete before it is written. */
#ifndef CK_NORMALIZE_S8_H
#define CK_NORMALIZE_S8_H

#include "ck_normalize.h"

#include "../isa/ck_target.h"

/* Of so many values all sums fit: n * n * 255 * 255 < 2^63. */
#define CK_NORMALIZE_MAX_COUNT (1u << 23)

/* Sums over `count` values of a group, and what they make of each: (value - mean) * factor. `magnitude`: of squares, or of |x'| for L1. */
typedef struct ck_normalize_sums {
  int64_t value, magnitude;
} ck_normalize_sums;
typedef struct ck_normalize_line {
  float mean, factor;
} ck_normalize_line;
static inline ck_normalize_line ck_normalize_line_of(const ck_normalize_parameters *p, ck_normalize_sums sums) {
  const int64_t count = (int64_t)p->axis * (p->channels / p->groups);
  const float n = (float)count, scale = p->input_scale, square = scale * scale;
  ck_normalize_line line = {0.0f, 0.0f};
  float divisor;
  if (p->kind == CK_NORMALIZE_STANDARD) {
    line.mean = (float)sums.value / n;
    divisor = ck_sqrt_f32((float)(count * sums.magnitude - sums.value * sums.value) / (n * n) * square + p->epsilon);
  } else {
    divisor = ck_normalize_divisor(p->kind, (float)sums.magnitude * (p->kind == CK_NORMALIZE_L1 ? scale : square), n, p->epsilon);
  }
  if (divisor > 0.0f) line.factor = scale / divisor; /* else every value is the mean */
  return line;
}
static inline int32_t ck_normalize_magnitude(uint32_t kind, int32_t value) {
  return kind == CK_NORMALIZE_L1 ? (value < 0 ? -value : value) : value * value;
}

#define CK_KERNEL CK_DECLARE_KERNEL
#include "normalize_s8.inc"
#undef CK_KERNEL

#endif
