/* conv2d/ck_ring_s16.h - the ring of padded input rows of words: that of ck_ring.h over pixels of twice the bytes, whose zero points are 0. */
#ifndef CK_RING_S16_H
#define CK_RING_S16_H

#include "../quantize/ck_s16.h"
#include "ck_ring.h"

/* The geometry in bytes; in_c <= INT32_MAX, as the checks of the operators demand. */
static inline ck_conv2d_parameters ck_conv2d_in_bytes(const ck_conv2d_parameters *p) {
  ck_conv2d_parameters bytes = *p;
  bytes.in_c *= 2;
  return bytes;
}
static inline uint64_t ck_ring_bytes_s16(const ck_conv2d_parameters *p) {
  const ck_conv2d_parameters bytes = ck_conv2d_in_bytes(p);
  return p->in_c > INT32_MAX ? CK_TOO_LARGE : ck_ring_bytes(&bytes);
}
static inline uint64_t ck_ring_scratch_s16(const ck_instruction *instruction) {
  CK_PARAMETERS(ck_conv2d_parameters, p, instruction);
  return ck_ring_bytes_s16(&p);
}
static inline uint64_t ck_ring_ahead_s16(const ck_instruction *instruction, unsigned input) {
  (void)input;
  CK_PARAMETERS(ck_conv2d_parameters, p, instruction);
  const uint64_t out_pixel = ck_multiply(p.out_c, ck_s16_output_bytes(instruction));
  return ck_rows_ahead(
      ck_conv2d_rows(&p), p.batch, CK_ROWS_RING, ck_multiply3(p.in_w, p.in_c, 2), ck_multiply(p.out_w, out_pixel), out_pixel);
}
static inline ck_ring ck_ring_s16_of(const ck_bound *bound, const ck_conv2d_parameters *p) {
  const ck_conv2d_parameters bytes = ck_conv2d_in_bytes(p);
  ck_ring ring = ck_ring_without_borders(bound, &bytes);
  ring.zero_point = ring.change = 0;
  return ck_ring_with_borders(ring);
}

#endif
