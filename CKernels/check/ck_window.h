/* check/ck_window.h - windows that slide along an axis (convolution, pooling): what is legal, what lies inside the image, how far the
 * output may be written into the input. */
#ifndef CK_WINDOW_H
#define CK_WINDOW_H

#include "ck_check.h"

/* Tap t of output i reads input i * stride + t * dilation - pad. */
typedef struct ck_axis {
  uint32_t in, out, kernel, stride, dilation, pad;
} ck_axis;

static inline ck_axis ck_conv2d_rows(const ck_conv2d_parameters *p) {
  return (ck_axis){p->in_h, p->out_h, p->kernel_h, p->stride_h, p->dilation_h, p->pad_top};
}
static inline ck_axis ck_conv2d_columns(const ck_conv2d_parameters *p) {
  return (ck_axis){p->in_w, p->out_w, p->kernel_w, p->stride_w, p->dilation_w, p->pad_left};
}
static inline ck_axis ck_pool_rows(const ck_pool_parameters *p) {
  return (ck_axis){p->in_h, p->out_h, p->kernel_h, p->stride_h, p->dilation_h, p->pad_top};
}
static inline ck_axis ck_pool_columns(const ck_pool_parameters *p) {
  return (ck_axis){p->in_w, p->out_w, p->kernel_w, p->stride_w, p->dilation_w, p->pad_left};
}

/* Input positions that one window spans, first tap to last. */
static inline uint64_t ck_axis_span(ck_axis axis) { return (uint64_t)(axis.kernel - 1) * axis.dilation + 1; }
/* Positions from the first padding one to the end of the image or of the last window, whichever is later. */
uint64_t ck_axis_padded(ck_axis axis);
/* Position of tap 0 of output `i`; negative in the padding. */
static inline int64_t ck_axis_start(ck_axis axis, uint32_t i) { return (int64_t)i * axis.stride - axis.pad; }

/* Taps [begin, end) of the window that starts at `start` which lie inside the image; begin == end where none does. */
typedef struct ck_taps {
  uint32_t begin, end;
} ck_taps;
ck_taps ck_axis_taps(ck_axis axis, int64_t start);

/* Every field positive (the pad may be 0), and every position a 31-bit number. */
bool ck_axis_is_legal(ck_axis axis);
/* A legal axis each window of which holds a tap inside the image. */
bool ck_axis_windows_hold_a_tap(ck_axis axis);

/* Geometry of CONV2D_* (depthwise: false) and DWCONV2D_* (true): sizes positive, axes legal, groups dividing the channels. */
ck_fault ck_check_conv2d_geometry(const ck_conv2d_parameters *p, bool depthwise);
/* Geometry of POOL_*: kind, sizes, axes, a tap in each window, at most 2^23 taps (then 255 times their count is an int32). */
ck_fault ck_check_pool_geometry(const ck_pool_parameters *p);

enum ck_row_reading {
  CK_ROWS_DIRECT, /* output row r reads its input rows in place until its last pixel is written */
  CK_ROWS_RING    /* the input rows of output row r are copied to scratch before its first pixel is written */
};
/* `ahead` of an operator that writes output rows 0, 1, ... of each image in turn, and of the same image `CK_EARLY_PIXELS` pixels early at most.
 *
 * With first(r) = the lowest input row still read in place once row r is begun (direct: that of r's window; ring: the first that no
 * row up to r has copied; after the last row none), clamped to the image, and written(r) = min((r + 1) * out_row_bytes + early pixels,
 * out * out_row_bytes), what is written must not pass what is unread, in any image b that leaves something unread:
 *   ahead = max over b, r of b * out * out_row_bytes + written(r) - (b * in + first(r)) * in_row_bytes
 * CK_DISJOINT where the sizes overflow. The whole output is then computed by one call: a second would read rows again. */
#define CK_EARLY_PIXELS 16
uint64_t ck_rows_ahead(
    ck_axis rows, uint32_t batch, enum ck_row_reading reading, uint64_t in_row_bytes, uint64_t out_row_bytes, uint64_t out_pixel_bytes);

#endif
