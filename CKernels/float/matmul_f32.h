/* float/matmul_f32.h - the scratch of MATMUL_F32. */
#ifndef CK_MATMUL_F32_H
#define CK_MATMUL_F32_H

#include "ck_lanes.h"

#include "../matmul/ck_matmul.h"

/* Parts of the scratch in floats, in order, each a multiple of 16. */
typedef struct ck_matmul_floats {
  uint64_t zeros;   /* the bias of a layer: one a column */
  uint64_t columns; /* the right factor of a product as [n][k], where its columns do not lie so */
  uint64_t rows;    /* a band of the left factor as [m][k], where its rows do not lie so */
} ck_matmul_floats;
/* BLAS wants rows that are contiguous and do not overlap. */
static inline bool ck_lays_out(uint32_t count, uint32_t stride, uint32_t k, uint32_t depth_stride) {
  return depth_stride != 1 || (count > 1 && stride < k);
}
static inline ck_matmul_floats ck_matmul_floats_of(const ck_matmul_parameters *p) {
  return (ck_matmul_floats){
      .zeros = ck_round_up(p->n, CK_LANES),
      .columns = ck_lays_out(p->n, p->b_column_stride, p->k, p->b_depth_stride) ? ck_round_up(ck_multiply(p->n, p->k), CK_LANES) : 0,
      .rows = ck_lays_out(p->m, p->a_row_stride, p->k, p->a_depth_stride) ? ck_round_up(ck_multiply(ck_matmul_band(p), p->k), CK_LANES) : 0};
}

#endif
