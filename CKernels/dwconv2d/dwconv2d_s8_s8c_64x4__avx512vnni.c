#include "dwconv2d_s8_s8c.h"

#if CK_ARCH_X86
#include <immintrin.h>

#define TARGET CK_TARGET_AVX512VNNI
#define INLINE static inline __attribute__((always_inline)) TARGET

/* 64 channels at a time: four panels, one in each vector of sums. Four kernel rows of a column, interleaved byte by byte, meet a block of
 * weights in one vpdpbusd: two unpacks of bytes and two of words turn 64 channels of four rows into four vectors, lane L of vector j
 * holding channels 16 L + 4 j ... 4 j + 3. Weights and side arrays are brought to that order once a call; the packs of the epilogue undo it. */
typedef struct quad_column {
  __m512i v[4];
} quad_column;

/* 16-byte lane j of vector L <-> lane L of vector j. */
INLINE quad_column transposed(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab_low = _mm512_shuffle_i32x4(a, b, 0x44), ab_high = _mm512_shuffle_i32x4(a, b, 0xEE);
  const __m512i cd_low = _mm512_shuffle_i32x4(c, d, 0x44), cd_high = _mm512_shuffle_i32x4(c, d, 0xEE);
  return (quad_column){{_mm512_shuffle_i32x4(ab_low, cd_low, 0x88), _mm512_shuffle_i32x4(ab_low, cd_low, 0xDD),
                        _mm512_shuffle_i32x4(ab_high, cd_high, 0x88), _mm512_shuffle_i32x4(ab_high, cd_high, 0xDD)}};
}

INLINE quad_column interleaved(const uint8_t *const rows[4], size_t at) {
  const __m512i a = _mm512_loadu_si512(rows[0] + at), b = _mm512_loadu_si512(rows[1] + at);
  const __m512i c = _mm512_loadu_si512(rows[2] + at), d = _mm512_loadu_si512(rows[3] + at);
  const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
  const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
  return (quad_column){{_mm512_unpacklo_epi16(ab_low, cd_low), _mm512_unpackhi_epi16(ab_low, cd_low),
                        _mm512_unpacklo_epi16(ab_high, cd_high), _mm512_unpackhi_epi16(ab_high, cd_high)}};
}

/* Weights and side arrays of 64 lanes. */
typedef struct lanes {
  quad_column weights[CK_DWCONV2D_BLOCKS];
  quad_column start; /* bias - zero point * sum of weights, and taps * zero point * weight zero point */
  int32_t weight_zero_point;
  quad_column scale;
  __m512i zero_point, low, high;   /* of the output, in u8 */
  __m512 float_low, float_high;
  __mmask64 mask;                  /* lanes that are channels */
  bool relu, wide, f32;
} lanes;

/* Where 16 lanes find their channels: in order from a panel on, or, for narrow layers whose row is read as a line, repeating every `period`. */
typedef struct lane_map {
  size_t panel, panels; /* first panel, how many */
  size_t period;        /* 0, or a divisor of 16 */
} lane_map;

INLINE __m512i gathered(const uint8_t *entries, size_t panel_bytes, const lane_map *map, size_t lane) {
  if (map->period > 0) {
    const __m512i order = _mm512_and_si512(
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi32((int)map->period - 1));
    return _mm512_permutexvar_epi32(order, _mm512_loadu_si512(entries));
  }
  return lane < map->panels ? _mm512_loadu_si512(entries + (map->panel + lane) * panel_bytes) : _mm512_setzero_si512();
}

INLINE quad_column gathered_column(const uint8_t *entries, size_t panel_bytes, const lane_map *map) {
  return transposed(
      gathered(entries, panel_bytes, map, 0), gathered(entries, panel_bytes, map, 1), gathered(entries, panel_bytes, map, 2),
      gathered(entries, panel_bytes, map, 3));
}

/* What all lanes share. */
TARGET static void begin(lanes *l, const ck_bound *bound, const ck_quantization *q) {
  const uint16_t flags = bound->instruction->flags;
  l->f32 = (flags & CK_FLAG_F32_OUTPUT) != 0;
  l->wide = !l->f32 && !(flags & CK_FLAG_LARGE_SCALE);
  l->relu = q->output_zero_point == -128 && q->output_min == -128 && q->output_max == 127;
  l->zero_point = l->wide ? _mm512_set1_epi16((short)(q->output_zero_point + 128)) : _mm512_set1_epi32(q->output_zero_point + 128);
  l->low = _mm512_set1_epi8((char)(q->output_min + 128));
  l->high = _mm512_set1_epi8((char)(q->output_max + 128));
  l->float_low = _mm512_set1_ps(l->f32 ? q->float_min : (float)(q->output_min - q->output_zero_point));
  l->float_high = _mm512_set1_ps(l->f32 ? q->float_max : (float)(q->output_max - q->output_zero_point));
}

/* Weights and side arrays of the lanes. */
TARGET static void gather(
    lanes *l, const ck_bound *bound, const ck_conv2d_parameters *p, size_t blocks, const lane_map *map) {
  const __m512i zero_point = _mm512_set1_epi32(p->input_zero_point + 128);
  const uint32_t taps = p->kernel_h * p->kernel_w;
  const __m512i correction = _mm512_set1_epi32((int)(taps * (uint32_t)p->weight_zero_point * (uint32_t)(p->input_zero_point + 128)));
  l->weight_zero_point = p->weight_zero_point;
  __m512i start[4];
  CK_UNROLL for (size_t j = 0; j < 4; j++) {
    const __m512i sums = gathered(bound->constant[2], 64, map, j);
    const __m512i bias = _mm512_add_epi32(gathered(bound->constant[1], 64, map, j), correction);
    start[j] = _mm512_sub_epi32(bias, _mm512_mullo_epi32(zero_point, sums));
  }
  l->start = transposed(start[0], start[1], start[2], start[3]);
  l->scale = gathered_column(bound->constant[3], 64, map);
  for (size_t i = 0; i < blocks; i++) l->weights[i] = gathered_column(bound->constant[0] + 64 * i, 64 * blocks, map);
}

INLINE __m512 product(const lanes *l, const quad_column *sum, int j) {
  return _mm512_mul_ps(_mm512_cvtepi32_ps(sum->v[j]), _mm512_castsi512_ps(l->scale.v[j]));
}

/* f32, or s8 where a scale may be 1 or more: the clamp precedes the conversion. */
TARGET static void store_general(const lanes *l, const quad_column *sum, uint8_t *out) {
  quad_column value;
  for (int j = 0; j < 4; j++) {
    const __m512 clamped = _mm512_min_ps(_mm512_max_ps(product(l, sum, j), l->float_low), l->float_high);
    value.v[j] = l->f32 ? _mm512_castps_si512(clamped) : _mm512_add_epi32(_mm512_cvtps_epi32(clamped), l->zero_point);
  }
  const quad_column ordered = transposed(value.v[0], value.v[1], value.v[2], value.v[3]);
  for (int j = 0; j < 4; j++) {
    const __mmask16 mask = (__mmask16)(l->mask >> (16 * j));
    if (l->f32) {
      _mm512_mask_storeu_epi32(out + 64 * j, mask, ordered.v[j]);
    } else {
      _mm_mask_storeu_epi8(out + 16 * j, mask, _mm512_cvtepi32_epi8(ordered.v[j]));
    }
  }
}

INLINE void store(const lanes *l, const quad_column *sum, uint8_t *out) {
  if (!l->wide) {
    store_general(l, sum, out);
    return;
  }
  __m512i low = _mm512_packs_epi32(_mm512_cvtps_epi32(product(l, sum, 0)), _mm512_cvtps_epi32(product(l, sum, 1)));
  __m512i high = _mm512_packs_epi32(_mm512_cvtps_epi32(product(l, sum, 2)), _mm512_cvtps_epi32(product(l, sum, 3)));
  __m512i bytes;
  if (l->relu) {
    bytes = _mm512_packus_epi16(low, high);
  } else {
    low = _mm512_adds_epi16(low, l->zero_point);
    high = _mm512_adds_epi16(high, l->zero_point);
    bytes = _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(low, high), l->low), l->high);
  }
  _mm512_mask_storeu_epi8(out, l->mask, bytes);
}

INLINE void multiply_add(quad_column *sum, const quad_column *x, const quad_column *w) {
  CK_UNROLL for (int j = 0; j < 4; j++) sum->v[j] = _mm512_dpbusd_epi32(sum->v[j], x->v[j], w->v[j]);
}

/* `count` outputs of one row, `step` bytes of input apart; kernel columns `tap` bytes apart. */
typedef struct line {
  const uint8_t *const (*rows)[4]; /* of each group of four kernel rows, at the first lane */
  size_t row_groups, kernel_h, kernel_w;
  size_t count, step, tap;
  uint8_t *out;
  size_t out_step;
} line;

INLINE void run_general(const lanes *l, const line *s) {
  for (size_t x = 0; x < s->count; x++) {
    quad_column sum = l->start;
    for (size_t g = 0; g < s->row_groups; g++) {
      for (size_t kx = 0; kx < s->kernel_w; kx++) {
        const quad_column column = interleaved(s->rows[g], x * s->step + kx * s->tap);
        multiply_add(&sum, &column, &l->weights[g * s->kernel_w + kx]);
      }
    }
    store(l, &sum, s->out + x * s->out_step);
  }
}

/* Weights with a zero point: beside the sums of products run the sums of taps that it is multiplied with. */
INLINE void run_zero_point(const lanes *l, const line *s) {
  const __m512i weight_zero_point = _mm512_set1_epi32(l->weight_zero_point);
  for (size_t x = 0; x < s->count; x++) {
    quad_column sum = l->start, taps;
    CK_UNROLL for (int j = 0; j < 4; j++) taps.v[j] = _mm512_setzero_si512();
    for (size_t g = 0; g < s->row_groups; g++) {
      const __m512i ones = _mm512_set1_epi32((int)ck_dw_ones(s->kernel_h, g));
      const quad_column all = {{ones, ones, ones, ones}};
      for (size_t kx = 0; kx < s->kernel_w; kx++) {
        const quad_column column = interleaved(s->rows[g], x * s->step + kx * s->tap);
        multiply_add(&sum, &column, &l->weights[g * s->kernel_w + kx]);
        multiply_add(&taps, &column, &all);
      }
    }
    CK_UNROLL for (int j = 0; j < 4; j++) sum.v[j] = _mm512_sub_epi32(sum.v[j], _mm512_mullo_epi32(weight_zero_point, taps.v[j]));
    store(l, &sum, s->out + x * s->out_step);
  }
}

/* Three kernel columns a step apart: each column is interleaved once and used by three outputs. */
INLINE void run_3_columns(const lanes *l, const line *s) {
  quad_column first = interleaved(s->rows[0], 0), second = interleaved(s->rows[0], s->tap);
  for (size_t x = 0; x < s->count; x++) {
    const quad_column third = interleaved(s->rows[0], x * s->step + 2 * s->tap);
    quad_column sum = l->start;
    multiply_add(&sum, &first, &l->weights[0]);
    multiply_add(&sum, &second, &l->weights[1]);
    multiply_add(&sum, &third, &l->weights[2]);
    store(l, &sum, s->out + x * s->out_step);
    first = second;
    second = third;
  }
}

TARGET static void run_line(const lanes *l, const line *s) {
  if (l->weight_zero_point != 0) {
    run_zero_point(l, s);
  } else if (s->row_groups == 1 && s->kernel_w == 3 && s->step == s->tap) {
    run_3_columns(l, s);
  } else {
    run_general(l, s);
  }
}

/* Groups of four kernel rows; the rows past the last meet zero weights and stand for it once more. */
static void rows_of(const ck_conv2d_parameters *p, const ck_ring *ring, size_t y, size_t lane, const uint8_t *rows[CK_DWCONV2D_BLOCKS][4]) {
  for (size_t ky = 0; ky < (size_t)ck_round_up(p->kernel_h, 4); ky++) {
    const size_t last = p->kernel_h - 1;
    rows[ky / 4][ky % 4] = ck_ring_row(ring, y + (ky < last ? ky : last) * p->dilation_h) + lane;
  }
}

enum ck_status ck_dwconv2d_s8_s8c_64x4__avx512vnni(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const ck_quantization q = ck_quantization_at(bound->instruction, CK_DWCONV2D_QUANTIZATION);
  const size_t element = bound->instruction->flags & CK_FLAG_F32_OUTPUT ? 4 : 1, blocks = (size_t)ck_dwconv2d_panel_blocks(&p);
  /* A row of a narrow layer with stride 1 is a line of out_w * channels outputs, 64 at a time, whatever their channel. */
  const bool narrow = ck_dwconv2d_is_line(&p);
  const size_t lane_end = narrow ? (size_t)p.out_w * p.out_c : 16 * range.panel_end < p.out_c ? 16 * range.panel_end : p.out_c;
  const size_t lane_begin = narrow ? 0 : 16 * (size_t)range.panel_begin;
  const uint8_t *rows[CK_DWCONV2D_BLOCKS][4];
  line s = {
      .rows = (const uint8_t *const(*)[4])rows,
      .row_groups = (p.kernel_h + 3) / 4,
      .kernel_h = p.kernel_h,
      .kernel_w = p.kernel_w,
      .count = narrow ? 1 : p.out_w,
      .step = (size_t)p.stride_w * p.in_c,
      .tap = (size_t)p.dilation_w * p.in_c,
      .out_step = p.out_c * element};
  lanes l;
  begin(&l, bound, &q);
  const bool gathered_once = narrow || lane_end - lane_begin <= 64;
  ck_ring ring = ck_ring_of(bound, &p);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t y = ck_ring_begin_row(&ring, row);
    for (size_t lane = lane_begin; lane < lane_end; lane += 64) {
      const size_t count = lane_end - lane;
      if (!gathered_once || (row == range.row_begin && lane == lane_begin)) {
        const lane_map map = {lane / 16, (count + 15) / 16 /* 4 at most are read */, narrow ? p.in_c : 0};
        gather(&l, bound, &p, blocks, &map);
      }
      l.mask = count >= 64 ? ~0ull : (1ull << count) - 1;
      rows_of(&p, &ring, y, lane, rows);
      s.out = bound->operand[1] + (row * p.out_w * p.out_c + lane) * element;
      run_line(&l, &s);
    }
  }
  return CK_OK;
}

#endif
