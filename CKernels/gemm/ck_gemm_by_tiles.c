#include "ck_tile.h"
#include "gemm_s8_s8c.h"

enum ck_status ck_gemm_by_tiles(const ck_bound *bound, ck_range range, ck_tile_run_fn run) {
  CK_PARAMETERS(ck_gemm_parameters, p, bound->instruction);
  const uint16_t flags = bound->instruction->flags;
  const bool f32 = (flags & CK_FLAG_F32_OUTPUT) != 0;
  const size_t panel_bytes = (size_t)ck_ceil_divide(p.k, 4) * 64, element = f32 ? 4 : 1, first = 16 * (size_t)range.panel_begin;
  const size_t end = 16 * (size_t)range.panel_end < p.n ? 16 * (size_t)range.panel_end : p.n;
  const uint8_t *line = bound->operand[0] + (size_t)range.row_begin * p.k;
  const ck_tile_job job = {
      .lines = &line,
      .line_count = 1,
      .line_quads = p.k / 4,
      .tail_bytes = p.k % 4,
      .pixel_bytes = p.k,
      .weights = bound->constant[0] + range.panel_begin * panel_bytes,
      .panel_bytes = panel_bytes,
      .bias = bound->constant[1] + 4 * first,
      .sums = bound->constant[2] + 4 * first,
      .scale = bound->constant[3] + 4 * first,
      .channels = end - first,
      .output = bound->operand[1] + ((size_t)range.row_begin * p.n + first) * element,
      .output_stride_bytes = p.n * element,
      .q = ck_quantization_at(bound->instruction, CK_GEMM_QUANTIZATION),
      .wide = (flags & (CK_FLAG_F32_OUTPUT | CK_FLAG_LARGE_SCALE)) == 0,
      .f32 = f32};
  run(&job, range.row_end - range.row_begin);
  return CK_OK;
}
