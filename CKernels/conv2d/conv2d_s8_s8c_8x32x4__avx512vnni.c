#include "../gemm/ck_tile_avx512.h"
#include "ck_conv2d_lanes.h"

#if CK_ARCH_X86

/* A kernel of one tap without padding, whose input no output overwrites: pixels are read where they are. */
static bool is_direct(const ck_bound *bound, const ck_conv2d_parameters *p) {
  const uint8_t *in = bound->operand[0], *out = bound->operand[1];
  if (p->kernel_h != 1 || p->kernel_w != 1 || p->pad_top != 0 || p->pad_left != 0 || bound->operand_xor[0] != CK_ARENA_XOR) return false;
  if ((p->out_h - 1) * (uint64_t)p->stride_h >= p->in_h || (p->out_w - 1) * (uint64_t)p->stride_w >= p->in_w) return false;
  const size_t inputs = (size_t)p->batch * p->in_h * p->in_w * p->in_c, outputs = (size_t)p->batch * p->out_h * p->out_w * p->out_c;
  return in + inputs <= out || out + outputs <= in;
}

/* The window of an output row; lines of two quads (`parts`) as two of one. */
static void lines_of(const ck_conv2d_parameters *p, ck_ring *ring, size_t row, size_t parts, const uint8_t **lines) {
  const size_t y = ck_ring_begin_row(ring, row);
  ck_ring_rows(ring, y, p->dilation_h, p->kernel_h, lines);
  for (size_t i = p->kernel_h; parts == 2 && i-- > 0;) {
    lines[2 * i + 1] = lines[i] + 4;
    lines[2 * i] = lines[i];
  }
}

CK_TARGET_AVX512VNNI static enum ck_status by_lanes(
    ck_range range, const ck_conv2d_parameters *p, ck_tile_job *job, const uint8_t **lines, ck_ring *ring) {
  ck_lanes lanes;
  ck_lanes_prepare(&lanes, job, (size_t)p->kernel_w * p->in_c, ring->slot_bytes);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    lines_of(p, ring, row, 1, lines);
    ck_lanes_run__avx512vnni(&lanes, job, p->out_w);
    job->output += (size_t)p->out_w * p->out_c;
  }
  return CK_OK;
}

/* One group, weights by kernel rows: what a row of pixels runs is chosen once. */
CK_TARGET_AVX512VNNI static enum ck_status by_rows(const ck_bound *bound, ck_range range, const ck_conv2d_parameters *p) {
  const size_t kernel_h = p->kernel_h, panel_bytes = (size_t)ck_conv2d_row_blocks(p) * 64 * kernel_h;
  const size_t first = 16 * (size_t)range.panel_begin, last = 16 * (size_t)range.panel_end, end = last < p->out_c ? last : p->out_c;
  if (first >= end) return CK_OK;
  const uint8_t *lines[CK_CONV2D_LINES];
  /* Short lines are a list of quads. */
  const size_t line_quads = ((size_t)p->kernel_w * p->in_c + 3) / 4, parts = line_quads == 2 && kernel_h <= CK_CONV2D_LINES / 2 ? 2 : 1;
  ck_tile_job job = {
      .lines = lines,
      .line_count = kernel_h * parts,
      .line_quads = line_quads / parts,
      .pixel_bytes = (size_t)p->stride_w * p->in_c,
      .weights = bound->constant[0] + range.panel_begin * panel_bytes,
      .panel_bytes = panel_bytes,
      .bias = bound->constant[1] + 4 * first,
      .sums = bound->constant[2] + 4 * first,
      .scale = bound->constant[3] + 4 * first,
      .channels = end - first,
      .output = bound->operand[1] + (size_t)range.row_begin * p->out_w * p->out_c + first,
      .output_stride_bytes = p->out_c,
      .q = ck_quantization_at(bound->instruction, CK_CONV2D_QUANTIZATION),
      .wide = true};
  const bool direct = is_direct(bound, p);
  if (direct) job.line_count = 1, job.line_quads = p->in_c / 4, job.tail_bytes = p->in_c % 4;
  ck_ring ring = {0};
  if (!direct) ring = ck_ring_of(bound, p);
  ck_tile_job whole_lines = job;
  whole_lines.line_count = kernel_h;
  if (!direct && ck_lanes_take(&whole_lines, (size_t)p->kernel_w * p->in_c)) return by_lanes(range, p, &whole_lines, lines, &ring);
  ck_tile_plan_avx512 plan;
  ck_tile_plan__avx512vnni(&job, p->out_w, &plan);
  const ck_epilogue_avx512 e = ck_epilogue_avx512_of(&job.q);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    if (direct) {
      lines[0] = bound->operand[0] + (row / p->out_h * p->in_h + row % p->out_h * p->stride_h) * p->in_w * p->in_c;
    } else {
      lines_of(p, &ring, row, parts, lines);
    }
    for (size_t i = 0; i < plan.count; i++) plan.block[i](&job, plan.grid[i], &e);
    job.output += (size_t)p->out_w * p->out_c;
  }
  return CK_OK;
}

enum ck_status ck_conv2d_s8_s8c_8x32x4__avx512vnni(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const bool plain = (bound->instruction->flags & (CK_FLAG_F32_OUTPUT | CK_FLAG_LARGE_SCALE)) == 0 && p.weight_zero_point == 0;
  if (plain && p.weight_layout == CK_LAYOUT_CONV_ROW_C4X16) return by_rows(bound, range, &p);
  return ck_conv2d_by_tiles(bound, range, ck_tile_run__avx512vnni);
}

#endif
