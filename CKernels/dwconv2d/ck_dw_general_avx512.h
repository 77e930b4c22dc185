/* dwconv2d/ck_dw_general_avx512.h - rows of depthwise outputs with any kernel, from rows that hold their padding columns. */
#ifndef CK_DW_GENERAL_AVX512_H
#define CK_DW_GENERAL_AVX512_H

#include "ck_dw_avx512.h"

#if CK_ARCH_X86

/* `count` outputs of one row, `step` bytes of input apart; kernel columns `tap` bytes apart. Reads 64 bytes of each row and column, which the ring's
 * slack allows. */
typedef struct dw_line {
  const uint8_t *rows[CK_DWCONV2D_GROUPS][4]; /* of each group of four kernel rows, at the first lane */
  size_t row_groups, kernel_h, kernel_w;
  size_t count, step, tap;
  uint8_t *out;
  size_t out_step;
  int32_t weight_zero_point;
  __mmask64 mask;
  const dw_block *block;          /* weights: NULL where they are too many to hold */
  const uint8_t *weights;         /* of the first panel, in the file */
  size_t panel_bytes;
  const dw_lanes *lanes;
} dw_line;

INLINE dw_quad dw_column(const uint8_t *const rows[4], size_t at) {
  return dw_interleaved(
      _mm512_loadu_si512(rows[0] + at), _mm512_loadu_si512(rows[1] + at), _mm512_loadu_si512(rows[2] + at), _mm512_loadu_si512(rows[3] + at));
}

INLINE void dw_line_store(const dw_line *s, const dw_output *o, const dw_quad *sum, size_t x, const enum dw_epilogue epilogue) {
  const dw_place place = {.out = s->out + x * s->out_step, .panels = 4, .mask = s->mask};
  dw_store(o, s->block, sum, &place, epilogue, 4, true);
}

/* Outputs [x, x + count): each block of weights is read once for all. A zero point of weights is multiplied with the sum of taps, which runs beside
 * the sum of products. */
INLINE void dw_tile(const dw_line *s, const dw_output *o, size_t x, const int count, const bool weight_zero_point, const enum dw_epilogue epilogue) {
  dw_quad sum[4], taps[4];
  CK_UNROLL for (int i = 0; i < count; i++) {
    sum[i] = s->block->start;
    CK_UNROLL for (int j = 0; j < 4; j++) taps[i].v[j] = _mm512_setzero_si512();
  }
  for (size_t g = 0; g < s->row_groups; g++) {
    const __m512i ones = _mm512_set1_epi32((int)ck_dw_ones(s->kernel_h, g));
    const dw_quad all = {{ones, ones, ones, ones}};
    for (size_t kx = 0; kx < s->kernel_w; kx++) {
      const size_t at = g * s->kernel_w + kx;
      const dw_quad w = s->lanes == NULL ? s->block->weights[at] : dw_gathered_quad(s->weights + 64 * at, s->panel_bytes, s->lanes);
      CK_UNROLL for (int i = 0; i < count; i++) {
        const dw_quad column = dw_column(s->rows[g], (x + (size_t)i) * s->step + kx * s->tap);
        dw_multiply_add(&sum[i], &column, &w);
        if (weight_zero_point) dw_multiply_add(&taps[i], &column, &all);
      }
    }
  }
  const __m512i zero_point = _mm512_set1_epi32(s->weight_zero_point);
  CK_UNROLL for (int i = 0; i < count; i++) {
    CK_UNROLL for (int j = 0; j < 4 && weight_zero_point; j++) {
      sum[i].v[j] = _mm512_sub_epi32(sum[i].v[j], _mm512_mullo_epi32(zero_point, taps[i].v[j]));
    }
    dw_line_store(s, o, &sum[i], x + (size_t)i, epilogue);
  }
}
/* Four outputs at once, or two where each takes two sets of sums. */
INLINE void dw_run_tiles(const dw_line *s, const dw_output *o, const bool weight_zero_point, const enum dw_epilogue epilogue) {
  const int count = weight_zero_point ? 2 : 4;
  size_t x = 0;
  for (; x + (size_t)count <= s->count; x += (size_t)count) dw_tile(s, o, x, count, weight_zero_point, epilogue);
  for (; x < s->count; x++) dw_tile(s, o, x, 1, weight_zero_point, epilogue);
}

/* Five kernel columns side by side: each column is interleaved once, and added to the sums of all outputs that need it. Sum f is that of the output f
 * places after the next to be finished, `turn` outputs after the first. */
enum { dw_columns = 5 };
INLINE void dw_add_column(const dw_line *s, dw_quad *sum, const int turn, size_t at, const int first, const int stride) {
  const int flying = (dw_columns + stride - 1) / stride;
  CK_UNROLL for (int f = 0; f < flying; f++) {
    if (first - stride * f == 0) sum[(turn + f) % flying] = s->block->start;
  }
  for (size_t g = 0; g < s->row_groups; g++) {
    const dw_quad column = dw_column(s->rows[g], at * s->tap);
    const dw_quad *w = s->block->weights + g * dw_columns;
    CK_UNROLL for (int f = 0; f < flying; f++) {
      const int kx = first - stride * f;
      if (kx >= 0 && kx < dw_columns) dw_multiply_add(&sum[(turn + f) % flying], &column, &w[kx]);
    }
  }
}
INLINE void dw_run_5_columns(const dw_line *s, const dw_output *o, const int stride, const enum dw_epilogue epilogue) {
  const int flying = (dw_columns + stride - 1) / stride, before = dw_columns - stride;
  dw_quad sum[dw_columns];
  CK_UNROLL for (int i = 0; i < before; i++) dw_add_column(s, sum, 0, (size_t)i, i, stride);
  for (size_t x = 0;;) {
    CK_UNROLL for (int turn = 0; turn < flying; turn++) {
      CK_UNROLL for (int i = 0; i < stride; i++) dw_add_column(s, sum, turn, x * (size_t)stride + (size_t)(before + i), before + i, stride);
      dw_line_store(s, o, &sum[turn], x, epilogue);
      if (++x == s->count) return;
    }
  }
}
/* One function a form, so that each has the registers to itself: wide epilogue, then general. */
typedef void (*dw_line_fn)(const dw_line *s, const dw_output *o);
#define DW_LINE(name, run, argument)                                                                                          \
  TARGET static void name##_wide(const dw_line *s, const dw_output *o) { run(s, o, argument, DW_WIDE); }       \
  TARGET static void name##_general(const dw_line *s, const dw_output *o) { run(s, o, argument, DW_GENERAL); }
DW_LINE(dw_tiles, dw_run_tiles, false)
DW_LINE(dw_zero_point, dw_run_tiles, true)
DW_LINE(dw_5_columns_1, dw_run_5_columns, 1)
DW_LINE(dw_5_columns_2, dw_run_5_columns, 2)

/* `fives`: five columns side by side whose weights are held. */
static inline dw_line_fn dw_line_of(bool weight_zero_point, bool fives, size_t stride, enum dw_epilogue epilogue) {
  static const dw_line_fn forms[4][2] = {{dw_tiles_wide, dw_tiles_general},
                                         {dw_zero_point_wide, dw_zero_point_general},
                                         {dw_5_columns_1_wide, dw_5_columns_1_general},
                                         {dw_5_columns_2_wide, dw_5_columns_2_general}};
  return forms[weight_zero_point ? 1 : fives && stride <= 2 ? 1 + stride : 0][epilogue == DW_GENERAL];
}

#endif
#endif
