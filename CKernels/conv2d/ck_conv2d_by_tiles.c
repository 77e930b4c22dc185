#include "../gemm/ck_tile.h"
#include "conv2d_s8_s8c.h"

/* The lines of the window rows that start at padded row y: kernel rows, or taps of one group. */
static void lines_of(const ck_conv2d_parameters *p, const ck_ring *ring, size_t y, size_t group, const uint8_t *lines[CK_CONV2D_LINES]) {
  if (p->weight_layout == CK_LAYOUT_CONV_ROW_C4X16) {
    ck_ring_rows(ring, y, p->dilation_h, p->kernel_h, lines);
    return;
  }
  size_t count = 0;
  const size_t group_channels = p->in_c / p->groups;
  for (size_t ky = 0; ky < p->kernel_h; ky++) {
    const uint8_t *row = ck_ring_row(ring, y + ky * p->dilation_h) + group * group_channels;
    for (size_t kx = 0; kx < p->kernel_w; kx++) lines[count++] = row + kx * p->dilation_w * p->in_c;
  }
}

enum ck_status ck_conv2d_by_tiles(const ck_bound *bound, ck_range range, ck_tile_run_fn run) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const uint16_t flags = bound->instruction->flags;
  const bool f32 = (flags & CK_FLAG_F32_OUTPUT) != 0, by_row = p.weight_layout == CK_LAYOUT_CONV_ROW_C4X16;
  const size_t group_panels = (size_t)ck_conv2d_group_panels(&p), group_outputs = p.out_c / p.groups, element = f32 ? 4 : 1;
  const size_t panel_bytes = (size_t)ck_conv2d_row_blocks(&p) * 64 * p.kernel_h;
  const size_t line_bytes = by_row ? (size_t)p.kernel_w * p.in_c : p.in_c / p.groups;
  const uint8_t *lines[CK_CONV2D_LINES];
  ck_tile_job job = {
      .lines = lines,
      .line_count = (size_t)ck_conv2d_lines(&p),
      .line_quads = (line_bytes + 3) / 4, /* past the end: slack, zero weights */
      .line_bytes = line_bytes,
      .line_slack = true,
      .pixel_bytes = (size_t)p.stride_w * p.in_c,
      .panel_bytes = panel_bytes,
      .output_stride_bytes = p.out_c * element,
      .q = ck_quantization_at(bound->instruction, CK_CONV2D_QUANTIZATION),
      .wide = (flags & (CK_FLAG_F32_OUTPUT | CK_FLAG_LARGE_SCALE)) == 0,
      .f32 = f32,
      .full_range = (flags & CK_FLAG_FULL_RANGE) != 0};
  if (flags & CK_FLAG_ADD) job.add = ck_add_at(bound->instruction, CK_CONV2D_QUANTIZATION);
  const size_t row_bytes = p.out_w * p.out_c * element;
  ck_ring ring = ck_ring_of(bound, &p);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t y = ck_ring_begin_row(&ring, row);
    for (size_t panel = range.panel_begin; panel < range.panel_end;) {
      const size_t group = p.groups == 1 ? 0 : panel / group_panels, group_end = (group + 1) * group_panels;
      const size_t end = group_end < range.panel_end ? group_end : range.panel_end, first = (panel - group * group_panels) * 16;
      const size_t channel = group * group_outputs + first;
      if (panel == range.panel_begin || p.groups > 1) lines_of(&p, &ring, y, group, lines);
      if (row == range.row_begin || p.groups > 1) { /* one group's panels are the same in all rows */
        const size_t last = first + 16 * (end - panel) < group_outputs ? first + 16 * (end - panel) : group_outputs;
        job.weights = bound->constant[0] + panel * panel_bytes;
        job.bias = bound->constant[1] + 64 * panel;
        job.sums = bound->constant[2] + 64 * panel;
        job.scale = bound->constant[3] + 64 * panel;
        job.channels = last - first;
      }
      ck_tile_set_output(&job, bound, row * row_bytes + channel * element);
      run(&job, p.out_w);
      panel = end;
    }
  }
  return CK_OK;
}
