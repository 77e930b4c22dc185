/* dwconv2d/ck_dw_slide.h - which windows the sliding kernels of 256-bit vectors take. */
#ifndef CK_DW_SLIDE_H
#define CK_DW_SLIDE_H

#include "ck_dw_line.h"

enum { CK_DW_SLIDE_COLUMNS = 7, CK_DW_SLIDE_ROWS = 8 };

/* Outputs from one to the next that shares its columns, or 0 where none does. Steps and taps are distances in the input. */
static inline size_t ck_dw_slide_phases(size_t step, size_t tap) {
  if (step == 2 * tap) return 1;
  return tap % step == 0 ? tap / step : 0;
}

static inline bool ck_dw_takes_slide(size_t kernel_h, size_t kernel_w, size_t step, size_t tap) {
  return kernel_h <= CK_DW_SLIDE_ROWS && kernel_w >= 3 && kernel_w <= CK_DW_SLIDE_COLUMNS && kernel_w % 2 == 1 && ck_dw_slide_phases(step, tap) > 0;
}

#endif
