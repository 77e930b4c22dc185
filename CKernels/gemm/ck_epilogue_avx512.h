/* gemm/ck_epilogue_avx512.h - sums of 16 channels to bytes or floats, AVX-512. Bit-exact with ck_requantize_store. */
#ifndef CK_EPILOGUE_AVX512_H
#define CK_EPILOGUE_AVX512_H

#include "ck_tile.h"

#if CK_ARCH_X86
#include <immintrin.h>

#define CK_INLINE_AVX512 static inline __attribute__((always_inline)) CK_TARGET_AVX512VNNI

/* How sums become bytes: RELU has zero point 0 and no clamp but the saturation's; ADDED takes a residual. */
enum ck_ending { CK_ENDING_CLAMPED, CK_ENDING_RELU, CK_ENDING_ADDED };

/* The clamp and zero point in u8: of the output, with a residual those of the sum. */
typedef struct ck_epilogue_avx512 {
  __m512i zero_point, low, high;
  enum ck_ending ending;
  /* With a residual: the bits of the layer's bounds less its zero point, the lower one negative where it is 0; the residual's zero point in u8. */
  __m512i layer_low, layer_high, residual_zero_point;
  __m512 layer_scale, residual_scale;
} ck_epilogue_avx512;

CK_INLINE_AVX512 ck_epilogue_avx512 ck_epilogue_avx512_clamped(int32_t zero_point, int32_t min, int32_t max) {
  return (ck_epilogue_avx512){
      .zero_point = _mm512_set1_epi16((short)(zero_point + 128)),
      .low = _mm512_set1_epi8((char)(min + 128)),
      .high = _mm512_set1_epi8((char)(max + 128)),
      .ending = zero_point == -128 && min == -128 && max == 127 ? CK_ENDING_RELU : CK_ENDING_CLAMPED};
}
CK_INLINE_AVX512 ck_epilogue_avx512 ck_epilogue_avx512_of(const ck_tile_job *job) {
  const ck_quantization *q = &job->q;
  const ck_add_parameters *add = &job->add;
  if (job->residual == NULL) return ck_epilogue_avx512_clamped(q->output_zero_point, q->output_min, q->output_max);
  ck_epilogue_avx512 e = ck_epilogue_avx512_clamped(add->sum_zero_point, add->sum_min, add->sum_max);
  e.ending = CK_ENDING_ADDED;
  int32_t low, high;
  ck_add_bounds(q, &low, &high);
  e.layer_low = _mm512_set1_epi32(low);
  e.layer_high = _mm512_set1_epi32(high);
  e.layer_scale = _mm512_set1_ps(add->layer_scale);
  e.residual_zero_point = _mm512_set1_epi32(add->residual_zero_point + 128);
  e.residual_scale = _mm512_set1_ps(add->residual_scale);
  return e;
}

CK_INLINE_AVX512 __m512i ck_scaled_avx512(__m512i sum, __m512 scale) {
  return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale));
}

/* With the residual's bytes added: the sum's levels less its zero point. The clamp precedes the rounding, so that any scale will do; what is added
 * stays below 2^23. Clamped as integers, for which more pipes do: floats of one sign lie like their bits, the lower bound is at most 0, the upper at
 * least. */
CK_INLINE_AVX512 __m512i ck_added_avx512(__m512i sum, __m512 scale, __m128i residual, const ck_epilogue_avx512 *e) {
  const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale);
  const __m512i clamped = _mm512_min_epu32(_mm512_min_epi32(_mm512_castps_si512(value), e->layer_high), e->layer_low);
  const __m512 rounded = _mm512_roundscale_ps(_mm512_castsi512_ps(clamped), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 level = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_cvtepu8_epi32(residual), e->residual_zero_point));
  return _mm512_cvtps_epi32(_mm512_add_ps(_mm512_mul_ps(rounded, e->layer_scale), _mm512_mul_ps(level, e->residual_scale)));
}

/* Levels less their zero point to bytes: saturating packs followed by the integer clamp give what the rule gives. Dword i of 128-bit lane l:
 * channels 4 l ... 4 l + 3 of vector i. */
CK_INLINE_AVX512 __m512i ck_levels_to_bytes_avx512(const __m512i level[4], bool relu, const ck_epilogue_avx512 *e) {
  __m512i low = _mm512_packs_epi32(level[0], level[1]), high = _mm512_packs_epi32(level[2], level[3]);
  if (relu) return _mm512_packus_epi16(low, high);
  low = _mm512_adds_epi16(low, e->zero_point);
  high = _mm512_adds_epi16(high, e->zero_point);
  return _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(low, high), e->low), e->high);
}
/* Four vectors of sums likewise; dword i of 128-bit lane l: channels 4 l ... 4 l + 3 of vector i. No clamp in f32: with scales below 1 the
 * conversion cannot overflow. */
CK_INLINE_AVX512 __m512i ck_packed_avx512(
    const __m512i sum[4], const __m512 scale[4], bool relu, const ck_epilogue_avx512 *e) {
  const __m512i level[4] = {
      ck_scaled_avx512(sum[0], scale[0]), ck_scaled_avx512(sum[1], scale[1]), ck_scaled_avx512(sum[2], scale[2]),
      ck_scaled_avx512(sum[3], scale[3])};
  return ck_levels_to_bytes_avx512(level, relu, e);
}

static inline uint64_t ck_first_channels(size_t channels) { return channels >= 64 ? ~0ull : (1ull << channels) - 1; }

/* Where the sums of a tile go. */
typedef struct ck_target_avx512 {
  const uint8_t *scale;
  uint8_t *out;
  size_t stride;   /* from a pixel to the next */
  size_t channels;
  bool contiguous; /* pixels follow each other without a gap: four vectors are 64 bytes in a row */
  const uint8_t *residual; /* of out[0], where the ending takes one */
} ck_target_avx512;

/* Vector `i` of a tile of pixels x panels, `panels` to a pixel, with the residual added. The first three arguments are constants. */
CK_INLINE_AVX512 __m512i ck_added_vector_avx512(int panels, int i, __m512i sum, const ck_target_avx512 *t, const ck_epilogue_avx512 *e) {
  const uint8_t *residual = t->residual + (size_t)(i / panels) * t->stride + 16 * (i % panels);
  const __mmask16 mask = (__mmask16)(ck_first_channels(t->channels) >> 16 * (i % panels));
  return ck_added_avx512(sum, _mm512_loadu_ps(t->scale + 64 * (i % panels)), _mm_maskz_loadu_epi8(mask, residual), e);
}

/* Stores vectors 4 step ... 4 step + 3 of a tile: sums, or with a residual what ck_added_vector_avx512 has made of them. The first four arguments are
 * constants. */
CK_INLINE_AVX512 void ck_store_step_avx512(
    int pixels, int panels, int step, enum ck_ending ending, const __m512i *sum, const ck_target_avx512 *t, const ck_epilogue_avx512 *e) {
  const int first = 4 * step, last = pixels * panels - 1, count = pixels - first / panels;
  __m512i sums[4];
  __m512 scales[4];
  CK_UNROLL for (int i = 0; i < 4; i++) {
    sums[i] = sum[first + i < last ? first + i : last];
    scales[i] = _mm512_loadu_ps(t->scale + 64 * (i % panels));
  }
  const size_t stride = t->stride, channels = t->channels;
  const __m512i packed = ending == CK_ENDING_ADDED ? ck_levels_to_bytes_avx512(sums, false, e)
                                                   : ck_packed_avx512(sums, scales, ending == CK_ENDING_RELU, e);
  /* The vectors in order: 4 x 16 bytes. */
  const __m512i bytes = _mm512_permutexvar_epi32(_mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0), packed);
  uint8_t *out = t->out + (size_t)(first / panels) * stride;
  if (panels == 4) {
    _mm512_mask_storeu_epi8(out, ck_first_channels(channels), bytes);
  } else if (t->contiguous && count >= 4 / panels) {
    _mm512_storeu_si512(out, bytes);
  } else if (panels == 2) {
    const __mmask32 mask = channels >= 32 ? ~0u : (1u << channels) - 1;
    _mm256_mask_storeu_epi8(out, mask, _mm512_castsi512_si256(bytes));
    if (count > 1) _mm256_mask_storeu_epi8(out + stride, mask, _mm512_extracti64x4_epi64(bytes, 1));
  } else {
    const __mmask16 mask = (__mmask16)(channels >= 16 ? 0xFFFFu : (1u << channels) - 1);
    _mm_mask_storeu_epi8(out, mask, _mm512_castsi512_si128(bytes));
    if (count > 1) _mm_mask_storeu_epi8(out + stride, mask, _mm512_extracti32x4_epi32(bytes, 1));
    if (count > 2) _mm_mask_storeu_epi8(out + 2 * stride, mask, _mm512_extracti32x4_epi32(bytes, 2));
    if (count > 3) _mm_mask_storeu_epi8(out + 3 * stride, mask, _mm512_extracti32x4_epi32(bytes, 3));
  }
}

/* One pixel and panel of any scale, s8 or f32: the clamp precedes the conversion. */
CK_INLINE_AVX512 void ck_store_general_avx512(
    const ck_tile_job *job, __m512i sum, size_t pixel, size_t channel, const ck_epilogue_avx512 *e) {
  const ck_quantization *q = &job->q;
  const size_t left = job->channels - channel;
  const __mmask16 mask = (__mmask16)(left >= 16 ? 0xFFFFu : (1u << left) - 1);
  const __m512 scale = _mm512_loadu_ps(job->scale + 4 * channel), value = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale);
  uint8_t *out = job->output + pixel * job->output_stride_bytes;
  if (e->ending == CK_ENDING_ADDED) {
    const uint8_t *residual = job->residual + pixel * job->output_stride_bytes + channel;
    const __m512i level = ck_added_avx512(sum, scale, _mm_maskz_loadu_epi8(mask, residual), e);
    const __m512i sum_low = _mm512_set1_epi32(job->add.sum_min + 128), sum_high = _mm512_set1_epi32(job->add.sum_max + 128);
    const __m512i byte = _mm512_add_epi32(level, _mm512_set1_epi32(job->add.sum_zero_point + 128));
    _mm_mask_storeu_epi8(out + channel, mask, _mm512_cvtepi32_epi8(_mm512_min_epi32(_mm512_max_epi32(byte, sum_low), sum_high)));
    return;
  }
  if (job->f32) {
    const __m512 clamped = _mm512_min_ps(_mm512_max_ps(value, _mm512_set1_ps(q->float_min)), _mm512_set1_ps(q->float_max));
    _mm512_mask_storeu_ps(out + 4 * channel, mask, clamped);
    return;
  }
  const __m512 low = _mm512_set1_ps((float)(q->output_min - q->output_zero_point));
  const __m512 high = _mm512_set1_ps((float)(q->output_max - q->output_zero_point));
  const __m512i rounded = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(value, low), high));
  const __m512i shifted = _mm512_add_epi32(rounded, _mm512_set1_epi32(q->output_zero_point + 128));
  _mm_mask_storeu_epi8(out + channel, mask, _mm512_cvtepi32_epi8(shifted));
}

/* bias - zero point * sum of weights of a panel: what its sums start at. */
CK_INLINE_AVX512 __m512i ck_start_avx512(const ck_tile_job *job, size_t panel) {
  const __m512i bias = _mm512_loadu_si512(job->bias + 64 * panel);
  const int32_t zero_point = ck_tile_zero_point(job);
  if (zero_point == 0) return bias;
  return _mm512_sub_epi32(bias, _mm512_mullo_epi32(_mm512_set1_epi32(zero_point), _mm512_loadu_si512(job->sums + 64 * panel)));
}

#endif
#endif
