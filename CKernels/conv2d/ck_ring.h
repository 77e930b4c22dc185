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
/* `scratch` and `ahead` of the operators that read through a ring. */
static inline uint64_t ck_ring_scratch(const ck_instruction *instruction) {
  CK_PARAMETERS(ck_conv2d_parameters, p, instruction);
  return ck_ring_bytes(&p);
}
static inline uint64_t ck_ring_ahead(const ck_instruction *instruction, unsigned input) {
  if (input == 1) return CK_SAME_PLACE; /* the residual */
  CK_PARAMETERS(ck_conv2d_parameters, p, instruction);
  const uint64_t out_pixel = ck_multiply(p.out_c, instruction->flags & CK_FLAG_F32_OUTPUT ? 4 : 1);
  return ck_rows_ahead(
      ck_conv2d_rows(&p), p.batch, CK_ROWS_RING, ck_multiply(p.in_w, p.in_c), ck_multiply(p.out_w, out_pixel), out_pixel);
}

typedef struct ck_ring {
  const uint8_t *input;
  uint8_t *slots;
  size_t slot_bytes, slot_count;
  size_t left_bytes, row_bytes; /* zero points before the image row; the image row */
  size_t pad_top, in_h, out_h, stride_h;
  const uint8_t *image;         /* of the row begun last; NULL before the first */
  size_t end;                   /* padded rows [.., end) of this image have been copied */
  uint8_t zero_point;           /* in the arena's domain */
  uint8_t change;               /* xor of the input's domain and the arena's */
} ck_ring;

/* The ring of a kernel that wants no padding columns: its slots hold nothing yet. */
static inline ck_ring ck_ring_without_borders(const ck_bound *bound, const ck_conv2d_parameters *p) {
  return (ck_ring){
      .input = bound->operand[0],
      .slots = bound->scratch,
      .slot_bytes = (size_t)ck_ring_slot_bytes(p),
      .slot_count = (size_t)ck_axis_span(ck_conv2d_rows(p)),
      .left_bytes = (size_t)p->pad_left * p->in_c,
      .row_bytes = (size_t)p->in_w * p->in_c,
      .pad_top = p->pad_top,
      .in_h = p->in_h,
      .out_h = p->out_h,
      .stride_h = p->stride_h,
      .zero_point = (uint8_t)p->input_zero_point ^ CK_ARENA_XOR,
      .change = bound->operand_xor[0] ^ CK_ARENA_XOR};
}
static inline ck_ring ck_ring_with_borders(ck_ring ring) {
  /* Left and right of the image row each slot stays as it is from here on. */
  const size_t small = 4096; /* one call costs less than two a slot */
  if (ring.slot_count * ring.slot_bytes <= small) {
    __builtin_memset(ring.slots, ring.zero_point, ring.slot_count * ring.slot_bytes);
    return ring;
  }
  for (size_t i = 0; i < ring.slot_count; i++) {
    uint8_t *slot = ring.slots + i * ring.slot_bytes, *right = slot + ring.left_bytes + ring.row_bytes;
    __builtin_memset(slot, ring.zero_point, ring.left_bytes);
    __builtin_memset(right, ring.zero_point, ring.slot_bytes - ring.left_bytes - ring.row_bytes);
  }
  return ring;
}
static inline ck_ring ck_ring_of(const ck_bound *bound, const ck_conv2d_parameters *p) {
  return ck_ring_with_borders(ck_ring_without_borders(bound, p));
}
/* Padded row y, which ck_ring_fill has copied. */
static inline uint8_t *ck_ring_slot(const ck_ring *ring, size_t y) {
  return ring->slots + (uint32_t)y % (uint32_t)ring->slot_count * ring->slot_bytes;
}
static inline const uint8_t *ck_ring_row(const ck_ring *ring, size_t y) { return ck_ring_slot(ring, y); }

/* Without a call where rows are short: most are. The last 16 (8) bytes overlap those before. */
static inline void ck_ring_copy(uint8_t *to, const uint8_t *from, size_t count) {
  if (count > 512) {
    __builtin_memcpy(to, from, count);
  } else if (count >= 16) {
    const uint8_t *const end = from + count;
    for (; end - from > 64; from += 64, to += 64) __builtin_memcpy(to, from, 64);
    for (; end - from > 16; from += 16, to += 16) __builtin_memcpy(to, from, 16);
    __builtin_memcpy(to + (end - from) - 16, end - 16, 16);
  } else if (count >= 8) {
    __builtin_memcpy(to, from, 8);
    __builtin_memcpy(to + count - 8, from + count - 8, 8);
  } else {
    for (size_t i = 0; i < count; i++) to[i] = from[i];
  }
}

/* `count` padded rows, `step` apart, from y on, all within a window: step <= slot_count. */
static inline void ck_ring_rows(const ck_ring *ring, size_t y, size_t step, size_t count, const uint8_t **rows) {
  for (size_t i = 0, slot = (uint32_t)y % (uint32_t)ring->slot_count; i < count; i++) {
    rows[i] = ring->slots + slot * ring->slot_bytes;
    slot += step;
    if (slot >= ring->slot_count) slot -= ring->slot_count;
  }
}

/* Copies what is missing of padded rows [begin, end); end - begin <= slot_count, and begin never decreases within an image. */
static inline void ck_ring_fill(ck_ring *ring, size_t begin, size_t end) {
  for (size_t y = ring->end > begin ? ring->end : begin; y < end; y++) {
    uint8_t *inside = ck_ring_slot(ring, y) + ring->left_bytes;
    if (y < ring->pad_top || y - ring->pad_top >= ring->in_h) {
      __builtin_memset(inside, ring->zero_point, ring->row_bytes);
      continue;
    }
    const uint8_t *row = ring->image + (y - ring->pad_top) * ring->row_bytes;
    if (ring->change == 0) {
      ck_ring_copy(inside, row, ring->row_bytes);
    } else {
      for (size_t i = 0; i < ring->row_bytes; i++) inside[i] = row[i] ^ ring->change;
    }
  }
  if (end > ring->end) ring->end = end;
}

/* Copies the window of output row `row`, counted over all images in ascending order; returns its first padded row. */
static inline size_t ck_ring_begin_row(ck_ring *ring, size_t row) {
  const size_t y = row % ring->out_h * ring->stride_h;
  if (y == 0 || ring->image == NULL) {
    ring->image = ring->input + row / ring->out_h * ring->in_h * ring->row_bytes;
    ring->end = 0;
  }
  ck_ring_fill(ring, y, y + ring->slot_count);
  return y;
}

#endif
