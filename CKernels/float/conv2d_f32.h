/* float/conv2d_f32.h - which way a CONV2D_F32 goes, and the band of windows that fast programs lay out in scratch. */
#ifndef CK_CONV2D_F32_H
#define CK_CONV2D_F32_H

#include "ck_f32.h"

#include "../check/ck_window.h"

#define CK_BAND_BYTES (256u << 10)

static inline bool ck_is_pointwise(const ck_conv2d_parameters *p) {
  return p->kernel_h == 1 && p->kernel_w == 1 && p->stride_h == 1 && p->stride_w == 1 && p->pad_top == 0 && p->pad_left == 0 &&
         p->out_h == p->in_h && p->out_w == p->in_w;
}
static inline bool ck_needs_windows(const ck_instruction *instruction) { return ck_is_fast(instruction) && !ck_is_pointwise((const ck_conv2d_parameters *)instruction->parameters); }

static inline uint64_t ck_window_floats(const ck_conv2d_parameters *p) {
  return p->groups == 0 ? CK_TOO_LARGE : ck_multiply3(p->kernel_h, p->kernel_w, p->in_c / p->groups);
}
/* Output pixels whose windows fit into the band; at least one. */
static inline uint64_t ck_band_pixels(const ck_conv2d_parameters *p) {
  const uint64_t window = ck_multiply(ck_window_floats(p), 4), pixels = ck_multiply3(p->batch, p->out_h, p->out_w);
  const uint64_t fitting = window == 0 || window > CK_BAND_BYTES ? 1 : CK_BAND_BYTES / window;
  return fitting < pixels ? fitting : pixels;
}

#endif
