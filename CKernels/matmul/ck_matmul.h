/* matmul/ck_matmul.h - what MATMUL_S8 and MATMUL_F32 share: the proof of their strides, and where a product of the batch lies. */
#ifndef CK_MATMUL_H
#define CK_MATMUL_H

#include "../check/ck_check.h"

/* Rows of the left factor that are copied at once. */
#define CK_MATMUL_BAND 64

/* Sizes, strides, and the extents of all operands; `bytes`: of an element of the inputs and of the output. */
ck_fault ck_check_matmul(
    const ck_instruction *instruction, const ck_tensor *const *operands, enum ck_dtype input, enum ck_dtype output);

/* Products of the batch. */
uint64_t ck_matmul_count(const ck_matmul_parameters *p);

/* First elements of product `index` of the batch. */
typedef struct ck_matmul_place {
  size_t a, b, output;
} ck_matmul_place;
static inline ck_matmul_place ck_matmul_place_of(const ck_matmul_parameters *p, size_t index) {
  ck_matmul_place place = {0, 0, 0};
  for (unsigned i = p->batch_rank; i-- > 0; index /= p->batch[i]) {
    const size_t at = index % p->batch[i];
    place.a += at * p->a_batch_stride[i];
    place.b += at * p->b_batch_stride[i];
    place.output += at * p->output_batch_stride[i];
  }
  return place;
}

/* Whether the rows of a are not contiguous, so that kernels copy them. */
static inline bool ck_matmul_copies_a(const ck_matmul_parameters *p) { return p->a_depth_stride != 1; }
static inline uint32_t ck_matmul_band(const ck_matmul_parameters *p) { return p->m < CK_MATMUL_BAND ? p->m : CK_MATMUL_BAND; }

#endif
