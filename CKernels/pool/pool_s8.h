/* pool/pool_s8.h - maximum or average over the taps of a window that lie inside the image (ck/parameters.h: ck_pool_parameters).
 *
 * Rows are output rows of all images, panels 16 channels. The input is read in place (CK_ROWS_DIRECT). */
#ifndef CK_POOL_S8_H
#define CK_POOL_S8_H

#include "../check/ck_window.h"
#include "../isa/ck_target.h"

enum ck_pool_traits { CK_TRAIT_POOL_CONSTANT = 1 /* the input is not in the arena's domain */ };

#define CK_KERNEL CK_DECLARE_KERNEL
#include "pool_s8.inc"
#undef CK_KERNEL

/* Taps that an average counts along an axis where padding counts: those before the end of the declared padding. */
static inline uint32_t ck_pool_taps_in_padding(ck_axis axis, int64_t start, uint32_t pad_end) {
  axis.in += pad_end;
  return ck_axis_taps(axis, start).end;
}
/* The divisor of the window whose first tap is at row y, column x. */
static inline uint32_t ck_pool_count(const ck_pool_parameters *p, int64_t y, int64_t x) {
  const ck_axis rows = ck_pool_rows(p), columns = ck_pool_columns(p);
  if (p->count_includes_pad) return ck_pool_taps_in_padding(rows, y, p->pad_bottom) * ck_pool_taps_in_padding(columns, x, p->pad_right);
  const ck_taps in_y = ck_axis_taps(rows, y), in_x = ck_axis_taps(columns, x);
  return (in_y.end - in_y.begin) * (in_x.end - in_x.begin);
}

#endif
