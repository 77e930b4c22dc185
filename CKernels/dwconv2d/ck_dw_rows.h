/* dwconv2d/ck_dw_rows.h - where the kernels that need no padding columns read their rows of input. */
#ifndef CK_DW_ROWS_H
#define CK_DW_ROWS_H

#include "dwconv2d_s8_s8c.h"

/* Where rows of the input are read: in place as long as the output leaves them alone, then from copies in the ring's slots. Padding columns are
 * nowhere; padding rows are slots of zero points. */
typedef struct ck_dw_row_source {
  ck_ring ring;
  size_t out_row_bytes;
  uintptr_t output;   /* its first row */
  uintptr_t image_output, row_end; /* the first row of the image in work; the end of the row in work */
  size_t fresh;       /* padded rows from here on were copied for it */
  bool apart;         /* the output overlaps no input: every row is read in place, and the first slot is the padding row */
  const uint8_t *last; /* the last row of the input where it is read from a copy, since reads go past rows; else NULL */
} ck_dw_row_source;

static inline bool ck_dw_is_inside(const ck_ring *ring, size_t y) { return y >= ring->pad_top && y - ring->pad_top < ring->in_h; }
static inline const uint8_t *ck_dw_in_place(const ck_ring *ring, size_t y) { return ring->image + (y - ring->pad_top) * ring->row_bytes; }
/* Whether padded row y is overwritten before the last output row that needs it is done; strides are 1 or 2. */
static inline bool ck_dw_needs_copy(const ck_dw_row_source *source, size_t y) {
  const ck_ring *ring = &source->ring;
  const size_t needed = y >> (ring->stride_h - 1), last = needed < ring->out_h ? needed : ring->out_h - 1;
  const uint8_t *row = ck_dw_in_place(ring, y);
  return ring->change != 0 || row == source->last || (uintptr_t)row < source->image_output + (last + 1) * source->out_row_bytes;
}

/* Copies a row of input, each byte xor `change`. */
typedef void (*ck_dw_copy_fn)(uint8_t *to, const uint8_t *from, size_t bytes, uint8_t change);
/* As ck_ring_begin_row: `row` counts over all images in ascending order, but where the output lies apart. */
static inline void ck_dw_begin_row(ck_dw_row_source *source, size_t row, ck_dw_copy_fn copy) {
  ck_ring *ring = &source->ring;
  const size_t image = row / ring->out_h, out_y = row % ring->out_h, y = out_y * ring->stride_h;
  if (out_y == 0 || ring->image == NULL || source->apart) {
    ring->image = ring->input + image * ring->in_h * ring->row_bytes;
    source->image_output = source->output + image * ring->out_h * source->out_row_bytes;
    ring->end = 0;
  }
  if (source->apart) return;
  source->row_end = source->image_output + (out_y + 1) * source->out_row_bytes;
  source->fresh = ring->end > y ? ring->end : y;
  for (size_t at = source->fresh; at < y + ring->slot_count; at++) {
    uint8_t *slot = ck_ring_slot(ring, at);
    if (!ck_dw_is_inside(ring, at)) __builtin_memset(slot, ring->zero_point, ring->row_bytes);
    else if (ck_dw_needs_copy(source, at)) copy(slot, ck_dw_in_place(ring, at), ring->row_bytes, ring->change);
  }
  ring->end = y + ring->slot_count;
}

/* Column 0 of padded row y, y in the window of the row begun last. A copy is left alone while its stores are under way, where the row itself is
 * still there. */
static inline const uint8_t *ck_dw_row_at(const ck_dw_row_source *source, size_t y) {
  const ck_ring *ring = &source->ring;
  if (!ck_dw_is_inside(ring, y)) return source->apart ? ring->slots : ck_ring_row(ring, y);
  const uint8_t *row = ck_dw_in_place(ring, y);
  if (source->apart) return row == source->last ? ring->slots + ring->slot_bytes : row;
  if (!ck_dw_needs_copy(source, y)) return row;
  const bool is_there = ring->change == 0 && row != source->last && y >= source->fresh && (uintptr_t)row >= source->row_end;
  return is_there ? row : ck_ring_row(ring, y);
}

/* `over_reads`: the kernel reads behind a row, less than another row and at most CK_RING_SLACK bytes; then the ring has two slots or more. */
static inline ck_dw_row_source ck_dw_row_source_of(const ck_bound *bound, const ck_conv2d_parameters *p, size_t element, bool over_reads) {
  ck_dw_row_source source = {
      .ring = ck_ring_without_borders(bound, p), .out_row_bytes = (size_t)p->out_w * p->out_c * element, .output = (uintptr_t)bound->operand[1]};
  const size_t in = p->batch * p->in_h * source.ring.row_bytes, out = p->batch * p->out_h * source.out_row_bytes;
  const uintptr_t first = (uintptr_t)bound->operand[0], second = source.output;
  source.apart = source.ring.change == 0 && (first + in <= second || second + out <= first);
  if (over_reads) source.last = bound->operand[0] + in - source.ring.row_bytes;
  if (source.apart) {
    __builtin_memset(source.ring.slots, source.ring.zero_point, source.ring.row_bytes);
    if (over_reads) __builtin_memcpy(source.ring.slots + source.ring.slot_bytes, source.last, source.ring.row_bytes);
  }
  return source;
}

/* Input bytes that the blocks of channels go over one after the other. */
enum { ck_dw_band_bytes = 1 << 17 };
/* Rows of output whose input that is; where the output overlaps it, rows go one by one. */
static inline size_t ck_dw_band(const ck_dw_row_source *source) {
  const size_t bytes = source->ring.row_bytes * source->ring.stride_h;
  return source->apart && bytes < ck_dw_band_bytes ? ck_dw_band_bytes / bytes : 1;
}

#endif
