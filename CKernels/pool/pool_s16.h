/* pool/pool_s16.h - maximum or average over the taps of a window that lie inside the image, of s16 (ck/parameters.h: ck_pool_parameters).
 *
 * Rows are output rows of all images, panels 16 channels. The input is read in place (CK_ROWS_DIRECT). */
#ifndef CK_POOL_S16_H
#define CK_POOL_S16_H

#include "../quantize/ck_s16.h"
#include "pool_s8.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "pool_s16.inc"
#undef CK_KERNEL

/* The taps of an output pixel: the first one inside the image, how many there are, and the average's factor. */
typedef struct ck_pool_taps {
  const uint8_t *first;
  size_t rows, columns, row_bytes, column_bytes;
  float scale;
} ck_pool_taps;
static inline ck_pool_taps ck_pool_taps_of(const ck_pool_parameters *p, const uint8_t *input, size_t row, size_t column) {
  const ck_axis rows = ck_pool_rows(p), columns = ck_pool_columns(p);
  const int64_t y = ck_axis_start(rows, (uint32_t)(row % p->out_h)), x = ck_axis_start(columns, (uint32_t)column);
  const ck_taps in_y = ck_axis_taps(rows, y), in_x = ck_axis_taps(columns, x);
  const size_t pixel = 2 * (size_t)p->channels, image_row = row / p->out_h * p->in_h + (size_t)(y + (int64_t)in_y.begin * p->dilation_h);
  return (ck_pool_taps){
      .first = input + (image_row * p->in_w + (size_t)(x + (int64_t)in_x.begin * p->dilation_w)) * pixel,
      .rows = in_y.end - in_y.begin,
      .columns = in_x.end - in_x.begin,
      .row_bytes = (size_t)p->dilation_h * p->in_w * pixel,
      .column_bytes = p->dilation_w * pixel,
      .scale = p->scale / (float)ck_pool_count(p, y, x)};
}

#endif
