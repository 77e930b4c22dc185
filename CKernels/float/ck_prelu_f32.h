/* float/ck_prelu_f32.h - 16 elements at a time, read before they are written. */
#ifndef CK_PRELU_F32_BODY_H
#define CK_PRELU_F32_BODY_H

#include "ck_f32.h"

#include "../prelu/ck_prelu.h"

CK_F32_BODY enum ck_status ck_prelu_f32(const ck_bound *bound, ck_range range) {
  const ck_prelu_parameters *p = (const ck_prelu_parameters *)bound->instruction->parameters;
  const float *slope = ck_f32_constant(bound, 0);
  const size_t length = ck_prelu_length(p);
  const ck_span span = ck_panel_span(range, length);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const float *x = ck_f32_input(bound, 0) + row * length;
    float *out = ck_f32_output(bound, 1) + row * length;
    ck_lanes slopes = ck_lanes_splat(slope[p->inner == 1 ? 0 : row % p->channels]);
    for (size_t i = span.begin; i < span.begin + span.count; i += CK_LANES) {
      const size_t count = span.begin + span.count - i;
      ck_lanes y = ck_lanes_load_part(x + i, count, 0.0f);
      if (p->inner == 1) slopes = ck_lanes_load_part(slope + i, count, 0.0f);
      for (int v = 0; v < CK_VECTORS; v++) y.v[v] = ck_f32v_select(y.v[v] < ck_f32v_splat(0.0f), y.v[v] * slopes.v[v], y.v[v]);
      ck_lanes_clamp(&y, p->float_min, p->float_max);
      ck_lanes_store_part(out + i, &y, count);
    }
  }
  return CK_OK;
}

#endif
