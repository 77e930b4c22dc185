#include "ck_tile.h"
#include "gemm_s8_s8c.h"

const int32_t *ck_tile_offsets(const ck_tile_job *job, size_t pixel, size_t count, int32_t offsets[ck_tile_max_pixels]) {
  static const int32_t none[ck_tile_max_pixels];
  const uint32_t weight_zero_point = (uint32_t)job->q.weight_zero_point;
  if (weight_zero_point == 0) return none;
  const uint32_t bytes = (uint32_t)(job->line_count * job->line_bytes);
  for (size_t i = 0; i < count; i++) {
    uint32_t sum = 0;
    for (size_t line = 0; line < job->line_count; line++) {
      const uint8_t *x = job->lines[line] + (pixel + i) * job->pixel_bytes;
      for (size_t at = 0; at < job->line_bytes; at++) sum += CK_ARENA_XOR ? (uint32_t)x[at] : (uint32_t)(int8_t)x[at];
    }
    offsets[i] = (int32_t)(weight_zero_point * (sum - bytes * (uint32_t)ck_tile_zero_point(job)));
  }
  return offsets;
}

enum ck_status ck_gemm_by_tiles(const ck_bound *bound, ck_range range, ck_tile_run_fn run) {
  CK_PARAMETERS(ck_gemm_parameters, p, bound->instruction);
  const uint16_t flags = bound->instruction->flags;
  const bool f32 = (flags & CK_FLAG_F32_OUTPUT) != 0;
  const size_t panel_bytes = (size_t)ck_ceil_divide(p.k, 4) * 64, element = f32 ? 4 : 1, first = 16 * (size_t)range.panel_begin;
  const size_t end = 16 * (size_t)range.panel_end < p.n ? 16 * (size_t)range.panel_end : p.n;
  if (first >= end) return CK_OK;
  const uint8_t *line = bound->operand[0] + (size_t)range.row_begin * p.k;
  ck_tile_job job = {
      .lines = &line,
      .line_count = 1,
      .line_quads = p.k / 4,
      .tail_bytes = p.k % 4,
      .line_bytes = p.k,
      .pixel_bytes = p.k,
      .weights = bound->constant[0] + range.panel_begin * panel_bytes,
      .panel_bytes = panel_bytes,
      .bias = bound->constant[1] + 4 * first,
      .sums = bound->constant[2] + 4 * first,
      .scale = bound->constant[3] + 4 * first,
      .channels = end - first,
      .output_stride_bytes = p.n * element,
      .q = ck_quantization_at(bound->instruction, CK_GEMM_QUANTIZATION),
      .wide = (flags & (CK_FLAG_F32_OUTPUT | CK_FLAG_LARGE_SCALE)) == 0,
      .f32 = f32,
      .full_range = (flags & CK_FLAG_FULL_RANGE) != 0};
  if (flags & CK_FLAG_ADD) job.add = ck_add_at(bound->instruction, CK_GEMM_QUANTIZATION);
  ck_tile_set_output(&job, bound, ((size_t)range.row_begin * p.n + first) * element);
  run(&job, range.row_end - range.row_begin);
  return CK_OK;
}
