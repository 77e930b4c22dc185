/* dwconv2d/ck_dw_avx512.h - what the AVX-512 depthwise kernels share: columns of tap-quads, constants in their order, the epilogue.
 *
 * A vector of input bytes has four 16-byte lanes, each 16 channels of one pixel. Four kernel rows of a column, interleaved byte by byte, meet a
 * block of weights in one vpdpbusd: two unpacks of bytes and two of words turn them into four vectors, lane L of vector j holding
 * bytes 16 L + 4 j ... 4 j + 3 of the rows. Weights and side arrays are brought to that order once a channel block; the packs of the epilogue
 * undo it. */
#ifndef CK_DW_AVX512_H
#define CK_DW_AVX512_H

#include "dwconv2d_s8_s8c.h"

#if CK_ARCH_X86
#include <immintrin.h>

#define TARGET CK_TARGET_AVX512VNNI
#define INLINE static inline __attribute__((always_inline)) TARGET

typedef struct dw_quad {
  __m512i v[4];
} dw_quad;

/* 16-byte lane j of vector L <-> lane L of vector j. */
INLINE dw_quad dw_transposed(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab_low = _mm512_shuffle_i32x4(a, b, 0x44), ab_high = _mm512_shuffle_i32x4(a, b, 0xEE);
  const __m512i cd_low = _mm512_shuffle_i32x4(c, d, 0x44), cd_high = _mm512_shuffle_i32x4(c, d, 0xEE);
  return (dw_quad){{_mm512_shuffle_i32x4(ab_low, cd_low, 0x88), _mm512_shuffle_i32x4(ab_low, cd_low, 0xDD),
                    _mm512_shuffle_i32x4(ab_high, cd_high, 0x88), _mm512_shuffle_i32x4(ab_high, cd_high, 0xDD)}};
}

INLINE dw_quad dw_interleaved(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
  const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
  return (dw_quad){{_mm512_unpacklo_epi16(ab_low, cd_low), _mm512_unpackhi_epi16(ab_low, cd_low),
                    _mm512_unpacklo_epi16(ab_high, cd_high), _mm512_unpackhi_epi16(ab_high, cd_high)}};
}

INLINE void dw_multiply_add(dw_quad *sum, const dw_quad *x, const dw_quad *w) {
  CK_UNROLL for (int j = 0; j < 4; j++) sum->v[j] = _mm512_dpbusd_epi32(sum->v[j], x->v[j], w->v[j]);
}

/* Constants of 64 lanes, in memory: `start` is bias - zero point * sum of weights + taps * zero point * weight zero point. */
typedef struct dw_block {
  dw_quad start, scale, weights[]; /* [row group][kernel column] */
} dw_block;
/* A kernel's memory for them: one block of CK_DWCONV2D_BLOCKS columns, two of 3 x 3. */
enum { dw_pool_quads = CK_DWCONV2D_BLOCKS + 2 };

/* Which channels the four lanes are: lane L the panel `panel + L % panels`, none where L % panels >= present; or, for rows of less than 16 channels
 * read as a line, bytes repeating every `period`. */
typedef struct dw_lanes {
  size_t panel, panels, present;
  size_t period;
} dw_lanes;

INLINE __m512i dw_gathered(const uint8_t *entries, size_t panel_bytes, const dw_lanes *lanes, size_t lane) {
  if (lanes->period > 0) {
    const __m512i order = _mm512_and_si512(
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi32((int)lanes->period - 1));
    return _mm512_permutexvar_epi32(order, _mm512_loadu_si512(entries));
  }
  const size_t at = lane & (lanes->panels - 1); /* panels is 1, 2 or 4 */
  return at < lanes->present ? _mm512_loadu_si512(entries + (lanes->panel + at) * panel_bytes) : _mm512_setzero_si512();
}
INLINE dw_quad dw_gathered_quad(const uint8_t *entries, size_t panel_bytes, const dw_lanes *lanes) {
  return dw_transposed(
      dw_gathered(entries, panel_bytes, lanes, 0), dw_gathered(entries, panel_bytes, lanes, 1), dw_gathered(entries, panel_bytes, lanes, 2),
      dw_gathered(entries, panel_bytes, lanes, 3));
}
/* `weights`: how many blocks of them to hold. */
TARGET static void dw_gather(dw_block *block, const ck_bound *bound, const ck_conv2d_parameters *p, const dw_lanes *lanes, size_t weights) {
  const size_t panel_bytes = (size_t)ck_dwconv2d_panel_blocks(p) * 64;
  const __m512i zero_point = _mm512_set1_epi32(p->input_zero_point + 128);
  const uint32_t taps = p->kernel_h * p->kernel_w;
  const __m512i correction = _mm512_set1_epi32((int)(taps * (uint32_t)p->weight_zero_point * (uint32_t)(p->input_zero_point + 128)));
  const dw_quad bias = dw_gathered_quad(bound->constant[1], 64, lanes), sums = dw_gathered_quad(bound->constant[2], 64, lanes);
  CK_UNROLL for (int j = 0; j < 4; j++) {
    block->start.v[j] = _mm512_sub_epi32(_mm512_add_epi32(bias.v[j], correction), _mm512_mullo_epi32(zero_point, sums.v[j]));
  }
  block->scale = dw_gathered_quad(bound->constant[3], 64, lanes);
  for (size_t i = 0; i < weights; i++) block->weights[i] = dw_gathered_quad(bound->constant[0] + 64 * i, panel_bytes, lanes);
}

enum dw_epilogue {
  DW_RELU,   /* the saturation of packing is the whole clamp */
  DW_WIDE,   /* scales < 1: it clamps after zero point and conversion */
  DW_GENERAL /* f32, or scales of 1 and more: the clamp precedes the conversion */
};

/* What all lanes share. */
typedef struct dw_output {
  __m512i zero_point, low, high; /* in u8: words; bytes */
  float float_low, float_high;
  int32_t s32_zero_point;
  enum dw_epilogue epilogue;
  bool f32;
} dw_output;

TARGET static dw_output dw_output_of(const ck_bound *bound, const ck_quantization *q) {
  const uint16_t flags = bound->instruction->flags;
  const bool f32 = (flags & CK_FLAG_F32_OUTPUT) != 0, relu = q->output_zero_point == -128 && q->output_min == -128 && q->output_max == 127;
  return (dw_output){
      .zero_point = _mm512_set1_epi16((short)(q->output_zero_point + 128)),
      .low = _mm512_set1_epi8((char)(q->output_min + 128)),
      .high = _mm512_set1_epi8((char)(q->output_max + 128)),
      .float_low = f32 ? q->float_min : (float)(q->output_min - q->output_zero_point),
      .float_high = f32 ? q->float_max : (float)(q->output_max - q->output_zero_point),
      .s32_zero_point = q->output_zero_point + 128,
      .epilogue = f32 || flags & CK_FLAG_LARGE_SCALE ? DW_GENERAL : relu ? DW_RELU : DW_WIDE,
      .f32 = f32};
}

INLINE __m512 dw_product(const dw_block *block, const dw_quad *sum, int j) {
  return _mm512_mul_ps(_mm512_cvtepi32_ps(sum->v[j]), _mm512_castsi512_ps(block->scale.v[j]));
}
/* The bytes of 64 lanes, in order. */
INLINE __m512i dw_bytes(const dw_output *o, const dw_block *block, const dw_quad *sum, enum dw_epilogue epilogue) {
  __m512i low = _mm512_packs_epi32(_mm512_cvtps_epi32(dw_product(block, sum, 0)), _mm512_cvtps_epi32(dw_product(block, sum, 1)));
  __m512i high = _mm512_packs_epi32(_mm512_cvtps_epi32(dw_product(block, sum, 2)), _mm512_cvtps_epi32(dw_product(block, sum, 3)));
  if (epilogue == DW_RELU) return _mm512_packus_epi16(low, high);
  low = _mm512_adds_epi16(low, o->zero_point);
  high = _mm512_adds_epi16(high, o->zero_point);
  return _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(low, high), o->low), o->high);
}

/* Where the outputs of a vector go: the bytes of `panels` lanes, then those of as many behind them. `mask` are the elements of one part that are
 * channels. */
typedef struct dw_place {
  uint8_t *out;
  size_t distance[4]; /* from `out` to the part */
  unsigned panels;    /* lanes that lie side by side: 4, 2 or 1 */
  __mmask64 mask;
} dw_place;

TARGET static __attribute__((noinline)) void dw_store_general(const dw_output *o, const dw_block *block, const dw_quad *sum, const dw_place *place) {
  const __m512 low = _mm512_set1_ps(o->float_low), high = _mm512_set1_ps(o->float_high);
  dw_quad value;
  for (int j = 0; j < 4; j++) {
    const __m512 clamped = _mm512_min_ps(_mm512_max_ps(dw_product(block, sum, j), low), high);
    value.v[j] = o->f32 ? _mm512_castps_si512(clamped) : _mm512_add_epi32(_mm512_cvtps_epi32(clamped), _mm512_set1_epi32(o->s32_zero_point));
  }
  const dw_quad ordered = dw_transposed(value.v[0], value.v[1], value.v[2], value.v[3]);
  for (unsigned lane = 0; lane < 4; lane++) {
    const __mmask16 mask = (__mmask16)(place->mask >> (16 * (lane % place->panels)));
    uint8_t *out = place->out + place->distance[lane / place->panels] + 16 * (lane % place->panels) * (o->f32 ? 4 : 1);
    if (o->f32) _mm512_mask_storeu_epi32(out, mask, ordered.v[lane]);
    else _mm_mask_storeu_epi8(out, mask, _mm512_cvtepi32_epi8(ordered.v[lane]));
  }
}

INLINE void dw_store(
    const dw_output *o, const dw_block *block, const dw_quad *sum, const dw_place *place, const enum dw_epilogue epilogue, const unsigned panels,
    const bool part) {
  if (epilogue == DW_GENERAL) {
    const dw_quad copy = *sum; /* so that nothing else has an address */
    const dw_place there = *place;
    dw_store_general(o, block, &copy, &there);
    return;
  }
  const __m512i bytes = dw_bytes(o, block, sum, epilogue);
  CK_UNROLL for (unsigned i = 0; i < 4 / panels; i++) {
    uint8_t *out = i == 0 ? place->out : place->out + place->distance[i];
    if (panels == 4) {
      if (part) _mm512_mask_storeu_epi8(out, place->mask, bytes);
      else _mm512_storeu_si512(out, bytes);
    } else if (panels == 2) {
      const __m256i half = i == 0 ? _mm512_castsi512_si256(bytes) : _mm512_extracti64x4_epi64(bytes, 1);
      if (part) _mm256_mask_storeu_epi8(out, (__mmask32)place->mask, half);
      else _mm256_storeu_si256((__m256i *)(void *)out, half);
    } else {
      const __m128i lane = i == 0   ? _mm512_castsi512_si128(bytes)
                           : i == 1 ? _mm512_extracti32x4_epi32(bytes, 1)
                           : i == 2 ? _mm512_extracti32x4_epi32(bytes, 2)
                                    : _mm512_extracti32x4_epi32(bytes, 3);
      if (part) _mm_mask_storeu_epi8(out, (__mmask16)place->mask, lane);
      else _mm_storeu_si128((__m128i *)(void *)out, lane);
    }
  }
}

#endif
#endif
