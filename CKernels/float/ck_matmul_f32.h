/* float/ck_matmul_f32.h - a layer without bias for each product, its factors laid out as [m][k] and [n][k] where they are not. */
#ifndef CK_MATMUL_F32_BODY_H
#define CK_MATMUL_F32_BODY_H

#include "ck_f32.h"

#include "ck_layer.h"
#include "matmul_f32.h"

/* to[i][j] = from[i * row + j * column], in squares that stay in the cache. */
static inline void ck_lay_out_rows(float *to, const float *from, size_t rows, size_t row, size_t columns, size_t column) {
  for (size_t top = 0; top < rows; top += 32) {
    const size_t bottom = rows - top < 32 ? rows : top + 32;
    for (size_t j = 0; j < columns; j++) {
      for (size_t i = top; i < bottom; i++) to[i * columns + j] = from[i * row + j * column];
    }
  }
}

CK_F32_BODY void ck_scale_and_clamp(float *x, size_t count, float scale, float low, float high) {
  for (size_t i = 0; i < count; i += CK_LANES) {
    ck_lanes y = ck_lanes_load_part(x + i, count - i, 0.0f);
    for (int v = 0; v < CK_VECTORS; v++) y.v[v] *= ck_f32v_splat(scale);
    ck_lanes_clamp(&y, low, high);
    ck_lanes_store_part(x + i, &y, count - i);
  }
}

CK_F32_BODY enum ck_status ck_matmul_f32(const ck_bound *bound, ck_range range) {
  const ck_matmul_parameters *p = (const ck_matmul_parameters *)bound->instruction->parameters;
  const ck_matmul_floats part = ck_matmul_floats_of(p);
  float *zeros = (float *)(void *)bound->scratch, *columns = zeros + part.zeros, *rows = columns + part.columns;
  size_t laid_out = SIZE_MAX; /* the right factor that lies in scratch */
  if (range.panel_begin == range.panel_end) return CK_OK;
  for (size_t n = 0; n < p->n; n++) zeros[n] = 0.0f;
  for (size_t row = range.row_begin; row < range.row_end;) {
    const ck_matmul_place place = ck_matmul_place_of(p, row / p->m);
    const size_t first = row % p->m, left = range.row_end - row, last = p->m - first < left ? p->m : first + left;
    const float *b = ck_f32_input(bound, 1) + place.b;
    if (part.columns > 0) {
      if (laid_out != place.b) ck_lay_out_rows(columns, b, p->n, p->b_column_stride, p->k, p->b_depth_stride);
      laid_out = place.b;
      b = columns;
    }
    const size_t band = part.rows > 0 ? CK_MATMUL_BAND : p->m;
    for (size_t m = first; m < last; m += band) {
      const size_t count = last - m < band ? last - m : band;
      const float *a = ck_f32_input(bound, 0) + place.a + m * p->a_row_stride;
      float *c = ck_f32_output(bound, 2) + place.output + m * p->output_row_stride;
      if (part.rows > 0) {
        ck_lay_out_rows(rows, a, count, p->a_row_stride, p->k, p->a_depth_stride);
        a = rows;
      }
      const ck_layer layer = {
          .m = count,
          .n = p->n,
          .k = p->k,
          .a = a,
          .lda = part.rows > 0 || p->m == 1 ? p->k : p->a_row_stride, /* of a single row BLAS still wants a legal stride */
          .b = b,
          .ldb = part.columns > 0 || p->n == 1 ? p->k : p->b_column_stride,
          .bias = zeros,
          .c = c,
          .ldc = p->m == 1 ? p->n : p->output_row_stride,
          .low = -__builtin_inff(),
          .high = __builtin_inff(),
      };
      if (ck_is_fast(bound->instruction)) ck_layer_fast(&layer);
      else ck_layer_exact(&layer);
      for (size_t i = 0; i < count; i++) ck_scale_and_clamp(c + i * p->output_row_stride, p->n, p->scale, p->float_min, p->float_max);
    }
    row += last - first;
  }
  return CK_OK;
}

#endif
