/* dwconv2d/ck_dw_lines_avx2.h - rows of depthwise outputs, 16 channels at a time, of kernels with three columns side by side and at most three rows:
 * each column is widened and interleaved once and used by all outputs that need it. Columns outside the image are a constant. */
#ifndef CK_DW_LINES_AVX2_H
#define CK_DW_LINES_AVX2_H

#include "dwconv2d_s8_s8c.h"

#if CK_ARCH_X86
#include "../gemm/ck_epilogue_avx2.h"

#define TARGET CK_TARGET_AVX2
#define INLINE static inline __attribute__((always_inline)) TARGET

/* 16 channels of a column as words: rows 0 and 1 side by side, then row 2 beside itself (or weights beside zeros). Vector 0 of each pair holds
 * channels 0-3 and 8-11, vector 1 the others: what packing undoes. */
typedef struct dw_pairs {
  __m256i v[2][2];
} dw_pairs;

/* Constants of a panel, in memory. */
typedef struct dw_panel {
  dw_pairs weights[3];
  __m256i start[2], scale[2];
} dw_panel;

typedef struct dw_output {
  __m256i zero_point, low, high; /* in u8: words; bytes */
  bool relu;                     /* the saturation of packing is the whole clamp */
  bool general, f32;             /* the clamp precedes the conversion */
  ck_quantization q;
} dw_output;

/* A row of outputs of one panel. */
typedef struct dw_row {
  const uint8_t *rows[3];       /* kernel rows: column 0 of the image, first channel of the panel */
  size_t in_w, out_w, pad_left;
  size_t column_bytes;          /* from one column to the next in the input */
  size_t step;                  /* columns from one output to the next */
  uint8_t *out;                 /* first channel of the panel */
  size_t out_step;
  size_t channels;              /* 1...16 */
  const uint8_t *padding;       /* 16 zero points */
  const uint8_t *scale;         /* of the panel, in the file */
  const dw_panel *panel;
} dw_row;

/* Keeps what lies behind the pointer in memory: there are no registers for it. */
#define DW_IN_MEMORY(pointer) __asm__ volatile("" : "+r"(pointer))

/* 8 channels of the side arrays each, in the order of the sums. */
INLINE void dw_order(__m256i v[2]) {
  const __m256i first = v[0], second = v[1];
  v[0] = _mm256_permute2x128_si256(first, second, 0x20);
  v[1] = _mm256_permute2x128_si256(first, second, 0x31);
}
INLINE __m256i dw_load(const uint8_t *at) { return _mm256_loadu_si256((const __m256i *)(const void *)at); }

/* A panel as the file holds it. */
typedef struct dw_arrays {
  const uint8_t *weights, *bias, *sums, *scale;
} dw_arrays;

TARGET static void dw_gather(dw_panel *panel, const dw_arrays *from, int32_t zero_point) {
  for (int i = 0; i < 3; i++) {
    __m256i quads[2] = {dw_load(from->weights + 64 * i), dw_load(from->weights + 64 * i + 32)}; /* of 8 channels each: the bytes of four rows */
    dw_order(quads);
    for (int half = 0; half < 2; half++) {
      const __m256i even = _mm256_srai_epi16(_mm256_slli_epi16(quads[half], 8), 8), odd = _mm256_srai_epi16(quads[half], 8);
      panel->weights[i].v[0][half] = _mm256_blend_epi16(even, _mm256_slli_epi32(odd, 16), 0xAA);
      panel->weights[i].v[1][half] = _mm256_srli_epi32(even, 16); /* row 3 has none */
    }
  }
  for (size_t half = 0; half < 2; half++) {
    panel->start[half] = ck_start_avx2(from->bias, from->sums, zero_point, 8 * half);
    panel->scale[half] = dw_load(from->scale + 32 * half);
  }
  dw_order(panel->start);
  dw_order(panel->scale);
}

TARGET static dw_output dw_output_of(const ck_bound *bound, const ck_quantization *q) {
  const bool f32 = (bound->instruction->flags & CK_FLAG_F32_OUTPUT) != 0;
  return (dw_output){
      .zero_point = _mm256_set1_epi16((short)(q->output_zero_point + 128)),
      .low = _mm256_set1_epi8((char)(q->output_min + 128)),
      .high = _mm256_set1_epi8((char)(q->output_max + 128)),
      .relu = q->output_zero_point == -128 && q->output_min == -128 && q->output_max == 127,
      .general = f32 || (bound->instruction->flags & CK_FLAG_LARGE_SCALE) != 0,
      .f32 = f32,
      .q = *q};
}

/* Reads 16 bytes of each row. */
INLINE dw_pairs dw_column(const uint8_t *const at[3]) {
  __m256i x[3];
  CK_UNROLL for (int r = 0; r < 3; r++) x[r] = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)at[r]));
  return (dw_pairs){{{_mm256_unpacklo_epi16(x[0], x[1]), _mm256_unpackhi_epi16(x[0], x[1])},
                     {_mm256_unpacklo_epi16(x[2], x[2]), _mm256_unpackhi_epi16(x[2], x[2])}}};
}

INLINE void dw_multiply_add(__m256i sum[2], const dw_pairs *x, const dw_pairs *w) {
  CK_UNROLL for (int pair = 0; pair < 2; pair++) {
    CK_UNROLL for (int half = 0; half < 2; half++) {
      sum[half] = _mm256_add_epi32(sum[half], _mm256_madd_epi16(x->v[pair][half], w->v[pair][half]));
    }
  }
}

/* The first 1...15 bytes. */
INLINE void dw_store_first(uint8_t *out, __m128i bytes, size_t count) {
  if (count & 8) {
    _mm_storel_epi64((__m128i *)(void *)out, bytes);
    bytes = _mm_srli_si128(bytes, 8);
    out += 8;
  }
  if (count & 4) {
    const int32_t four = _mm_cvtsi128_si32(bytes);
    __builtin_memcpy(out, &four, 4);
    bytes = _mm_srli_si128(bytes, 4);
    out += 4;
  }
  const int32_t rest = _mm_cvtsi128_si32(bytes);
  if (count & 2) {
    __builtin_memcpy(out, &rest, 2);
    out += 2;
  }
  if (count & 1) *out = (uint8_t)(count & 2 ? rest >> 16 : rest);
}

INLINE void dw_store(const dw_row *s, const dw_panel *panel, const dw_output *o, const __m256i sum[2], uint8_t *out, const bool part) {
  if (part && o->general) {
    __m256i ordered[2] = {sum[0], sum[1]};
    dw_order(ordered); /* is its own inverse */
    ck_store_sums_avx2(ordered, s->scale, &o->q, o->f32, s->channels, out);
    return;
  }
  __m256i s32[2];
  CK_UNROLL for (int half = 0; half < 2; half++) {
    s32[half] = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sum[half]), _mm256_castsi256_ps(panel->scale[half])));
  }
  const __m256i words = _mm256_adds_epi16(_mm256_packs_epi32(s32[0], s32[1]), o->zero_point);
  __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  bytes = _mm_min_epu8(_mm_max_epu8(bytes, _mm256_castsi256_si128(o->low)), _mm256_castsi256_si128(o->high));
  if (!part || s->channels == 16) _mm_storeu_si128((__m128i *)(void *)out, bytes);
  else dw_store_first(out, bytes, s->channels);
}

/* The columns of a row, one after the other. */
typedef struct dw_walk {
  const uint8_t *row[3];
  size_t column, in_w; /* wraps around before the image */
} dw_walk;

INLINE dw_pairs dw_next(dw_walk *walk, const dw_row *s, const bool checked) {
  const bool inside = !checked || walk->column < walk->in_w;
  const uint8_t *at[3];
  CK_UNROLL for (int r = 0; r < 3; r++) {
    at[r] = inside ? walk->row[r] : s->padding;
    walk->row[r] += s->column_bytes;
  }
  walk->column++;
  return dw_column(at);
}

/* `stride`: s->step where that is 1 or 2, and columns are shared; else 0. */
INLINE void dw_slide(const dw_row *s, const dw_output *o, const size_t stride, const bool part) {
  dw_walk walk = {.column = 0 - s->pad_left, .in_w = s->in_w};
  CK_UNROLL for (int r = 0; r < 3; r++) walk.row[r] = s->rows[r] - s->pad_left * s->column_bytes;
  /* Columns [0, end); of those, [inside, outside) lie in the image. */
  const size_t end = (s->out_w - 1) * stride + 3, inside = s->pad_left, limit = s->in_w + s->pad_left, outside = limit < end ? limit : end;
  const dw_panel *panel = s->panel;
  uint8_t *out = s->out;
#define DW_OUTPUT(first, second, third)                           \
  do {                                                            \
    DW_IN_MEMORY(panel);                                          \
    __m256i sum[2] = {panel->start[0], panel->start[1]};          \
    dw_multiply_add(sum, &(first), &panel->weights[0]);           \
    dw_multiply_add(sum, &(second), &panel->weights[1]);          \
    dw_multiply_add(sum, &(third), &panel->weights[2]);           \
    dw_store(s, panel, o, sum, out, part);                        \
    out += s->out_step;                                           \
  } while (0)
  dw_pairs a, b, c;
  if (stride == 0) {
    for (size_t x = 0; x < s->out_w; x++) {
      a = dw_next(&walk, s, true);
      b = dw_next(&walk, s, true);
      c = dw_next(&walk, s, true);
      DW_OUTPUT(a, b, c);
      CK_UNROLL for (int r = 0; r < 3; r++) walk.row[r] += (s->step - 3) * s->column_bytes;
      walk.column += s->step - 3;
    }
    return;
  }
  a = dw_next(&walk, s, true);
  size_t at = 1;
  if (stride == 1) {
    b = dw_next(&walk, s, true);
    for (at = 2; at < end && (at < inside); at++) {
      c = dw_next(&walk, s, true);
      DW_OUTPUT(a, b, c);
      a = b;
      b = c;
    }
    for (; at + 3 <= outside; at += 3) {
      c = dw_next(&walk, s, false);
      DW_OUTPUT(a, b, c);
      a = dw_next(&walk, s, false);
      DW_OUTPUT(b, c, a);
      b = dw_next(&walk, s, false);
      DW_OUTPUT(c, a, b);
    }
    for (; at < end; at++) {
      c = dw_next(&walk, s, true);
      DW_OUTPUT(a, b, c);
      a = b;
      b = c;
    }
  } else {
    for (; at < end && (at < inside); at += 2) {
      b = dw_next(&walk, s, true);
      c = dw_next(&walk, s, true);
      DW_OUTPUT(a, b, c);
      a = c;
    }
    for (; at + 4 <= outside; at += 4) {
      b = dw_next(&walk, s, false);
      c = dw_next(&walk, s, false);
      DW_OUTPUT(a, b, c);
      b = dw_next(&walk, s, false);
      a = dw_next(&walk, s, false);
      DW_OUTPUT(c, b, a);
    }
    for (; at < end; at += 2) {
      b = dw_next(&walk, s, true);
      c = dw_next(&walk, s, true);
      DW_OUTPUT(a, b, c);
      a = c;
    }
  }
#undef DW_OUTPUT
}

/* One function a form, so that each has the registers to itself. `part`: less than 16 channels, f32, scales of 1 and more. */
typedef void (*dw_row_fn)(const dw_row *s, const dw_output *o);
TARGET static void dw_apart(const dw_row *s, const dw_output *o) { dw_slide(s, o, 0, false); }
TARGET static void dw_apart_part(const dw_row *s, const dw_output *o) { dw_slide(s, o, 0, true); }
TARGET static void dw_slide_1(const dw_row *s, const dw_output *o) { dw_slide(s, o, 1, false); }
TARGET static void dw_slide_1_part(const dw_row *s, const dw_output *o) { dw_slide(s, o, 1, true); }
TARGET static void dw_slide_2(const dw_row *s, const dw_output *o) { dw_slide(s, o, 2, false); }
TARGET static void dw_slide_2_part(const dw_row *s, const dw_output *o) { dw_slide(s, o, 2, true); }

static inline void dw_run(const dw_row *s, const dw_output *o) {
  static const dw_row_fn forms[3][2] = {{dw_apart, dw_apart_part}, {dw_slide_1, dw_slide_1_part}, {dw_slide_2, dw_slide_2_part}};
  forms[s->step <= 2 ? s->step : 0][s->channels < 16 || o->general](s, o);
}

#endif
#endif
