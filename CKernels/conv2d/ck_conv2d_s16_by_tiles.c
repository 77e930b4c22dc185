#include "../gemm/ck_tile_s16.h"
#include "ck_ring_s16.h"
#include "conv2d_s16_s8c.h"

/* The lines of the window rows that start at padded row y: kernel rows, or taps of one group. */
static size_t lines_of(const ck_conv2d_parameters *p, const ck_ring *ring, size_t y, size_t group, const uint8_t *lines[CK_CONV2D_LINES]) {
  size_t count = 0;
  const size_t group_channels = p->in_c / p->groups;
  for (size_t ky = 0; ky < p->kernel_h; ky++) {
    const uint8_t *row = ck_ring_row(ring, y + ky * p->dilation_h);
    if (p->weight_layout == CK_LAYOUT_CONV_ROW_C4X16) {
      lines[count++] = row;
      continue;
    }
    for (size_t kx = 0; kx < p->kernel_w; kx++) lines[count++] = row + 2 * (kx * p->dilation_w * p->in_c + group * group_channels);
  }
  return count;
}

enum ck_status ck_conv2d_s16_by_tiles(const ck_bound *bound, ck_range range, ck_tile_s16_fn run) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const size_t group_panels = (size_t)ck_conv2d_group_panels(&p), group_outputs = p.out_c / p.groups;
  const size_t panel_bytes = (size_t)ck_conv2d_row_blocks(&p) * 64 * p.kernel_h;
  const bool by_row = p.weight_layout == CK_LAYOUT_CONV_ROW_C4X16;
  const size_t line_words = by_row ? (size_t)p.kernel_w * p.in_c : p.in_c / p.groups;
  const uint8_t *lines[CK_CONV2D_LINES];
  const ck_sink sink = ck_sink_of(bound, CK_CONV2D_QUANTIZATION);
  ck_tile_s16_job job = {
      .lines = lines,
      .line_quads = (line_words + 3) / 4, /* past the end: slack, zero weights */
      .pixel_bytes = 2 * (size_t)p.stride_w * p.in_c,
      .panel_bytes = panel_bytes,
      .sink = sink,
      .output_stride = p.out_c};
  ck_ring ring = ck_ring_s16_of(bound, &p);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t y = ck_ring_begin_row(&ring, row);
    for (size_t panel = range.panel_begin; panel < range.panel_end;) {
      const size_t group = panel / group_panels, group_end = (group + 1) * group_panels;
      const size_t end = group_end < range.panel_end ? group_end : range.panel_end, first = panel % group_panels * 16;
      const size_t last = first + 16 * (end - panel) < group_outputs ? first + 16 * (end - panel) : group_outputs;
      if (panel == range.panel_begin || p.groups > 1) job.line_count = lines_of(&p, &ring, y, group, lines);
      job.weights = bound->constant[0] + panel * panel_bytes;
      job.sums = bound->constant[2] + 64 * panel;
      job.sink.bias = sink.bias + 128 * panel;
      job.sink.scale = sink.scale + 64 * panel;
      job.channels = last - first;
      job.output_index = row * p.out_w * p.out_c + group * group_outputs + first;
      run(&job, p.out_w);
      panel = end;
    }
  }
  return CK_OK;
}
