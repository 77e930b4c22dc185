/* conv2d/conv2d_s8_s8c.h - convolution, s8 x s8 per channel, weights CONV_ROW_C4X16 or CONV_TAP_C4X16 (ck/parameters.h).
 *
 * Rows are output rows of all images, panels 16 channels of one group. Input rows are read once, through the ring in scratch. */
#ifndef CK_CONV2D_S8_S8C_H
#define CK_CONV2D_S8_S8C_H

#include "../quantize/ck_requantize.h"
#include "ck_ring.h"

enum ck_conv2d_traits {
  CK_TRAIT_CONV_ROW = 1 << 8,
  CK_TRAIT_CONV_TAP = 1 << 9,
  CK_TRAIT_MANY_LINES = 1 << 10 /* a window of more than CK_CONV2D_LINES kernel rows (by tap: taps) */
};
/* Pointers to the lines of a window that a fast kernel keeps on its stack. */
#define CK_CONV2D_LINES 128

#define CK_CONV2D_QUANTIZATION offsetof(ck_conv2d_parameters, input_zero_point)

#define CK_KERNEL CK_DECLARE_KERNEL
#include "conv2d_s8_s8c.inc"
#undef CK_KERNEL

static inline uint64_t ck_conv2d_lines(const ck_conv2d_parameters *p) {
  return p->weight_layout == CK_LAYOUT_CONV_ROW_C4X16 ? p->kernel_h : ck_multiply(p->kernel_h, p->kernel_w);
}
/* Panels of one group; blocks of 64 bytes of one panel and kernel row. */
static inline uint64_t ck_conv2d_group_panels(const ck_conv2d_parameters *p) { return ck_ceil_divide(p->out_c / p->groups, 16); }
static inline uint64_t ck_conv2d_row_blocks(const ck_conv2d_parameters *p) {
  if (p->weight_layout == CK_LAYOUT_CONV_ROW_C4X16) return ck_ceil_divide(ck_multiply(p->kernel_w, p->in_c), 4);
  return ck_multiply(p->kernel_w, ck_ceil_divide(p->in_c / p->groups, 4));
}

#endif
