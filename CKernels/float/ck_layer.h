/* float/ck_layer.h - what a float layer is made of: c[i][j] = clamp(bias[j] + sum over l < k of a[i][l] * b[j][l], low, high). */
#ifndef CK_LAYER_H
#define CK_LAYER_H

#include "ck_lanes.h"

#include "ck_blas.h"

typedef struct ck_layer {
  size_t m, n, k;
  const float *a;
  size_t lda;
  const float *b;
  size_t ldb;
  const float *bias;
  float *c;
  size_t ldc;
  float low, high;
} ck_layer;

/* Rows of a layer whose outputs are still in the cache when bias and clamp come to them. */
#define CK_BAND_FLOATS 65536
/* Outputs of a row that share the loads of `a` in the fixed order: what the registers hold. */
#define CK_EXACT_COLUMNS (CK_VECTORS == 4 ? 1 : 4)

CK_F32_BODY float ck_f32v_sum(ck_f32v v) {
  ck_f32x4 quarter[CK_WIDTH / 4];
  __builtin_memcpy(quarter, &v, sizeof v);
  ck_f32x4 sum = quarter[0];
  for (size_t i = 1; i < CK_WIDTH / 4; i++) sum += quarter[i];
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* Adds `count` products to each of rows x columns sums; where `count` is CK_WIDTH when compiled, without a test in the loop over k. */
CK_F32_BODY void ck_sgemm_step(
    ck_f32v sum[2][4], const size_t rows, const size_t columns, const float *a, size_t lda, const float *b, size_t ldb, size_t count) {
  ck_f32v x[2];
  CK_UNROLL
  for (size_t i = 0; i < rows; i++) x[i] = ck_f32v_load_part(a + i * lda, count, 0.0f);
  CK_UNROLL
  for (size_t j = 0; j < columns; j++) {
    const ck_f32v w = ck_f32v_load_part(b + j * ldb, count, 0.0f);
    CK_UNROLL
    for (size_t i = 0; i < rows; i++) sum[i][j] += x[i] * w;
  }
}
/* rows x columns outputs, one vector of partial sums each. */
CK_F32_BODY void ck_sgemm_tile(
    const size_t rows, const size_t columns, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc) {
  ck_f32v sum[2][4];
  CK_UNROLL
  for (size_t i = 0; i < rows; i++) {
    CK_UNROLL
    for (size_t j = 0; j < columns; j++) sum[i][j] = ck_f32v_splat(0.0f);
  }
  size_t l = 0;
  for (; l + CK_WIDTH <= k; l += CK_WIDTH) ck_sgemm_step(sum, rows, columns, a + l, lda, b + l, ldb, CK_WIDTH);
  if (l < k) ck_sgemm_step(sum, rows, columns, a + l, lda, b + l, ldb, k - l);
  CK_UNROLL
  for (size_t i = 0; i < rows; i++) {
    CK_UNROLL
    for (size_t j = 0; j < columns; j++) c[i * ldc + j] = ck_f32v_sum(sum[i][j]);
  }
}

CK_F32_FUNCTION void ck_sgemm_tiles(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc) {
  size_t i = 0;
  for (; i + 2 <= m; i += 2) {
    size_t j = 0;
    for (; j + 4 <= n; j += 4) ck_sgemm_tile(2, 4, k, a + i * lda, lda, b + j * ldb, ldb, c + i * ldc + j, ldc);
    for (; j < n; j++) ck_sgemm_tile(2, 1, k, a + i * lda, lda, b + j * ldb, ldb, c + i * ldc + j, ldc);
  }
  if (i < m) {
    size_t j = 0;
    for (; j + 4 <= n; j += 4) ck_sgemm_tile(1, 4, k, a + i * lda, lda, b + j * ldb, ldb, c + i * ldc + j, ldc);
    for (; j < n; j++) ck_sgemm_tile(1, 1, k, a + i * lda, lda, b + j * ldb, ldb, c + i * ldc + j, ldc);
  }
}

CK_F32_FUNCTION void ck_add_bias_and_clamp(float *c, const float *bias, size_t count, float low, float high) {
  for (size_t j = 0; j < count; j += CK_LANES) {
    ck_lanes x = ck_lanes_load_part(c + j, count - j, 0.0f);
    const ck_lanes y = ck_lanes_load_part(bias + j, count - j, 0.0f);
    ck_lanes_add(&x, &y);
    ck_lanes_clamp(&x, low, high);
    ck_lanes_store_part(c + j, &x, count - j);
  }
}

/* Any summation order, OpenBLAS where it pays; for programs that carry CK_FLAG_FAST_FLOAT. */
CK_F32_FUNCTION void ck_layer_fast(const ck_layer *layer) {
  const size_t band = layer->n < CK_BAND_FLOATS / 16 ? CK_BAND_FLOATS / layer->n : 16;
  for (size_t i = 0; i < layer->m; i += band) {
    const size_t rows = layer->m - i < band ? layer->m - i : band;
    const float *a = layer->a + i * layer->lda;
    float *c = layer->c + i * layer->ldc;
    if (!ck_blas_sgemm(rows, layer->n, layer->k, a, layer->lda, layer->b, layer->ldb, c, layer->ldc)) {
      ck_sgemm_tiles(rows, layer->n, layer->k, a, layer->lda, layer->b, layer->ldb, c, layer->ldc);
    }
    for (size_t r = 0; r < rows; r++) ck_add_bias_and_clamp(c + r * layer->ldc, layer->bias, layer->n, layer->low, layer->high);
  }
}

/* The next `count` products of `columns` outputs. */
CK_F32_BODY void ck_exact_step(ck_lanes sum[4], const size_t columns, const float *a, const float *b, size_t ldb, size_t count) {
  const ck_lanes x = ck_lanes_load_part(a, count, 0.0f);
  CK_UNROLL
  for (size_t n = 0; n < columns; n++) {
    const ck_lanes y = ck_lanes_load_part(b + n * ldb, count, 0.0f);
    ck_lanes_multiply_add(&sum[n], &x, &y);
  }
}
/* Outputs [j, j + columns) of row i. */
CK_F32_BODY void ck_layer_exact_columns(const ck_layer *layer, size_t i, size_t j, const size_t columns) {
  const float *a = layer->a + i * layer->lda, *b = layer->b + j * layer->ldb;
  ck_lanes sum[4];
  CK_UNROLL
  for (size_t n = 0; n < columns; n++) sum[n] = ck_lanes_splat(0.0f);
  size_t l = 0;
  for (; l + CK_LANES <= layer->k; l += CK_LANES) ck_exact_step(sum, columns, a + l, b + l, layer->ldb, CK_LANES);
  if (l < layer->k) ck_exact_step(sum, columns, a + l, b + l, layer->ldb, layer->k - l);
  CK_UNROLL
  for (size_t n = 0; n < columns; n++) {
    const float total = ck_lanes_sum(&sum[n]) + layer->bias[j + n];
    layer->c[i * layer->ldc + j + n] = ck_clamp_keeping_nan(total, layer->low, layer->high);
  }
}
/* 16 interleaved partial sums, then the bias: the same bytes everywhere. */
CK_F32_FUNCTION void ck_layer_exact(const ck_layer *layer) {
  for (size_t i = 0; i < layer->m; i++) {
    size_t j = 0;
    for (; j + CK_EXACT_COLUMNS <= layer->n; j += CK_EXACT_COLUMNS) ck_layer_exact_columns(layer, i, j, CK_EXACT_COLUMNS);
    for (; j < layer->n; j++) ck_layer_exact_columns(layer, i, j, 1);
  }
}

#endif
