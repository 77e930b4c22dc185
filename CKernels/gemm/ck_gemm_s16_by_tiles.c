#include "ck_tile_s16.h"
#include "gemm_s16_s8c.h"

enum ck_status ck_gemm_s16_by_tiles(const ck_bound *bound, ck_range range, ck_tile_s16_fn run) {
  CK_PARAMETERS(ck_gemm_parameters, p, bound->instruction);
  const size_t panel_bytes = (size_t)ck_ceil_divide(p.k, 4) * 64, first = 16 * (size_t)range.panel_begin;
  const size_t end = 16 * (size_t)range.panel_end < p.n ? 16 * (size_t)range.panel_end : p.n;
  const uint8_t *line = bound->operand[0] + 2 * (size_t)range.row_begin * p.k;
  ck_tile_s16_job job = {
      .lines = &line,
      .line_count = 1,
      .line_quads = p.k / 4,
      .tail_words = p.k % 4,
      .pixel_bytes = 2 * (size_t)p.k,
      .weights = bound->constant[0] + range.panel_begin * panel_bytes,
      .panel_bytes = panel_bytes,
      .sums = bound->constant[2] + 4 * first,
      .channels = end - first,
      .sink = ck_sink_of(bound, CK_GEMM_S16_QUANTIZATION),
      .output_index = (size_t)range.row_begin * p.n + first,
      .output_stride = p.n};
  job.sink.bias += 8 * first;
  job.sink.scale += 4 * first;
  run(&job, range.row_end - range.row_begin);
  return CK_OK;
}
