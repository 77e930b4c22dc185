#include "../gemm/ck_tile_avx512.h"
#include "ck_conv2d_lanes.h"
#include "ck_gather_avx512.h"

#if CK_ARCH_X86

/* A kernel of one tap without padding, whose input no output overwrites: pixels are read where they are. */
static bool is_direct(const ck_bound *bound, const ck_conv2d_parameters *p) {
  const uint8_t *in = bound->operand[0], *out = ck_weighted_output(bound);
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

#define NOINLINE __attribute__((noinline)) /* large frames apart */

NOINLINE static enum ck_status by_lanes(const ck_bound *bound, ck_range range, const ck_conv2d_parameters *p, ck_tile_job job) {
  const uint8_t *lines[CK_CONV2D_LINES];
  job.lines = lines;
  ck_ring ring = ck_ring_of(bound, p);
  ck_lanes lanes;
  ck_lanes_prepare(&lanes, &job, (size_t)p->kernel_w * p->in_c, ring.slot_bytes);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    lines_of(p, &ring, row, 1, lines);
    ck_lanes_run__avx512vnni(&lanes, &job, p->out_w);
    ck_tile_advance(&job, (size_t)p->out_w * p->out_c);
  }
  return CK_OK;
}

/* Kernel rows of 4 n + 1 bytes (three inputs, three columns) end in a quad of one byte each: up to four of these are one quad, gathered
 * once for all channels. */
enum { merged_pixels = 128, merged_blocks = 28, merged_rows = 4, merged_lines = 16 };

static bool is_merged(const ck_conv2d_parameters *p, const ck_tile_job *job) {
  const size_t line_bytes = (size_t)p->kernel_w * p->in_c, quads = line_bytes / 4 * p->kernel_h, panels = (job->channels + 15) / 16;
  if (line_bytes % 4 != 1 || p->kernel_h < 2 || p->kernel_h > merged_rows || p->out_w > merged_pixels) return false;
  return quads > 0 && quads <= merged_lines && panels * (quads + 1) <= merged_blocks && ck_gather_takes(job->pixel_bytes);
}

NOINLINE CK_TARGET_AVX512VNNI static enum ck_status by_merged(
    const ck_bound *bound, ck_range range, const ck_conv2d_parameters *p, ck_tile_job job) {
  const uint8_t *rows[merged_rows], *lines[merged_lines];
  const size_t kernel_h = p->kernel_h, whole = (size_t)p->kernel_w * p->in_c / 4, quads = whole * kernel_h;
  const size_t panels = (job.channels + 15) / 16;
  _Alignas(64) uint8_t weights[merged_blocks][64], side[4 * merged_pixels];
  for (size_t panel = 0, block = 0; panel < panels; panel++) {
    __m512i merged = _mm512_setzero_si512();
    for (size_t ky = 0; ky < kernel_h; ky++) {
      const uint8_t *from = job.weights + panel * job.panel_bytes + ky * (whole + 1) * 64;
      for (size_t i = 0; i < whole; i++) _mm512_store_si512(weights[block++], _mm512_loadu_si512(from + 64 * i));
      merged = _mm512_or_si512(merged, _mm512_sll_epi32(_mm512_loadu_si512(from + 64 * whole), _mm_cvtsi32_si128(8 * (int)ky)));
    }
    _mm512_store_si512(weights[block++], merged);
  }
  job.lines = lines, job.line_count = quads, job.line_quads = 1;
  job.weights = weights[0], job.panel_bytes = 64 * (quads + 1);
  job.side = side;
  ck_tile_plan_avx512 plan;
  ck_tile_plan__avx512vnni(&job, p->out_w, &plan);
  const ck_epilogue_avx512 e = ck_epilogue_avx512_of(&job);
  const ck_gather_avx512 gather = ck_gather_avx512_of(job.pixel_bytes);
  ck_ring ring = ck_ring_of(bound, p);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    lines_of(p, &ring, row, 1, rows);
    for (size_t ky = 0, quad = 0; ky < kernel_h; ky++) {
      for (size_t i = 0; i < whole; i++) lines[quad++] = rows[ky] + 4 * i;
    }
    for (size_t pixel = 0; pixel < p->out_w; pixel += 16) {
      const size_t at = pixel * job.pixel_bytes + 4 * whole, readable = ring.slot_bytes - at, left = p->out_w - pixel;
      const __m512i bytes = ck_collected_bytes_avx512(
          &gather, rows, kernel_h, at, ck_first_bytes(readable), readable > 64 ? ck_first_bytes(readable - 64) : 0);
      _mm512_mask_storeu_epi32(side + 4 * pixel, (__mmask16)(left >= 16 ? 0xFFFFu : (1u << left) - 1), bytes);
    }
    for (size_t i = 0; i < plan.count; i++) plan.block[i](&job, plan.grid[i], &e);
    ck_tile_advance(&job, (size_t)p->out_w * p->out_c);
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
      .line_count = kernel_h,
      .pixel_bytes = (size_t)p->stride_w * p->in_c,
      .weights = bound->constant[0] + range.panel_begin * panel_bytes,
      .panel_bytes = panel_bytes,
      .bias = bound->constant[1] + 4 * first,
      .sums = bound->constant[2] + 4 * first,
      .scale = bound->constant[3] + 4 * first,
      .channels = end - first,
      .output_stride_bytes = p->out_c,
      .q = ck_quantization_at(bound->instruction, CK_CONV2D_QUANTIZATION),
      .wide = true};
  if (bound->instruction->flags & CK_FLAG_ADD) job.add = ck_add_at(bound->instruction, CK_CONV2D_QUANTIZATION);
  ck_tile_set_output(&job, bound, (size_t)range.row_begin * p->out_w * p->out_c + first);
  const bool direct = is_direct(bound, p);
  if (!direct && ck_lanes_take(&job, (size_t)p->kernel_w * p->in_c)) return by_lanes(bound, range, p, job);
  if (!direct && is_merged(p, &job)) return by_merged(bound, range, p, job);
  ck_ring ring = {0};
  if (!direct) ring = ck_ring_of(bound, p);
  job.line_count = parts * kernel_h, job.line_quads = line_quads / parts;
  if (direct) job.line_count = 1, job.line_quads = p->in_c / 4, job.tail_bytes = p->in_c % 4;
  ck_tile_plan_avx512 plan;
  ck_tile_plan__avx512vnni(&job, p->out_w, &plan);
  const ck_epilogue_avx512 e = ck_epilogue_avx512_of(&job);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    if (direct) {
      lines[0] = bound->operand[0] + (row / p->out_h * p->in_h + row % p->out_h * p->stride_h) * p->in_w * p->in_c;
    } else {
      lines_of(p, &ring, row, parts, lines);
    }
    for (size_t i = 0; i < plan.count; i++) plan.block[i](&job, plan.grid[i], &e);
    ck_tile_advance(&job, (size_t)p->out_w * p->out_c);
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
