#include "ck_dw_line.h"
#include "ck_dw_lines_avx2.h"
#include "ck_dw_rows.h"

#if CK_ARCH_X86

static void copy_row(uint8_t *to, const uint8_t *from, size_t bytes, uint8_t change) {
  if (change == 0) {
    ck_ring_copy(to, from, bytes);
    return;
  }
  for (size_t i = 0; i < bytes; i++) to[i] = from[i] ^ change;
}

static dw_arrays arrays_of(const ck_bound *bound, const ck_conv2d_parameters *p, size_t panel) {
  return (dw_arrays){bound->constant[0] + panel * (size_t)ck_dwconv2d_panel_blocks(p) * 64, bound->constant[1] + 64 * panel,
                     bound->constant[2] + 64 * panel, bound->constant[3] + 64 * panel};
}

/* Panels whose constants are kept from row to row. */
enum { held_panels = 6 };

/* Kernels of three columns side by side and up to three rows. */
TARGET static void run_3_columns(const ck_bound *bound, ck_range range, const ck_conv2d_parameters *p, const dw_output *o) {
  dw_panel held[held_panels];
  const size_t element = o->f32 ? 4 : 1, last = p->kernel_h - 1;
  ck_dw_row_source source = ck_dw_row_source_of(bound, p, element, p->out_c % 16 != 0);
  uint8_t padding[16];
  __builtin_memset(padding, source.ring.zero_point, sizeof padding);
  dw_row s = {
      .in_w = p->in_w,
      .out_w = p->out_w,
      .pad_left = p->pad_left,
      .column_bytes = p->in_c,
      .step = p->stride_w,
      .out_step = p->out_c * element,
      .padding = padding};
  const bool holds = range.panel_end - range.panel_begin <= held_panels;
  const size_t band = ck_dw_band(&source);
  for (size_t first = range.row_begin; first < range.row_end; first += band) {
    const size_t end = range.row_end - first < band ? range.row_end : first + band;
    for (size_t panel = range.panel_begin; panel < range.panel_end; panel++) {
      const dw_arrays arrays = arrays_of(bound, p, panel);
      dw_panel *constants = &held[holds ? panel - range.panel_begin : 0];
      if (!holds || first == range.row_begin) dw_gather(constants, &arrays, p->input_zero_point + 128);
      s.panel = constants;
      s.scale = arrays.scale;
      s.channels = p->out_c - 16 * panel < 16 ? p->out_c - 16 * panel : 16;
      for (size_t row = first; row < end; row++) {
        if (panel == range.panel_begin || source.apart) ck_dw_begin_row(&source, row, copy_row);
        for (size_t ky = 0; ky < 3; ky++) {
          s.rows[ky] = ck_dw_row_at(&source, row % p->out_h * p->stride_h + (ky < last ? ky : last) * p->dilation_h) + 16 * panel;
        }
        s.out = bound->operand[1] + (row * p->out_w * p->out_c + 16 * panel) * element;
        dw_run(&s, o);
      }
    }
  }
}

/* The same of 1, 2, 4 or 8 channels with stride 1: a row is a line of out_w * channels outputs, 16 at a time, whatever their channel. */
TARGET static void run_3_columns_of_lines(const ck_bound *bound, ck_range range, const ck_conv2d_parameters *p, const dw_output *o) {
  uint8_t weights[3 * 64], sides[3][64]; /* of the channels again and again */
  for (size_t i = 0; i < 16; i++) {
    const size_t channel = i % p->out_c;
    for (size_t k = 0; k < 3; k++) {
      __builtin_memcpy(weights + 64 * k + 4 * i, bound->constant[0] + 64 * k + 4 * channel, 4);
      __builtin_memcpy(sides[k] + 4 * i, bound->constant[1 + k] + 4 * channel, 4);
    }
  }
  const dw_arrays arrays = {weights, sides[0], sides[1], sides[2]};
  dw_panel panel;
  dw_gather(&panel, &arrays, p->input_zero_point + 128);
  const size_t element = o->f32 ? 4 : 1, last = p->kernel_h - 1, outputs = (size_t)p->out_w * p->out_c, whole = outputs / 16;
  ck_ring ring = ck_ring_of(bound, p); /* whose rows hold their padding */
  dw_row s = {
      .in_w = SIZE_MAX,
      .column_bytes = p->in_c,
      .step = 16 / p->in_c,
      .out_step = 16 * element,
      .scale = arrays.scale,
      .panel = &panel};
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t y = ck_ring_begin_row(&ring, row);
    for (size_t ky = 0; ky < 3; ky++) s.rows[ky] = ck_ring_row(&ring, y + (ky < last ? ky : last) * p->dilation_h);
    s.out = bound->operand[1] + row * outputs * element;
    s.out_w = whole;
    s.channels = 16;
    if (whole > 0) dw_run(&s, o);
    if (outputs % 16 == 0) continue;
    for (size_t ky = 0; ky < 3; ky++) s.rows[ky] += 16 * whole;
    s.out += 16 * whole * element;
    s.out_w = 1;
    s.channels = outputs % 16;
    dw_run(&s, o);
  }
}

TARGET enum ck_status ck_dwconv2d_s8_s8c_16x2__avx2(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const ck_quantization q = ck_quantization_at(bound->instruction, CK_DWCONV2D_QUANTIZATION);
  const bool line = ck_dwconv2d_is_line(&p) && p.in_c < 16;
  /* Reads past a row in place must end in the next one, those past the last row in the ring's second slot. */
  const bool over_reads = p.out_c % 16 != 0, contained = p.kernel_h > 1 && (size_t)p.in_w * p.in_c >= 16;
  if (!ck_dwconv2d_slides(&p) || (over_reads && !contained && !line)) return ck_dwconv2d_by_lines(bound, range, ck_dw_line__avx2);
  if (range.panel_begin == range.panel_end) return CK_OK;
  const dw_output o = dw_output_of(bound, &q);
  (line ? run_3_columns_of_lines : run_3_columns)(bound, range, &p, &o);
  return CK_OK;
}

#endif
