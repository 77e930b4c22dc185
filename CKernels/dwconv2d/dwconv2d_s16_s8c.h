/* dwconv2d/dwconv2d_s16_s8c.h - depthwise convolution, s16 x s8 per channel, weights [N/16][ceil(KH/4)][KW][16][4], the four bytes four
 * kernel rows; output channel n reads input channel n / multiplier.
 *
 * Rows are output rows of all images, panels 16 output channels. Input rows are read once, through the ring in scratch. */
#ifndef CK_DWCONV2D_S16_S8C_H
#define CK_DWCONV2D_S16_S8C_H

#include "../conv2d/ck_ring_s16.h"
#include "../quantize/ck_weighted_s16.h"
#include "dwconv2d_s8_s8c.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "dwconv2d_s16_s8c.inc"
#undef CK_KERNEL

#endif
