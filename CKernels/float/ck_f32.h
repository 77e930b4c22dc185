/* float/ck_f32.h - what the float operators share: typed operands, panels of 16 channels, the plain rows of the operator table. */
#ifndef CK_F32_H
#define CK_F32_H

#include "ck_lanes.h"

#include "../check/ck_check.h"

static inline const float *ck_f32_input(const ck_bound *bound, unsigned index) {
  return (const float *)(const void *)bound->operand[index];
}
static inline float *ck_f32_output(const ck_bound *bound, unsigned index) { return (float *)(void *)bound->operand[index]; }
static inline const float *ck_f32_constant(const ck_bound *bound, unsigned index) {
  return (const float *)(const void *)bound->constant[index];
}
static inline int ck_is_fast(const ck_instruction *instruction) { return (instruction->flags & CK_FLAG_FAST_FLOAT) != 0; }

/* The elements [begin, begin + count) that a range's panels cover. */
typedef struct ck_span {
  size_t begin, count;
} ck_span;
static inline ck_span ck_panel_span(ck_range range, uint64_t channels) {
  const uint64_t begin = (uint64_t)range.panel_begin * CK_LANES, end = (uint64_t)range.panel_end * CK_LANES;
  return (ck_span){(size_t)begin, (size_t)((end < channels ? end : channels) - begin)};
}
static inline uint32_t ck_panel_count(uint64_t channels) { return (uint32_t)((channels + CK_LANES - 1) / CK_LANES); }

static inline void ck_bind_plain(ck_bound *bound, ck_run_fn run, uint32_t rows, uint32_t panels) {
  bound->run = run;
  bound->kernel = NULL;
  bound->rows = rows;
  bound->panels = panels;
}

#endif
