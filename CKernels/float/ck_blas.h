/* float/ck_blas.h - the one place where float kernels meet a BLAS. */
#ifndef CK_BLAS_H
#define CK_BLAS_H

#include <stddef.h>

/* c[i][j] = sum over l < k of a[i][l] * b[j][l], i < m, j < n; rows lda, ldb, ldc elements apart. OpenBLAS where the build has it
 * and m pays for its packing, our own tiles otherwise: any summation order. */
void ck_sgemm(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc);

/* What a float layer is made of: c[i][j] = clamp(bias[j] + sum over l < k of a[i][l] * b[j][l], low, high). */
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
/* Any summation order; for programs that carry CK_FLAG_FAST_FLOAT. */
void ck_layer_fast(const ck_layer *layer);
/* 16 interleaved partial sums, then the bias: the same bytes everywhere. */
void ck_layer_exact(const ck_layer *layer);

#endif
