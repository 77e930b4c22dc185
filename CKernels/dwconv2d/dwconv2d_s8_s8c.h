/* dwconv2d/dwconv2d_s8_s8c.h - depthwise convolution, s8 x s8 per channel, weights [N/16][ceil(KH/4)][KW][16][4], the four bytes four
 * kernel rows; output channel n reads input channel n / multiplier.
 *
 * Rows are output rows of all images, panels 16 output channels. Input rows are read once, through the ring in scratch. */
#ifndef CK_DWCONV2D_S8_S8C_H
#define CK_DWCONV2D_S8_S8C_H

#include "../conv2d/ck_ring.h"
#include "../quantize/ck_requantize.h"

enum ck_dwconv2d_traits {
  CK_TRAIT_MULTIPLIER = 1 << 8,  /* more than one output channel an input channel */
  CK_TRAIT_MANY_BLOCKS = 1 << 9, /* a window of more than CK_DWCONV2D_BLOCKS weight blocks */
  CK_TRAIT_FEW_LANES = 1 << 10,  /* one panel of channels that fills no wide vector: any kernel could, not each should */
  CK_TRAIT_TALL = 1 << 11        /* a window of more than 4 * CK_DWCONV2D_GROUPS rows */
};
/* The traits of the fast kernels. */
#define CK_DW_TRAITS (CK_TRAIT_WEIGHT_ZERO_POINT | CK_TRAIT_FULL_RANGE | CK_TRAIT_LARGE_SCALE | CK_TRAIT_F32_OUTPUT)
/* Weight blocks of a panel that a fast kernel keeps on its stack: 3x3 has 3, 5x5 has 10. */
#define CK_DWCONV2D_BLOCKS 10
/* Groups of four kernel rows that a fast kernel keeps pointers to. */
#define CK_DWCONV2D_GROUPS 10

#define CK_DWCONV2D_QUANTIZATION offsetof(ck_conv2d_parameters, input_zero_point)

#define CK_KERNEL CK_DECLARE_KERNEL
#include "dwconv2d_s8_s8c.inc"
#undef CK_KERNEL

/* 1 in the bytes of group `group` of four kernel rows that are rows, 0 in those past the last: times a column, the sum of its taps. */
static inline uint32_t ck_dw_ones(size_t kernel_h, size_t group) {
  const size_t rows = kernel_h - 4 * group;
  return rows >= 4 ? 0x01010101u : 0x01010101u >> (8 * (4 - rows));
}

/* Blocks of 64 bytes of one panel. */
static inline uint64_t ck_dwconv2d_panel_blocks(const ck_conv2d_parameters *p) {
  return ck_multiply(ck_ceil_divide(p->kernel_h, 4), p->kernel_w);
}

/* Whether a row of outputs is a line of out_w * channels lanes, each of which finds its taps at the same distances: narrow layers whose
 * channels divide a vector. */
static inline bool ck_dwconv2d_is_line(const ck_conv2d_parameters *p) {
  return p->stride_w == 1 && p->in_c <= 16 && (p->in_c & (p->in_c - 1)) == 0;
}

/* Whether neighbouring outputs share interleaved columns of input: three kernel columns side by side and at most three rows. */
static inline bool ck_dwconv2d_slides(const ck_conv2d_parameters *p) {
  return p->kernel_w == 3 && p->kernel_h <= 3 && p->dilation_w == 1 && p->stride_h <= 2 && p->stride_w <= 2 && p->weight_zero_point == 0;
}

#endif
