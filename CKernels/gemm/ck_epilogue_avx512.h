/* gemm/ck_epilogue_avx512.h - sums of 16 channels to bytes or floats, AVX-512. Bit-exact with ck_requantize_store. */
#ifndef CK_EPILOGUE_AVX512_H
#define CK_EPILOGUE_AVX512_H

#include "ck_tile.h"

#if CK_ARCH_X86
#include <immintrin.h>

#define CK_INLINE_AVX512 static inline __attribute__((always_inline)) CK_TARGET_AVX512VNNI

/* The clamp and zero point in u8. */
typedef struct ck_epilogue_avx512 {
  __m512i zero_point, low, high;
  bool relu; /* zero point 0 and no clamp but the saturation's */
} ck_epilogue_avx512;

CK_INLINE_AVX512 ck_epilogue_avx512 ck_epilogue_avx512_of(const ck_quantization *q) {
  return (ck_epilogue_avx512){
      _mm512_set1_epi16((short)(q->output_zero_point + 128)), _mm512_set1_epi8((char)(q->output_min + 128)),
      _mm512_set1_epi8((char)(q->output_max + 128)), q->output_zero_point == -128 && q->output_min == -128 && q->output_max == 127};
}

CK_INLINE_AVX512 __m512i ck_scaled_avx512(__m512i sum, __m512 scale) {
  return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale));
}

/* Four vectors of sums to bytes; dword i of 128-bit lane l: channels 4 l ... 4 l + 3 of vector i. No clamp in f32: with scales below 1 the
 * conversion cannot overflow, and saturating packs followed by the integer clamp give what the rule gives. */
CK_INLINE_AVX512 __m512i ck_packed_avx512(
    const __m512i sum[4], const __m512 scale[4], bool relu, const ck_epilogue_avx512 *e) {
  __m512i low = _mm512_packs_epi32(ck_scaled_avx512(sum[0], scale[0]), ck_scaled_avx512(sum[1], scale[1]));
  __m512i high = _mm512_packs_epi32(ck_scaled_avx512(sum[2], scale[2]), ck_scaled_avx512(sum[3], scale[3]));
  if (relu) return _mm512_packus_epi16(low, high);
  low = _mm512_adds_epi16(low, e->zero_point);
  high = _mm512_adds_epi16(high, e->zero_point);
  return _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(low, high), e->low), e->high);
}
/* The same with the vectors in order: 4 x 16 bytes. */
CK_INLINE_AVX512 __m512i ck_requantized_avx512(const __m512i sum[4], const __m512 scale[4], bool relu, const ck_epilogue_avx512 *e) {
  return _mm512_permutexvar_epi32(
      _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0), ck_packed_avx512(sum, scale, relu, e));
}

/* Where the sums of a tile go. */
typedef struct ck_target_avx512 {
  const uint8_t *scale;
  uint8_t *out;
  size_t stride;   /* from a pixel to the next */
  size_t channels;
  bool contiguous; /* pixels follow each other without a gap: four vectors are 64 bytes in a row */
} ck_target_avx512;

/* Stores vectors 4 step ... 4 step + 3 of a tile of pixels x panels, `panels` to a pixel. The first three arguments are constants. */
CK_INLINE_AVX512 void ck_store_step_avx512(
    int pixels, int panels, int step, bool relu, const __m512i *sum, const ck_target_avx512 *t, const ck_epilogue_avx512 *e) {
  const int first = 4 * step, last = pixels * panels - 1, count = pixels - first / panels;
  __m512i sums[4];
  __m512 scales[4];
  CK_UNROLL for (int i = 0; i < 4; i++) {
    sums[i] = sum[first + i < last ? first + i : last];
    scales[i] = _mm512_loadu_ps(t->scale + 64 * (i % panels));
  }
  const __m512i bytes = ck_requantized_avx512(sums, scales, relu, e);
  const size_t stride = t->stride, channels = t->channels;
  uint8_t *out = t->out + (size_t)(first / panels) * stride;
  if (panels == 4) {
    _mm512_mask_storeu_epi8(out, channels >= 64 ? ~0ull : (1ull << channels) - 1, bytes);
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
CK_INLINE_AVX512 void ck_store_general_avx512(const ck_tile_job *job, __m512i sum, size_t pixel, size_t channel) {
  const ck_quantization *q = &job->q;
  const size_t left = job->channels - channel;
  const __mmask16 mask = (__mmask16)(left >= 16 ? 0xFFFFu : (1u << left) - 1);
  const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(job->scale + 4 * channel));
  uint8_t *out = job->output + pixel * job->output_stride_bytes;
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
