#include "../gemm/ck_tile.h"
#include "conv2d_s8_s8c.h"

/* First layers of one channel: a kernel row is one or two quads, so short that beginning its line costs more than its products. Each pixel's
 * window is gathered into one line instead, in the order of the weights, once for all panels. What lies past a kernel row meets zero weights. */
enum { patch_pixels = 12, patch_quads = 32 };

#if !CK_SMALL
bool ck_conv2d_takes_patches(const ck_bound *bound) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const uint64_t quads = ck_conv2d_row_blocks(&p);
  if (p.weight_layout != CK_LAYOUT_CONV_ROW_C4X16 || p.weight_zero_point != 0) return false;
  return p.kernel_h >= 2 && quads <= 2 && p.kernel_h * quads <= patch_quads;
}

/* `bytes`, a constant where this is inlined, of `count` pixels. */
static inline __attribute__((always_inline)) void gather(
    uint8_t *to, size_t to_step, const uint8_t *from, size_t from_step, size_t bytes, size_t count) {
  for (; count >= 4; count -= 4, to += 4 * to_step, from += 4 * from_step) {
    __builtin_memcpy(to, from, bytes);
    __builtin_memcpy(to + to_step, from + from_step, bytes);
    __builtin_memcpy(to + 2 * to_step, from + 2 * from_step, bytes);
    __builtin_memcpy(to + 3 * to_step, from + 3 * from_step, bytes);
  }
  for (; count > 0; count--, to += to_step, from += from_step) __builtin_memcpy(to, from, bytes);
}

enum ck_status ck_conv2d_by_patches(const ck_bound *bound, ck_range range, ck_tile_run_fn run) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const uint16_t flags = bound->instruction->flags;
  const size_t element = flags & CK_FLAG_F32_OUTPUT ? 4 : 1, first = 16 * (size_t)range.panel_begin;
  const size_t end = 16 * (size_t)range.panel_end < p.out_c ? 16 * (size_t)range.panel_end : p.out_c;
  const size_t row_quads = (size_t)ck_conv2d_row_blocks(&p), quads = p.kernel_h * row_quads, step = (size_t)p.stride_w * p.in_c;
  if (first >= end) return CK_OK;
  uint8_t patches[patch_pixels * patch_quads * 4];
  const uint8_t *line = patches;
  ck_tile_job job = {
      .lines = &line,
      .line_count = 1,
      .line_quads = quads,
      .line_bytes = 4 * quads,
      .pixel_bytes = 4 * quads,
      .weights = bound->constant[0] + range.panel_begin * quads * 64,
      .panel_bytes = quads * 64,
      .bias = bound->constant[1] + 4 * first,
      .sums = bound->constant[2] + 4 * first,
      .scale = bound->constant[3] + 4 * first,
      .channels = end - first,
      .output_stride_bytes = p.out_c * element,
      .q = ck_quantization_at(bound->instruction, CK_CONV2D_QUANTIZATION),
      .wide = (flags & (CK_FLAG_F32_OUTPUT | CK_FLAG_LARGE_SCALE)) == 0,
      .f32 = (flags & CK_FLAG_F32_OUTPUT) != 0,
      .full_range = (flags & CK_FLAG_FULL_RANGE) != 0};
  if (flags & CK_FLAG_ADD) job.add = ck_add_at(bound->instruction, CK_CONV2D_QUANTIZATION);
  const size_t chunks = ((size_t)p.out_w + patch_pixels - 1) / patch_pixels;
  ck_ring ring = ck_ring_of(bound, &p);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t y = ck_ring_begin_row(&ring, row);
    for (size_t x = 0, left = chunks; left > 0; left--) {
      const size_t count = (p.out_w - x) / left;
      for (size_t ky = 0, slot = y % ring.slot_count; ky < p.kernel_h; ky++) {
        const uint8_t *from = ring.slots + slot * ring.slot_bytes + x * step;
        if (row_quads == 1) gather(patches + 4 * ky, 4 * quads, from, step, 4, count);
        else gather(patches + 8 * ky, 4 * quads, from, step, 8, count);
        slot += p.dilation_h;
        if (slot >= ring.slot_count) slot -= ring.slot_count;
      }
      ck_tile_set_output(&job, bound, ((row * p.out_w + x) * p.out_c + first) * element);
      run(&job, count);
      x += count;
    }
  }
  return CK_OK;
}
#endif
