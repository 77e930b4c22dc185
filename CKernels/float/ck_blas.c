#include "ck_blas.h"

#ifdef CK_OPENBLAS
#include <cblas.h>
#include <limits.h>

/* OpenBLAS packs the weights of larger products; so few rows do not pay for that. */
#define CK_PACKED_PRODUCTS 1e6
#define CK_PACKED_ROWS 16

static bool fits_blas(size_t m, size_t n, size_t k, size_t lda, size_t ldb, size_t ldc) {
  return m <= INT_MAX && n <= INT_MAX && k <= INT_MAX && lda <= INT_MAX && ldb <= INT_MAX && ldc <= INT_MAX;
}

bool ck_blas_sgemm(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc) {
  if (!fits_blas(m, n, k, lda, ldb, ldc)) return false;
  if (m == 1) {
    cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)n, (int)k, 1.0f, b, (int)ldb, a, 1, 0.0f, c, 1);
    return true;
  }
  const bool packs = (double)m * (double)n * (double)k > CK_PACKED_PRODUCTS;
  if (packs && m < CK_PACKED_ROWS) return false;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)k, 1.0f, a, (int)lda, b, (int)ldb, 0.0f, c, (int)ldc);
  return true;
}
#else
bool ck_blas_sgemm(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc) {
  (void)m, (void)n, (void)k, (void)a, (void)lda, (void)b, (void)ldb, (void)c, (void)ldc;
  return false;
}
#endif
