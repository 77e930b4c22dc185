/* conv2d/conv2d_s16_s8c.h - convolution, s16 x s8 per channel, weights CONV_ROW_C4X16 or CONV_TAP_C4X16 (ck/parameters.h).
 *
 * Rows are output rows of all images, panels 16 channels of one group. Input rows are read once, through the ring in scratch. */
#ifndef CK_CONV2D_S16_S8C_H
#define CK_CONV2D_S16_S8C_H

#include "../quantize/ck_weighted_s16.h"
#include "conv2d_s8_s8c.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "conv2d_s16_s8c.inc"
#undef CK_KERNEL

#endif
