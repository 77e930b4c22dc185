#include "../isa/ck_fp.h"

#include "matmul_s8.h"

/* One block of 16 columns by 4 depths: where all are there, loads and stores that a compiler can widen. */
static void pack_block(
    uint8_t block[64], const uint8_t *b, size_t depth, size_t columns, size_t depth_stride, size_t column_stride, uint8_t xor) {
  if (depth == 4 && depth_stride == 1) {
    for (size_t n = 0; n < columns; n++) __builtin_memcpy(block + 4 * n, b + n * column_stride, 4);
  } else if (depth == 4 && columns == 16 && column_stride == 1) {
    uint8_t row[4][16];
    for (size_t j = 0; j < 4; j++) __builtin_memcpy(row[j], b + j * depth_stride, 16);
    for (size_t n = 0; n < 16; n++) {
      for (size_t j = 0; j < 4; j++) block[4 * n + j] = row[j][n];
    }
  } else {
    for (size_t n = 0; n < columns; n++) {
      for (size_t j = 0; j < depth; j++) block[4 * n + j] = b[n * column_stride + j * depth_stride];
    }
  }
  for (size_t i = 0; i < 64; i++) block[i] ^= xor;
  if (columns == 16 && depth == 4) return;
  for (size_t i = 0; i < 64; i++) {
    if (i / 4 >= columns || i % 4 >= depth) block[i] = 0;
  }
}

/* Up to 16 columns of the right factor, and their sums. */
static void pack_panel(
    uint8_t *packed, uint8_t *sums, const ck_matmul_parameters *p, const uint8_t *b, size_t columns, uint8_t xor) {
  int32_t sum[16] = {0};
  for (size_t k = 0; k < p->k; k += 4, packed += 64) {
    uint8_t block[64] = {0};
    pack_block(block, b + k * p->b_depth_stride, p->k - k < 4 ? p->k - k : 4, columns, p->b_depth_stride, p->b_column_stride, xor);
    __builtin_memcpy(packed, block, 64);
    for (size_t n = 0; n < 16; n++) {
      sum[n] += (int8_t)block[4 * n] + (int8_t)block[4 * n + 1] + (int8_t)block[4 * n + 2] + (int8_t)block[4 * n + 3];
    }
  }
  __builtin_memcpy(sums, sum, 64);
}

/* `count` rows of the left factor one after the other, as the arena holds them. */
static void copy_rows(uint8_t *rows, const ck_matmul_parameters *p, const uint8_t *a, size_t count) {
  for (size_t k = 0; k < p->k; k++) {
    const uint8_t *column = a + k * p->a_depth_stride;
    for (size_t i = 0; i < count; i++) rows[i * p->k + k] = column[i * p->a_row_stride];
  }
}

enum ck_status ck_matmul_by_tiles(const ck_bound *bound, ck_range range, ck_tile_run_fn run) {
  CK_PARAMETERS(ck_matmul_parameters, p, bound->instruction);
  const bool f32 = (bound->instruction->flags & CK_FLAG_F32_OUTPUT) != 0;
  const ck_matmul_scratch part = ck_matmul_scratch_of(&p);
  uint8_t *packed = bound->scratch, *sums = packed + part.packed, *zeros = sums + part.side, *scale = zeros + part.side;
  uint8_t *rows = scale + part.side;
  const size_t begin = 16 * (size_t)range.panel_begin, end = 16 * (size_t)range.panel_end < p.n ? 16 * (size_t)range.panel_end : p.n;
  const size_t panel_bytes = (size_t)ck_ceil_divide(p.k, 4) * 64, element = f32 ? 4 : 1;
  if (begin >= end) return CK_OK;
  __builtin_memset(zeros, 0, part.side);
  for (size_t i = 0; i < part.side; i += 4) ck_store_f32(scale + i, p.scale);
  const uint8_t *line = NULL;
  ck_tile_job job = {
      .lines = &line,
      .line_count = 1,
      .line_quads = p.k / 4,
      .tail_bytes = p.k % 4,
      .line_bytes = p.k,
      .pixel_bytes = ck_matmul_copies_a(&p) ? p.k : p.a_row_stride,
      .weights = packed,
      .panel_bytes = panel_bytes,
      .bias = zeros,
      .sums = sums,
      .scale = scale,
      .channels = end - begin,
      .output_stride_bytes = p.output_row_stride * element,
      .q = {.input_zero_point = p.a_zero_point, .weight_zero_point = p.b_zero_point, .output_zero_point = p.output_zero_point, .output_min = p.output_min,
            .output_max = p.output_max, .float_min = p.float_min, .float_max = p.float_max},
      .full_range = true,
      .wide = !f32 && p.scale < 1.0f,
      .f32 = f32};
  size_t packed_from = SIZE_MAX; /* the right factor that lies in scratch */
  for (size_t row = range.row_begin; row < range.row_end;) {
    const ck_matmul_place place = ck_matmul_place_of(&p, row / p.m);
    const size_t first = row % p.m, left = range.row_end - row, last = p.m - first < left ? p.m : first + left;
    if (place.b != packed_from) {
      for (size_t n = begin, panel = 0; n < end; n += 16, panel++) {
        const uint8_t *b = bound->operand[1] + place.b + n * p.b_column_stride;
        pack_panel(packed + panel * panel_bytes, sums + 64 * panel, &p, b, end - n < 16 ? end - n : 16, bound->operand_xor[1]);
      }
      packed_from = place.b;
    }
    const size_t band = ck_matmul_copies_a(&p) ? CK_MATMUL_BAND : p.m;
    for (size_t m = first; m < last; m += band) {
      const size_t count = last - m < band ? last - m : band;
      line = bound->operand[0] + place.a + m * p.a_row_stride;
      if (ck_matmul_copies_a(&p)) {
        copy_rows(rows, &p, line, count);
        line = rows;
      }
      job.output = bound->operand[2] + (place.output + m * p.output_row_stride + begin) * element;
      run(&job, count);
    }
    row += last - first;
  }
  return CK_OK;
}
