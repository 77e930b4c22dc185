/* float/ck_resample_f32.h - weighted sums along one axis, 16 inner indices at a time. */
#ifndef CK_RESAMPLE_F32_BODY_H
#define CK_RESAMPLE_F32_BODY_H

#include "ck_f32.h"

#include "../resample/ck_resample.h"

CK_F32_BODY void ck_resample_lanes(float *out, const float *in, const float *weights, size_t taps, size_t inner) {
  ck_lanes sum = ck_lanes_splat(0.0f);
  for (size_t t = 0; t < taps; t++) {
    const ck_lanes x = ck_lanes_load(in + t * inner), w = ck_lanes_splat(weights[t]);
    ck_lanes_multiply_add(&sum, &x, &w);
  }
  ck_lanes_store(out, &sum);
}

/* Fewer than 16: one masked vector where there are masks, else one by one. */
CK_F32_BODY void ck_resample_few(float *out, const float *in, const float *weights, size_t taps, size_t inner, size_t count) {
#if CK_WIDTH == 16
  ck_f32v sum = ck_f32v_splat(0.0f);
  for (size_t t = 0; t < taps; t++) sum += ck_f32v_splat(weights[t]) * ck_f32v_load_part(in + t * inner, count, 0.0f);
  ck_f32v_store_part(out, sum, count);
#else
  for (size_t i = 0; i < count; i++) {
    float sum = 0.0f;
    for (size_t t = 0; t < taps; t++) sum += weights[t] * in[t * inner + i];
    out[i] = sum;
  }
#endif
}

CK_F32_BODY enum ck_status ck_resample_f32(const ck_bound *bound, ck_range range) {
  const ck_resample_parameters *p = (const ck_resample_parameters *)bound->instruction->parameters;
  const ck_span span = ck_panel_span(range, p->inner);
  const int32_t *first = ck_resample_first(bound);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t j = row % p->out;
    const float *in = ck_f32_input(bound, 0) + (row / p->out * p->in + (size_t)first[j]) * p->inner;
    const float *weights = ck_resample_weights(bound) + j * p->taps;
    float *out = ck_f32_output(bound, 1) + row * p->inner;
    const size_t end = span.begin + span.count;
    if (span.count < CK_LANES) {
      ck_resample_few(out + span.begin, in + span.begin, weights, p->taps, p->inner, span.count);
      continue;
    }
    /* The last lanes may overlap those before them: input and output are apart. */
    for (size_t i = span.begin;; i = end - i > 2 * CK_LANES ? i + CK_LANES : end - CK_LANES) {
      ck_resample_lanes(out + i, in + i, weights, p->taps, p->inner);
      if (i + CK_LANES == end) break;
    }
  }
  return CK_OK;
}

#endif
