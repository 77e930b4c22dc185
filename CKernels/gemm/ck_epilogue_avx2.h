/* gemm/ck_epilogue_avx2.h - sums of 16 channels to bytes or floats, AVX2. Bit-exact with ck_requantize_store. */
#ifndef CK_EPILOGUE_AVX2_H
#define CK_EPILOGUE_AVX2_H

#include "../quantize/ck_requantize.h"

#if CK_ARCH_X86
#include <immintrin.h>

/* Stores the first `count` of 16 channels at `out`; the clamp precedes the conversion, so that any scale will do. sum[half]: 8 channels. */
CK_TARGET_AVX2 static inline void ck_store_sums_avx2(
    const __m256i sum[2], const uint8_t *scale, const ck_quantization *q, bool f32, size_t count, uint8_t *out) {
  const __m256 low = _mm256_set1_ps(f32 ? q->float_min : (float)(q->output_min - q->output_zero_point));
  const __m256 high = _mm256_set1_ps(f32 ? q->float_max : (float)(q->output_max - q->output_zero_point));
  __m256 value[2];
  CK_UNROLL for (int half = 0; half < 2; half++) {
    const __m256 scales = _mm256_loadu_ps((const float *)(const void *)(scale + 32 * half));
    value[half] = _mm256_min_ps(_mm256_max_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sum[half]), scales), low), high);
  }
  if (f32) {
    float values[16];
    _mm256_storeu_ps(values, value[0]);
    _mm256_storeu_ps(values + 8, value[1]);
    __builtin_memcpy(out, values, 4 * count);
    return;
  }
  /* The clamp has left numbers that fit a word, and with the zero point a byte. */
  const __m256i words = _mm256_packs_epi32(_mm256_cvtps_epi32(value[0]), _mm256_cvtps_epi32(value[1]));
  const __m256i shifted = _mm256_add_epi16(words, _mm256_set1_epi16((short)(q->output_zero_point + 128)));
  const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(shifted, shifted), _mm256_setr_epi32(0, 4, 1, 5, 0, 4, 1, 5));
  if (count == 16) {
    _mm_storeu_si128((__m128i *)(void *)out, _mm256_castsi256_si128(bytes));
  } else {
    uint8_t all[16];
    _mm_storeu_si128((__m128i *)(void *)all, _mm256_castsi256_si128(bytes));
    __builtin_memcpy(out, all, count);
  }
}

/* bias - zero point * sum of weights of 8 channels from `entry` on. */
CK_TARGET_AVX2 static inline __m256i ck_start_avx2(const uint8_t *bias, const uint8_t *sums, int32_t zero_point, size_t entry) {
  const __m256i weights = _mm256_loadu_si256((const __m256i *)(const void *)(sums + 4 * entry));
  const __m256i start = _mm256_loadu_si256((const __m256i *)(const void *)(bias + 4 * entry));
  return _mm256_sub_epi32(start, _mm256_mullo_epi32(_mm256_set1_epi32(zero_point), weights));
}

#endif
#endif
