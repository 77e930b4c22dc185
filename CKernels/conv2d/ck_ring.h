/* conv2d/ck_ring.h - the ring of padded input rows in scratch that convolutions read.
 *
 * A slot is one input row with its left and right padding as zero points, in the arena's domain, and CK_RING_SLACK bytes that a kernel may
 * read past it (they meet zero weights). Rows above and below the image are slots of zero points. Each row is copied once, before the
 * first pixel of the first output row that needs it is written: therefore an output may overlap rows already copied (CK_ROWS_RING). */
#ifndef CK_RING_H
#define CK_RING_H

#include "../check/ck_window.h"

#define CK_RING_SLACK 64

static inline uint64_t ck_ring_slot_bytes(const ck_conv2d_parameters *p) {
  return ck_round_up(ck_add(ck_multiply(ck_axis_padded(ck_conv2d_columns(p)), p->in_c), CK_RING_SLACK), 16);
}
/* Scratch of a convolution: as many slots as a window spans rows. */
static inline uint64_t ck_ring_bytes(const ck_conv2d_parameters *p) {
  if (!ck_axis_is_legal(ck_conv2d_rows(p)) || !ck_axis_is_legal(ck_conv2d_columns(p))) return CK_TOO_LARGE;
  return ck_multiply(ck_axis_span(ck_conv2d_rows(p)), ck_ring_slot_bytes(p));
}

typedef struct ck_ring {
  uint8_t *slots;
  size_t slot_bytes, slot_count;
  size_t left_bytes, row_bytes; /* zero points before the image row; the image row */
  size_t pad_top, in_h;
  const uint8_t *image;
  size_t end;                   /* padded rows [.., end) of this image have been copied */
  uint8_t zero_point;           /* in the arena's domain */
  uint8_t change;               /* xor of the input's domain and the arena's */
} ck_ring;

static inline ck_ring ck_ring_of(const ck_bound *bound, const ck_conv2d_parameters *p) {
  return (ck_ring){
      .slots = bound->scratch,
      .slot_bytes = (size_t)ck_ring_slot_bytes(p),
      .slot_count = (size_t)ck_axis_span(ck_conv2d_rows(p)),
      .left_bytes = (size_t)p->pad_left * p->in_c,
      .row_bytes = (size_t)p->in_w * p->in_c,
      .pad_top = p->pad_top,
      .in_h = p->in_h,
      .zero_point = (uint8_t)p->input_zero_point ^ CK_ARENA_XOR,
      .change = bound->operand_xor[0] ^ CK_ARENA_XOR};
}
static inline void ck_ring_begin_image(ck_ring *ring, const uint8_t *image) {
  ring->image = image;
  ring->end = 0;
}
/* Padded row y, which ck_ring_fill has copied. */
static inline const uint8_t *ck_ring_row(const ck_ring *ring, size_t y) { return ring->slots + y % ring->slot_count * ring->slot_bytes; }

/* Copies what is missing of padded rows [begin, end); end - begin <= slot_count, and begin never decreases within an image. */
static inline void ck_ring_fill(ck_ring *ring, size_t begin, size_t end) {
  for (size_t y = ring->end > begin ? ring->end : begin; y < end; y++) {
    uint8_t *slot = ring->slots + y % ring->slot_count * ring->slot_bytes;
    if (y < ring->pad_top || y - ring->pad_top >= ring->in_h) {
      __builtin_memset(slot, ring->zero_point, ring->slot_bytes);
      continue;
    }
    const uint8_t *row = ring->image + (y - ring->pad_top) * ring->row_bytes;
    uint8_t *inside = slot + ring->left_bytes;
    __builtin_memset(slot, ring->zero_point, ring->left_bytes);
    if (ring->change == 0) {
      __builtin_memcpy(inside, row, ring->row_bytes);
    } else {
      for (size_t i = 0; i < ring->row_bytes; i++) inside[i] = row[i] ^ ring->change;
    }
    __builtin_memset(inside + ring->row_bytes, ring->zero_point, ring->slot_bytes - ring->left_bytes - ring->row_bytes);
  }
  if (end > ring->end) ring->end = end;
}

#endif
