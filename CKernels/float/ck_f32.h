/* float/ck_f32.h - what the float operators share: typed operands, panels of 16 channels, the plain rows of the operator table, and
 * the instances of each kernel. The body of an operator is ck_<operator>.h; <operator>__<isa>.c compiles it for an instruction set. */
#ifndef CK_F32_H
#define CK_F32_H

#include "ck_lanes.h"

#include "../check/ck_check.h"

/* The normative instance has vectors of 16 bytes, registers of every x86-64 and ARM64: no instance of its own for NEON. */
#define CK_F32_VARIANTS(operator) \
  CK_DECLARE_KERNEL(ck_##operator##__scalar, SCALAR, CK_ALL_TRAITS) \
  CK_DECLARE_KERNEL(ck_##operator##__avx2, AVX2, CK_ALL_TRAITS) \
  CK_DECLARE_KERNEL(ck_##operator##__avx512vnni, AVX512VNNI, CK_ALL_TRAITS) \
  static const ck_variant variants[] = { \
      CK_VARIANT_ROW(ck_##operator##__scalar, SCALAR, CK_ALL_TRAITS) \
      CK_VARIANT_ROW(ck_##operator##__avx2, AVX2, CK_ALL_TRAITS) \
      CK_VARIANT_ROW(ck_##operator##__avx512vnni, AVX512VNNI, CK_ALL_TRAITS) \
  };
#define CK_F32_VARIANT_COUNT 3

static inline void ck_bind_f32(const ck_variant *variants, ck_isa isa, ck_bound *bound, uint32_t rows, uint32_t panels) {
  ck_bind_variant(variants, CK_F32_VARIANT_COUNT, isa, 0, bound);
  bound->rows = rows;
  bound->panels = panels;
}

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

#endif
