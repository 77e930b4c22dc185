#include "ck_lanes.h"

#include "ck_blas.h"

#ifdef CK_OPENBLAS
#include <cblas.h>
#include <limits.h>
#endif

#ifdef CK_OPENBLAS
/* OpenBLAS packs the weights of larger products; so few rows do not pay for that. */
#define CK_PACKED_PRODUCTS 1e6
#define CK_PACKED_ROWS 16

static int fits_blas(size_t m, size_t n, size_t k, size_t lda, size_t ldb, size_t ldc) {
  return m <= INT_MAX && n <= INT_MAX && k <= INT_MAX && lda <= INT_MAX && ldb <= INT_MAX && ldc <= INT_MAX;
}
#endif
/* Rows of a layer whose outputs are still in the cache when bias and clamp come to them. */
#define CK_BAND_FLOATS 65536

/* ROWS x 4 outputs, four partial sums each. */
#define CK_SGEMM_TILE(ROWS) \
  static void sgemm_##ROWS##x4(size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc) { \
    ck_f32x4 sum[ROWS][4]; \
    for (int i = 0; i < ROWS; i++) \
      for (int j = 0; j < 4; j++) sum[i][j] = ck_f32x4_splat(0.0f); \
    size_t l = 0; \
    for (; l + 4 <= k; l += 4) { \
      ck_f32x4 x[ROWS]; \
      for (int i = 0; i < ROWS; i++) x[i] = ck_f32x4_load(a + (size_t)i * lda + l); \
      for (int j = 0; j < 4; j++) { \
        const ck_f32x4 w = ck_f32x4_load(b + (size_t)j * ldb + l); \
        for (int i = 0; i < ROWS; i++) sum[i][j] += x[i] * w; \
      } \
    } \
    for (int i = 0; i < ROWS; i++) { \
      for (int j = 0; j < 4; j++) { \
        float total = (sum[i][j][0] + sum[i][j][2]) + (sum[i][j][1] + sum[i][j][3]); \
        for (size_t t = l; t < k; t++) total += a[(size_t)i * lda + t] * b[(size_t)j * ldb + t]; \
        c[(size_t)i * ldc + (size_t)j] = total; \
      } \
    } \
  }
CK_SGEMM_TILE(1)
CK_SGEMM_TILE(2)

static float dot(const float *x, const float *y, size_t count) {
  ck_lanes sum = ck_lanes_splat(0.0f);
  ck_lanes_dot(&sum, x, y, count);
  return ck_lanes_sum(&sum);
}

static void sgemm_tiles(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc) {
  size_t i = 0;
  for (; i + 2 <= m; i += 2) {
    size_t j = 0;
    for (; j + 4 <= n; j += 4) sgemm_2x4(k, a + i * lda, lda, b + j * ldb, ldb, c + i * ldc + j, ldc);
    for (; j < n; j++) {
      c[i * ldc + j] = dot(a + i * lda, b + j * ldb, k);
      c[(i + 1) * ldc + j] = dot(a + (i + 1) * lda, b + j * ldb, k);
    }
  }
  if (i < m) {
    size_t j = 0;
    for (; j + 4 <= n; j += 4) sgemm_1x4(k, a + i * lda, lda, b + j * ldb, ldb, c + i * ldc + j, ldc);
    for (; j < n; j++) c[i * ldc + j] = dot(a + i * lda, b + j * ldb, k);
  }
}

void ck_sgemm(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc) {
#ifdef CK_OPENBLAS
  if (m == 1 && fits_blas(m, n, k, lda, ldb, ldc)) {
    cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)n, (int)k, 1.0f, b, (int)ldb, a, 1, 0.0f, c, 1);
    return;
  }
  const int packs = (double)m * (double)n * (double)k > CK_PACKED_PRODUCTS;
  if ((m >= CK_PACKED_ROWS || !packs) && fits_blas(m, n, k, lda, ldb, ldc)) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)k, 1.0f, a, (int)lda, b, (int)ldb, 0.0f, c, (int)ldc);
    return;
  }
#endif
  sgemm_tiles(m, n, k, a, lda, b, ldb, c, ldc);
}

static void add_bias_and_clamp(float *c, const float *bias, size_t count, float low, float high) {
  for (size_t j = 0; j < count; j += CK_LANES) {
    ck_lanes x = ck_lanes_load_part(c + j, count - j, 0.0f);
    const ck_lanes y = ck_lanes_load_part(bias + j, count - j, 0.0f);
    ck_lanes_add(&x, &y);
    ck_lanes_clamp(&x, low, high);
    ck_lanes_store_part(c + j, &x, count - j);
  }
}

void ck_layer_fast(const ck_layer *layer) {
  const size_t band = layer->n < CK_BAND_FLOATS / 16 ? CK_BAND_FLOATS / layer->n : 16;
  for (size_t i = 0; i < layer->m; i += band) {
    const size_t rows = layer->m - i < band ? layer->m - i : band;
    float *c = layer->c + i * layer->ldc;
    ck_sgemm(rows, layer->n, layer->k, layer->a + i * layer->lda, layer->lda, layer->b, layer->ldb, c, layer->ldc);
    for (size_t r = 0; r < rows; r++) add_bias_and_clamp(c + r * layer->ldc, layer->bias, layer->n, layer->low, layer->high);
  }
}

void ck_layer_exact(const ck_layer *layer) {
  for (size_t i = 0; i < layer->m; i++) {
    for (size_t j = 0; j < layer->n; j++) {
      const float sum = dot(layer->a + i * layer->lda, layer->b + j * layer->ldb, layer->k) + layer->bias[j];
      layer->c[i * layer->ldc + j] = ck_clamp_keeping_nan(sum, layer->low, layer->high);
    }
  }
}
