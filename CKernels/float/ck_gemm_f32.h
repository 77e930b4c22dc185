/* float/ck_gemm_f32.h - a layer of the rows and columns of the range. */
#ifndef CK_GEMM_F32_BODY_H
#define CK_GEMM_F32_BODY_H

#include "ck_f32.h"

#include "ck_layer.h"

CK_F32_BODY enum ck_status ck_gemm_f32(const ck_bound *bound, ck_range range) {
  const ck_gemm_parameters *p = (const ck_gemm_parameters *)bound->instruction->parameters;
  const ck_span columns = ck_panel_span(range, p->n);
  const ck_layer layer = {
      .m = range.row_end - range.row_begin,
      .n = columns.count,
      .k = p->k,
      .a = ck_f32_input(bound, 0) + (size_t)range.row_begin * p->k,
      .lda = p->k,
      .b = ck_f32_constant(bound, 0) + columns.begin * p->k,
      .ldb = p->k,
      .bias = ck_f32_constant(bound, 1) + columns.begin,
      .c = ck_f32_output(bound, 1) + (size_t)range.row_begin * p->n + columns.begin,
      .ldc = p->n,
      .low = p->float_min,
      .high = p->float_max,
  };
  if (ck_is_fast(bound->instruction)) ck_layer_fast(&layer);
  else ck_layer_exact(&layer);
  return CK_OK;
}

#endif
