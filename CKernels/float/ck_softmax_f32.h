/* float/ck_softmax_f32.h - exp(x - largest) / sum, row by row; the sum in 16 interleaved partial sums. */
#ifndef CK_SOFTMAX_F32_BODY_H
#define CK_SOFTMAX_F32_BODY_H

#include "ck_f32.h"

#include "ck_math.h"

CK_F32_BODY float ck_largest(const float *x, size_t count) {
  ck_lanes lanes = ck_lanes_splat(-__builtin_inff());
  for (size_t i = 0; i < count; i += CK_LANES) {
    const ck_lanes y = ck_lanes_load_part(x + i, count - i, -__builtin_inff());
    ck_lanes_maximum(&lanes, &y);
  }
  ck_f32x4 v[4];
  __builtin_memcpy(v, &lanes, sizeof v);
  const ck_f32x4 quarter = ck_f32x4_max(ck_f32x4_max(v[0], v[2]), ck_f32x4_max(v[1], v[3]));
  const ck_f32x4 eighth = ck_f32x4_max(quarter, (ck_f32x4){quarter[2], quarter[3], quarter[2], quarter[3]});
  return ck_f32x4_max(eighth, (ck_f32x4){eighth[1], eighth[1], eighth[1], eighth[1]})[0];
}

/* A row of fewer than 16 columns, such as the classes of a pixel. The partial sums that it lacks are zeros, which change no sum. */
CK_F32_BODY void ck_softmax_few(float *out, const float *in, size_t columns) {
  float top = in[0], lane[CK_LANES] = {0};
  for (size_t c = 1; c < columns; c++) top = in[c] > top || in[c] != in[c] ? in[c] : top;
  for (size_t c = 0; c < columns; c++) lane[c] = ck_exp_f32(in[c] - top);
  const ck_lanes e = ck_lanes_load(lane);
  const float total = ck_lanes_sum(&e);
  for (size_t c = 0; c < columns; c++) out[c] = lane[c] / total;
}

CK_F32_BODY enum ck_status ck_softmax_f32(const ck_bound *bound, ck_range range) {
  const ck_softmax_parameters *p = (const ck_softmax_parameters *)bound->instruction->parameters;
  const size_t columns = p->columns;
  for (size_t r = range.row_begin; r < range.row_end; r++) {
    const float *in = ck_f32_input(bound, 0) + r * columns;
    float *out = ck_f32_output(bound, 1) + r * columns, lane[CK_LANES];
    if (columns < CK_LANES) {
      if (columns == 2) ck_softmax_few(out, in, 2);
      else ck_softmax_few(out, in, columns);
      continue;
    }
    const float top = ck_largest(in, columns);
    ck_lanes sum = ck_lanes_splat(0.0f);
    for (size_t i = 0; i < columns; i += CK_LANES) {
      const ck_lanes x = ck_lanes_load_part(in + i, columns - i, -__builtin_inff());
      ck_lanes_store(lane, &x);
      for (size_t j = 0; j < CK_LANES; j++) lane[j] = ck_exp_f32(lane[j] - top);
      const ck_lanes e = ck_lanes_load(lane);
      ck_lanes_add(&sum, &e);
      ck_lanes_store_part(out + i, &e, columns - i);
    }
    const float total = ck_lanes_sum(&sum);
    for (size_t i = 0; i < columns; i += CK_LANES) {
      ck_lanes e = ck_lanes_load_part(out + i, columns - i, 0.0f);
      ck_lanes_divide(&e, total);
      ck_lanes_store_part(out + i, &e, columns - i);
    }
  }
  return CK_OK;
}

#endif
