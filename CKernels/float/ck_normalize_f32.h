/* float/ck_normalize_f32.h - statistics in two sweeps (mean, then squares of the distances from it), then the values; each
 * outer index is finished before the next, and in the last sweep a block is read before it is written. */
#ifndef CK_NORMALIZE_F32_BODY_H
#define CK_NORMALIZE_F32_BODY_H

#include "ck_f32.h"

#include "../normalize/ck_normalize.h"

/* Positions whose sum is added to a channel's total at once: totals of many positions stay precise. */
#define CK_NORMALIZE_BLOCK 64

CK_F32_BODY ck_f32v ck_magnitude(ck_f32v x) { return ck_f32v_max(x, -x); }
/* What is summed: x, |x| or (x - mean)^2. */
enum ck_normalize_term { CK_TERM_VALUE, CK_TERM_MAGNITUDE, CK_TERM_SQUARE };
CK_F32_BODY ck_f32v ck_normalize_term(enum ck_normalize_term term, ck_f32v x, ck_f32v mean) {
  switch (term) {
  case CK_TERM_VALUE: return x;
  case CK_TERM_MAGNITUDE: return ck_magnitude(x);
  default: return (x - mean) * (x - mean);
  }
}

/* Sixteen interleaved partial sums of contiguous elements; those past the end add +0. */
CK_F32_BODY float ck_sum_run(enum ck_normalize_term term, const float *x, size_t count, float mean) {
  ck_lanes sum = ck_lanes_splat(0.0f);
  const ck_f32v means = ck_f32v_splat(mean);
  for (size_t i = 0; i < count; i += CK_LANES) {
    const ck_lanes y = ck_lanes_load_part(x + i, count - i, mean);
    for (int v = 0; v < CK_VECTORS; v++) sum.v[v] += ck_normalize_term(term, y.v[v], means);
  }
  return ck_lanes_sum(&sum);
}

/* sum[c] of every channel over the positions, in blocks. */
CK_F32_BODY void ck_sum_channels(enum ck_normalize_term term, const float *x, size_t axis, size_t channels, const float *mean, float *sum) {
  for (size_t c = 0; c < channels; c += CK_LANES) {
    const size_t count = channels - c;
    const ck_lanes means = mean == NULL ? ck_lanes_splat(0.0f) : ck_lanes_load_part(mean + c, count, 0.0f);
    ck_lanes total = ck_lanes_splat(0.0f);
    for (size_t first = 0; first < axis; first += CK_NORMALIZE_BLOCK) {
      const size_t end = axis - first < CK_NORMALIZE_BLOCK ? axis : first + CK_NORMALIZE_BLOCK;
      ck_lanes block = ck_lanes_splat(0.0f);
      for (size_t a = first; a < end; a++) {
        const ck_lanes y = ck_lanes_load_part(x + a * channels + c, count, 0.0f);
        for (int v = 0; v < CK_VECTORS; v++) block.v[v] += ck_normalize_term(term, y.v[v], means.v[v]);
      }
      ck_lanes_add(&total, &block);
    }
    ck_lanes_store_part(sum + c, &total, count);
  }
}
/* Each channel gets the sum of its group. */
static inline void ck_join_groups(float *sum, size_t channels, size_t groups) {
  const size_t size = channels / groups;
  for (size_t g = 0; size > 1 && g < groups; g++) {
    float total = 0.0f;
    for (size_t i = 0; i < size; i++) total += sum[g * size + i];
    for (size_t i = 0; i < size; i++) sum[g * size + i] = total;
  }
}

CK_F32_BODY ck_lanes ck_normalized(ck_lanes x, const ck_lanes *mean, const ck_lanes *divisor, const float *gamma, const float *beta, size_t count) {
  for (int v = 0; v < CK_VECTORS; v++) x.v[v] = (x.v[v] - mean->v[v]) / divisor->v[v];
  if (gamma != NULL) {
    const ck_lanes g = ck_lanes_load_part(gamma, count, 0.0f), b = ck_lanes_load_part(beta, count, 0.0f);
    for (int v = 0; v < CK_VECTORS; v++) x.v[v] = x.v[v] * g.v[v] + b.v[v];
  }
  return x;
}

/* One position: the statistics of a group's contiguous channels. */
CK_F32_BODY void ck_normalize_row(const ck_normalize_parameters *p, const float *x, float *out, const float *gamma, const float *beta) {
  const size_t size = p->channels / p->groups;
  const enum ck_normalize_term term = p->kind == CK_NORMALIZE_L1 ? CK_TERM_MAGNITUDE : CK_TERM_SQUARE;
  for (size_t first = 0; first < p->channels; first += size) {
    const float mean = p->kind == CK_NORMALIZE_STANDARD ? ck_sum_run(CK_TERM_VALUE, x + first, size, 0.0f) / (float)size : 0.0f;
    const float divisor = ck_normalize_divisor(p->kind, ck_sum_run(term, x + first, size, mean), (float)size, p->epsilon);
    const ck_lanes means = ck_lanes_splat(mean), divisors = ck_lanes_splat(divisor);
    for (size_t c = first; c < first + size; c += CK_LANES) {
      const size_t count = first + size - c;
      ck_lanes y = ck_lanes_load_part(x + c, count, 0.0f);
      y = ck_normalized(y, &means, &divisors, gamma == NULL ? NULL : gamma + c, gamma == NULL ? NULL : beta + c, count);
      ck_lanes_clamp(&y, p->float_min, p->float_max);
      ck_lanes_store_part(out + c, &y, count);
    }
  }
}

/* Many positions: statistics of each channel first. */
CK_F32_BODY void ck_normalize_positions(
    const ck_normalize_parameters *p, const float *x, float *out, const float *gamma, const float *beta, float *mean, float *divisor) {
  const size_t channels = p->channels;
  const float count = (float)((uint64_t)p->axis * (channels / p->groups));
  for (size_t c = 0; c < channels; c++) mean[c] = 0.0f;
  if (p->kind == CK_NORMALIZE_STANDARD) {
    ck_sum_channels(CK_TERM_VALUE, x, p->axis, channels, NULL, mean);
    ck_join_groups(mean, channels, p->groups);
    for (size_t c = 0; c < channels; c++) mean[c] /= count;
  }
  if (p->kind == CK_NORMALIZE_L1) ck_sum_channels(CK_TERM_MAGNITUDE, x, p->axis, channels, mean, divisor);
  else ck_sum_channels(CK_TERM_SQUARE, x, p->axis, channels, mean, divisor);
  ck_join_groups(divisor, channels, p->groups);
  for (size_t c = 0; c < channels; c++) divisor[c] = ck_normalize_divisor(p->kind, divisor[c], count, p->epsilon);
  for (size_t a = 0; a < p->axis; a++) {
    for (size_t c = 0; c < channels; c += CK_LANES) {
      const size_t left = channels - c;
      const ck_lanes means = ck_lanes_load_part(mean + c, left, 0.0f), divisors = ck_lanes_load_part(divisor + c, left, 1.0f);
      ck_lanes y = ck_lanes_load_part(x + a * channels + c, left, 0.0f);
      y = ck_normalized(y, &means, &divisors, gamma == NULL ? NULL : gamma + c, gamma == NULL ? NULL : beta + c, left);
      ck_lanes_clamp(&y, p->float_min, p->float_max);
      ck_lanes_store_part(out + a * channels + c, &y, left);
    }
  }
}

CK_F32_BODY enum ck_status ck_normalize_f32(const ck_bound *bound, ck_range range) {
  const ck_normalize_parameters *p = (const ck_normalize_parameters *)bound->instruction->parameters;
  const bool affine = bound->instruction->constant_count > 0;
  const float *gamma = affine ? ck_f32_constant(bound, 0) : NULL, *beta = affine ? ck_f32_constant(bound, 1) : NULL;
  float *mean = (float *)(void *)bound->scratch, *divisor = p->axis == 1 ? mean : mean + ck_round_up(p->channels, CK_LANES);
  const size_t slab = (size_t)p->axis * p->channels;
  if (range.panel_begin == range.panel_end) return CK_OK;
  for (size_t o = range.row_begin; o < range.row_end; o++) {
    const float *x = ck_f32_input(bound, 0) + o * slab;
    float *out = ck_f32_output(bound, 1) + o * slab;
    if (p->axis == 1) ck_normalize_row(p, x, out, gamma, beta);
    else ck_normalize_positions(p, x, out, gamma, beta, mean, divisor);
  }
  return CK_OK;
}

#endif
