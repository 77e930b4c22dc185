/* dwconv2d/ck_dw_lines_avx512.h - rows of depthwise outputs whose kernels have three columns side by side and at most three rows: each interleaved
 * column is built once and used by all outputs that need it. Columns outside the image are a constant. */
#ifndef CK_DW_LINES_AVX512_H
#define CK_DW_LINES_AVX512_H

#include "ck_dw_avx512.h"

#if CK_ARCH_X86

/* A row of outputs, of the channels of one block. */
typedef struct dw_row {
  const uint8_t *rows[3];       /* kernel rows: column 0 of the image, first channel of the block */
  size_t in_w, out_w, pad_left;
  size_t column_bytes;          /* from one column to the next in the input */
  uint8_t *out;                 /* first channel of the block */
  size_t out_step;
  size_t channels;              /* of the block */
  const uint8_t *padding;       /* 64 zero points */
} dw_row;

/* Keeps what lies behind the pointer in memory: hoisted into registers, of which there are none left, it would be spilled to an unaligned
 * stack. */
#define DW_IN_MEMORY(pointer) __asm__ volatile("" : "+r"(pointer))

/* The lanes hold `panels` panels of 4 / panels segments of the row, each `segment` outputs long; the last begins early where the row does not
 * divide. */
typedef struct dw_walk {
  const uint8_t *row[3];   /* the next column of the first segment */
  size_t distance[4];      /* to the same column of segment i, over the stride: that of their outputs where those are bytes */
  size_t column_bytes;
  int64_t column[4];       /* the next column of segment i; outside [0, in_w) in the padding */
  int64_t in_w;
  const uint8_t *padding;
  __mmask64 mask;
} dw_walk;

INLINE __m512i dw_lanes_at(const uint8_t *const at[4], unsigned panels, __mmask64 mask, bool part) {
  if (panels == 4) return part ? _mm512_maskz_loadu_epi8(mask, at[0]) : _mm512_loadu_si512(at[0]);
  if (panels == 2) {
    if (part) {
      return _mm512_inserti64x4(
          _mm512_castsi256_si512(_mm256_maskz_loadu_epi8((__mmask32)mask, at[0])), _mm256_maskz_loadu_epi8((__mmask32)mask, at[1]), 1);
    }
    const __m256i first = _mm256_loadu_si256((const __m256i *)(const void *)at[0]);
    return _mm512_inserti64x4(_mm512_castsi256_si512(first), _mm256_loadu_si256((const __m256i *)(const void *)at[1]), 1);
  }
  if (part) {
    __m512i x = _mm512_castsi128_si512(_mm_maskz_loadu_epi8((__mmask16)mask, at[0]));
    x = _mm512_inserti32x4(x, _mm_maskz_loadu_epi8((__mmask16)mask, at[1]), 1);
    x = _mm512_inserti32x4(x, _mm_maskz_loadu_epi8((__mmask16)mask, at[2]), 2);
    return _mm512_inserti32x4(x, _mm_maskz_loadu_epi8((__mmask16)mask, at[3]), 3);
  }
  /* A broadcast from memory under a mask is a load and a blend, which any port does. */
  __m512i x = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(const void *)at[0]));
  x = _mm512_mask_broadcast_i32x4(x, 0x00F0, _mm_loadu_si128((const __m128i *)(const void *)at[1]));
  x = _mm512_mask_broadcast_i32x4(x, 0x0F00, _mm_loadu_si128((const __m128i *)(const void *)at[2]));
  return _mm512_mask_broadcast_i32x4(x, 0xF000, _mm_loadu_si128((const __m128i *)(const void *)at[3]));
}

/* The next column, every segment's inside the image. */
INLINE dw_quad dw_next(dw_walk *walk, const size_t stride, const unsigned panels, const bool part) {
  __m512i x[3];
  CK_UNROLL for (int r = 0; r < 3; r++) {
    const uint8_t *const at[4] = {
        walk->row[r], walk->row[r] + stride * walk->distance[1], walk->row[r] + stride * walk->distance[2],
        walk->row[r] + stride * walk->distance[3]};
    x[r] = dw_lanes_at(at, panels, walk->mask, part);
    walk->row[r] += walk->column_bytes;
  }
  return dw_interleaved(x[0], x[1], x[2], x[2]); /* the fourth row meets zero weights */
}
/* The next column, wherever it lies. */
INLINE dw_quad dw_next_checked(dw_walk *walk, size_t passed, const size_t stride, const unsigned panels, const bool part) {
  __m512i x[3];
  CK_UNROLL for (int r = 0; r < 3; r++) {
    const uint8_t *at[4];
    CK_UNROLL for (unsigned i = 0; i < 4; i++) {
      const int64_t column = walk->column[i] + (int64_t)passed;
      at[i] = i < 4 / panels && column >= 0 && column < walk->in_w ? walk->row[r] + stride * walk->distance[i] : walk->padding;
    }
    x[r] = dw_lanes_at(at, panels, walk->mask, part);
    walk->row[r] += walk->column_bytes;
  }
  return dw_interleaved(x[0], x[1], x[2], x[2]);
}

INLINE void dw_slide(
    const dw_row *s, const dw_block *block, const dw_output *o, const size_t stride, const unsigned panels, const bool part,
    const enum dw_epilogue epilogue) {
  const size_t segments = 4 / panels, segment = (s->out_w + segments - 1) / segments;
  dw_place place = {.out = s->out, .panels = panels, .mask = s->channels == 64 ? ~0ull : (1ull << s->channels) - 1};
  dw_walk walk = {.column_bytes = s->column_bytes, .in_w = (int64_t)s->in_w, .padding = s->padding, .mask = place.mask};
  CK_UNROLL for (int r = 0; r < 3; r++) walk.row[r] = s->rows[r] - s->pad_left * s->column_bytes;
  size_t last = 0;
  CK_UNROLL for (size_t i = 0; i < segments; i++) {
    last = i * segment < s->out_w - segment ? i * segment : s->out_w - segment;
    walk.distance[i] = last * s->column_bytes;
    place.distance[i] = epilogue == DW_GENERAL ? last * s->out_step : walk.distance[i];
    walk.column[i] = (int64_t)(last * stride) - (int64_t)s->pad_left;
  }
  /* Columns [0, end) of a segment; of those, [inside, outside) lie in the image in every segment. */
  const size_t end = (segment - 1) * stride + 3, inside = s->pad_left, limit = s->in_w + s->pad_left;
  const size_t outside = limit > last * stride ? (limit - last * stride < end ? limit - last * stride : end) : 0;
  dw_quad weights[3] = {block->weights[0], block->weights[1], block->weights[2]};
#define DW_OUTPUT(first, second, third)                                                  \
  do {                                                                                   \
    DW_IN_MEMORY(block);                                                                 \
    dw_quad sum = block->start;                                                          \
    dw_multiply_add(&sum, &(first), &weights[0]);                                        \
    dw_multiply_add(&sum, &(second), &weights[1]);                                       \
    dw_multiply_add(&sum, &(third), &weights[2]);                                        \
    dw_store(o, block, &sum, &place, epilogue, panels, part);                            \
    place.out += epilogue == DW_GENERAL ? s->out_step : s->column_bytes;                 \
  } while (0)
  dw_quad a = dw_next_checked(&walk, 0, stride, panels, part), b, c;
  size_t at = 1;
  if (stride == 1) {
    b = dw_next_checked(&walk, at++, stride, panels, part);
    for (; at < end && at < inside; at++) {
      c = dw_next_checked(&walk, at, stride, panels, part);
      DW_OUTPUT(a, b, c);
      a = b;
      b = c;
    }
    for (; at + 3 <= outside; at += 3) {
      c = dw_next(&walk, stride, panels, part);
      DW_OUTPUT(a, b, c);
      a = dw_next(&walk, stride, panels, part);
      DW_OUTPUT(b, c, a);
      b = dw_next(&walk, stride, panels, part);
      DW_OUTPUT(c, a, b);
    }
    for (; at < end; at++) {
      c = at < outside ? dw_next(&walk, stride, panels, part) : dw_next_checked(&walk, at, stride, panels, part);
      DW_OUTPUT(a, b, c);
      a = b;
      b = c;
    }
  } else {
    for (; at < end && at < inside; at += 2) {
      b = dw_next_checked(&walk, at, stride, panels, part);
      c = dw_next_checked(&walk, at + 1, stride, panels, part);
      DW_OUTPUT(a, b, c);
      a = c;
    }
    for (; at + 4 <= outside; at += 4) {
      b = dw_next(&walk, stride, panels, part);
      c = dw_next(&walk, stride, panels, part);
      DW_OUTPUT(a, b, c);
      b = dw_next(&walk, stride, panels, part);
      a = dw_next(&walk, stride, panels, part);
      DW_OUTPUT(c, b, a);
    }
    for (; at < end; at += 2) {
      b = at < outside ? dw_next(&walk, stride, panels, part) : dw_next_checked(&walk, at, stride, panels, part);
      c = at + 1 < outside ? dw_next(&walk, stride, panels, part) : dw_next_checked(&walk, at + 1, stride, panels, part);
      DW_OUTPUT(a, b, c);
      a = c;
    }
  }
#undef DW_OUTPUT
}

/* Bytes [64 i, 64 i + 64) of the padded row, as far as they lie in the image; zero points elsewhere. */
INLINE __m512i dw_flat_bytes(const uint8_t *row, size_t begin, size_t end, size_t at, __m512i padding) {
  const uint64_t from = begin > at ? begin - at : 0, to = end > at ? end - at : 0;
  const __mmask64 before_end = to >= 64 ? ~0ull : (1ull << to) - 1, before_begin = from >= 64 ? ~0ull : (1ull << from) - 1;
  return _mm512_mask_loadu_epi8(padding, before_end & ~before_begin, row + at);
}

/* The vectors of bytes [bytes, bytes + 64) behind those of `x`, which `next` follows. */
INLINE dw_quad dw_shifted(const dw_quad *x, const dw_quad *next, const size_t bytes) {
  dw_quad y;
  CK_UNROLL for (size_t j = 0; j < 4; j++) {
    const size_t from = j + bytes / 4, lanes = from / 4; /* vector from % 4, that many lanes on */
    const __m512i low = x->v[from % 4], high = next->v[from % 4];
    y.v[j] = lanes == 0   ? low
             : lanes == 1 ? _mm512_alignr_epi64(high, low, 2)
             : lanes == 2 ? _mm512_alignr_epi64(high, low, 4)
             : lanes == 3 ? _mm512_alignr_epi64(high, low, 6)
                          : high;
  }
  return y;
}

/* Channels of which a flat row may consist: those that divide a vector, a multiple of the four that an element of it holds. */
static inline bool dw_is_flat(size_t channels) { return channels == 4 || channels == 8 || channels == 16 || channels == 32; }
/* Rows of such a layer with stride 1: a row is a line of bytes, each of which finds its taps at the same distances. */
INLINE void dw_flat(const dw_row *s, const dw_block *block, const dw_output *o, const size_t channels, const enum dw_epilogue epilogue) {
  const size_t begin = s->pad_left * channels, end = begin + s->in_w * channels, count = s->out_w * channels;
  const uint8_t *row[3];
  CK_UNROLL for (int r = 0; r < 3; r++) row[r] = s->rows[r] - begin;
  const __m512i padding = _mm512_loadu_si512(s->padding);
  dw_quad weights[3] = {block->weights[0], block->weights[1], block->weights[2]}, a, b;
  __m512i x[3];
  CK_UNROLL for (int r = 0; r < 3; r++) x[r] = dw_flat_bytes(row[r], begin, end, 0, padding);
  a = dw_interleaved(x[0], x[1], x[2], x[2]);
  dw_place place = {.panels = 4, .mask = ~0ull};
  for (size_t at = 0; at < count; at += 64) {
    const size_t next = at + 64;
    if (next >= begin && next + 64 <= end) {
      CK_UNROLL for (int r = 0; r < 3; r++) x[r] = _mm512_loadu_si512(row[r] + next);
    } else {
      CK_UNROLL for (int r = 0; r < 3; r++) x[r] = dw_flat_bytes(row[r], begin, end, next, padding);
    }
    b = dw_interleaved(x[0], x[1], x[2], x[2]);
    DW_IN_MEMORY(block);
    dw_quad sum = block->start;
    dw_multiply_add(&sum, &a, &weights[0]);
    const dw_quad second = dw_shifted(&a, &b, channels), third = dw_shifted(&a, &b, 2 * channels);
    dw_multiply_add(&sum, &second, &weights[1]);
    dw_multiply_add(&sum, &third, &weights[2]);
    const bool part = count - at < 64;
    place.out = s->out + at * (o->f32 ? 4 : 1);
    if (part) {
      place.mask = (1ull << (count - at)) - 1;
      dw_store(o, block, &sum, &place, epilogue, 4, true);
    } else {
      dw_store(o, block, &sum, &place, epilogue, 4, false);
    }
    a = b;
  }
}

/* One function a form, so that each has the registers to itself. */
typedef void (*dw_row_fn)(const dw_row *s, const dw_block *block, const dw_output *o);
#define DW_SLIDE(stride, panels, part, epilogue)                                                                                             \
  TARGET static void dw_slide_##stride##_##panels##_##part##_##epilogue(const dw_row *s, const dw_block *block, const dw_output *o) { \
    dw_slide(s, block, o, stride, panels, part, epilogue);                                                                                   \
  }
#define DW_FLAT(channels, epilogue)                                                                                             \
  TARGET static void dw_flat_##channels##_##epilogue(const dw_row *s, const dw_block *block, const dw_output *o) { \
    dw_flat(s, block, o, channels, epilogue);                                                                                   \
  }
#define DW_SLIDE_FORMS(stride, panels)        \
  DW_SLIDE(stride, panels, 0, DW_RELU)        \
  DW_SLIDE(stride, panels, 0, DW_WIDE)        \
  DW_SLIDE(stride, panels, 1, DW_RELU)        \
  DW_SLIDE(stride, panels, 1, DW_WIDE)        \
  DW_SLIDE(stride, panels, 1, DW_GENERAL)
#define DW_FLAT_FORMS(channels) DW_FLAT(channels, DW_RELU) DW_FLAT(channels, DW_WIDE) DW_FLAT(channels, DW_GENERAL)
DW_SLIDE_FORMS(1, 4)
DW_SLIDE_FORMS(1, 2)
DW_SLIDE_FORMS(1, 1)
DW_SLIDE_FORMS(2, 4)
DW_SLIDE_FORMS(2, 2)
DW_SLIDE_FORMS(2, 1)
DW_FLAT_FORMS(4)
DW_FLAT_FORMS(8)
DW_FLAT_FORMS(16)
DW_FLAT_FORMS(32)

#define DW_SLIDE_ROW(stride, panels)                                                                                    \
  {                                                                                                                     \
    {dw_slide_##stride##_##panels##_0_DW_RELU, dw_slide_##stride##_##panels##_0_DW_WIDE,                                \
     dw_slide_##stride##_##panels##_1_DW_GENERAL},                                                                      \
    {dw_slide_##stride##_##panels##_1_DW_RELU, dw_slide_##stride##_##panels##_1_DW_WIDE,                                \
     dw_slide_##stride##_##panels##_1_DW_GENERAL},                                                                      \
  }
/* The form for a block of `channels` channels. */
static inline dw_row_fn dw_slide_of(size_t stride, size_t channels, enum dw_epilogue epilogue) {
  static const dw_row_fn forms[2][3][2][3] = {
      {DW_SLIDE_ROW(1, 1), DW_SLIDE_ROW(1, 2), DW_SLIDE_ROW(1, 4)}, {DW_SLIDE_ROW(2, 1), DW_SLIDE_ROW(2, 2), DW_SLIDE_ROW(2, 4)}};
  const size_t panels = channels <= 16 ? 0 : channels <= 32 ? 1 : 2;
  return forms[stride - 1][panels][channels != (size_t)16 << panels][epilogue];
}
static inline dw_row_fn dw_flat_of(size_t channels, enum dw_epilogue epilogue) {
#define DW_FLAT_ROW(channels) {dw_flat_##channels##_DW_RELU, dw_flat_##channels##_DW_WIDE, dw_flat_##channels##_DW_GENERAL}
  static const dw_row_fn forms[4][3] = {DW_FLAT_ROW(4), DW_FLAT_ROW(8), DW_FLAT_ROW(16), DW_FLAT_ROW(32)};
  return forms[channels == 4 ? 0 : channels == 8 ? 1 : channels == 16 ? 2 : 3][epilogue];
}

#endif
#endif
