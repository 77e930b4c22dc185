/* float/ck_blas.h - the one place where float kernels meet a BLAS. */
#ifndef CK_BLAS_H
#define CK_BLAS_H

#include <stdbool.h>
#include <stddef.h>

/* c[i][j] = sum over l < k of a[i][l] * b[j][l], i < m, j < n; rows lda, ldb, ldc elements apart; any summation order. False, and
 * nothing computed, where the build has no OpenBLAS or m does not pay for its packing. */
bool ck_blas_sgemm(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc);

#endif
