/* check/ck_walk.h - operands that are read together over one broadcast shape: `rank` dims, 1 past the rank, and for each operand a stride in
 * elements along each, 0 where it repeats. The output is contiguous.
 *
 * Rows are the indices of all dimensions but the last, panels 16 indices of the last. */
#ifndef CK_WALK_H
#define CK_WALK_H

#include "ck_check.h"

/* Elements of the first `count` dimensions; saturates. */
static inline uint64_t ck_walk_count(const uint32_t *dims, uint32_t count) {
  uint64_t product = 1;
  for (uint32_t i = 0; i < count; i++) product = ck_multiply(product, dims[i]);
  return product;
}

/* Rank 1...6, no empty dimension, as many rows as a range counts. `at` is the byte of `rank` within the instruction; `dims` follow it. */
static inline ck_fault ck_check_walk(uint32_t rank, const uint32_t *dims, uint16_t at) {
  const uint16_t at_dims = (uint16_t)(at + sizeof rank);
  if (rank < 1 || rank > CK_MAX_RANK) return ck_fail(CK_BAD_PARAMETER, at);
  for (uint32_t i = 0; i < CK_MAX_RANK; i++) {
    if (i < rank ? dims[i] == 0 : dims[i] != 1) return ck_fail(CK_BAD_PARAMETER, at_dims);
  }
  if (ck_walk_count(dims, rank - 1) > UINT32_MAX) return ck_fail(CK_BAD_PARAMETER, at_dims);
  return ck_pass();
}

/* Strides that stay inside `operand`, whose elements take `element_bytes`; `at` is their byte within the instruction. */
static inline ck_fault ck_check_walk_operand(
    uint32_t rank, const uint32_t *dims, const uint32_t *stride, uint32_t element_bytes, const ck_tensor *operand, uint16_t at) {
  uint64_t elements = 1;
  for (uint32_t i = 0; i < CK_MAX_RANK; i++) {
    if (i >= rank && stride[i] != 0) return ck_fail(CK_BAD_PARAMETER, at);
    elements = ck_add(elements, ck_multiply(dims[i] - 1, stride[i]));
  }
  return ck_multiply(elements, element_bytes) > operand->bytes ? ck_fail(CK_BAD_EXTENT, at) : ck_pass();
}

/* Whether the operand lies as the output does, so that the output may take its place. */
static inline bool ck_walk_is_contiguous(uint32_t rank, const uint32_t *dims, const uint32_t *stride) {
  uint64_t expected = 1;
  for (uint32_t i = rank; i-- > 0;) {
    if (dims[i] > 1 && stride[i] != expected) return false;
    expected = ck_multiply(expected, dims[i]);
  }
  return true;
}

/* Element of an operand at which a row begins. */
static inline size_t ck_walk_row(uint32_t rank, const uint32_t *dims, const uint32_t *stride, size_t row) {
  size_t offset = 0;
  for (uint32_t i = rank - 1; i-- > 0; row /= dims[i]) offset += row % dims[i] * stride[i];
  return offset;
}

static inline void ck_bind_walk(uint32_t rank, const uint32_t *dims, ck_run_fn run, ck_bound *bound) {
  bound->rows = (uint32_t)ck_walk_count(dims, rank - 1);
  bound->panels = (uint32_t)ck_ceil_divide(dims[rank - 1], 16);
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

#endif
