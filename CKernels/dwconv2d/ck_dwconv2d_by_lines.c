#include "ck_dw_line.h"

enum ck_status ck_dwconv2d_by_lines(const ck_bound *bound, ck_range range, ck_dw_line_fn run) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const size_t panel_bytes = (size_t)ck_dwconv2d_panel_blocks(&p) * 64;
  const bool f32 = (bound->instruction->flags & CK_FLAG_F32_OUTPUT) != 0;
  const size_t element = f32 ? 4 : 1;
  ck_dw_line line = {
      .row_groups = ((size_t)p.kernel_h + 3) / 4,
      .kernel_h = p.kernel_h,
      .kernel_w = p.kernel_w,
      .count = p.out_w,
      .step_bytes = (size_t)p.stride_w * p.in_c,
      .tap_bytes = (size_t)p.dilation_w * p.in_c,
      .q = ck_quantization_at(bound->instruction, CK_DWCONV2D_QUANTIZATION),
      .f32 = f32,
      .full_range = (bound->instruction->flags & CK_FLAG_FULL_RANGE) != 0,
      .output_step_bytes = p.out_c * element};
  line.zero_point = line.q.input_zero_point + (CK_ARENA_XOR ? 128 : 0);
  ck_ring ring = ck_ring_of(bound, &p);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t y = ck_ring_begin_row(&ring, row);
    for (size_t panel = range.panel_begin; panel < range.panel_end; panel++) {
      for (size_t ky = 0; ky < 4 * line.row_groups; ky++) {
        const size_t last = p.kernel_h - 1;
        line.rows[ky] = ck_ring_row(&ring, y + (ky < last ? ky : last) * p.dilation_h) + 16 * panel;
      }
      line.weights = bound->constant[0] + panel * panel_bytes;
      line.bias = bound->constant[1] + 64 * panel;
      line.sums = bound->constant[2] + 64 * panel;
      line.scale = bound->constant[3] + 64 * panel;
      line.channels = p.out_c - 16 * panel < 16 ? p.out_c - 16 * panel : 16;
      line.output = bound->operand[1] + (row * p.out_w * p.out_c + 16 * panel) * element;
      run(&line);
    }
  }
  return CK_OK;
}
