/* conv2d/ck_gather_avx512.h - quads of sixteen pixels of a row in one vector, for rows of few channels. */
#ifndef CK_GATHER_AVX512_H
#define CK_GATHER_AVX512_H

#include "../gemm/ck_epilogue_avx512.h"

#if CK_ARCH_X86

/* From a pixel to the next: the pitches that are taken. */
static inline bool ck_gather_takes(size_t pitch) { return pitch <= 4 || pitch == 6 || pitch == 8; }

/* How the quads of sixteen pixels come together: an odd pitch (1, 3) takes the dwords that hold four pixels to each 128-bit lane, then
 * bytes; an even one takes words out of 128 bytes. */
typedef struct ck_gather_avx512 {
  __m512i first, second;
  bool odd;
} ck_gather_avx512;

CK_INLINE_AVX512 ck_gather_avx512 ck_gather_avx512_of(size_t pitch) {
  const __m512i number = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const int step = (int)pitch;
  if (pitch % 2 == 1) {
    const __m512i in_lane = _mm512_and_si512(number, _mm512_set1_epi32(3)), lane = _mm512_srli_epi32(number, 2);
    const __m512i bytes = _mm512_mullo_epi32(in_lane, _mm512_set1_epi32(step * 0x01010101));
    return (ck_gather_avx512){
        _mm512_add_epi32(_mm512_mullo_epi32(lane, _mm512_set1_epi32(step)), in_lane),
        _mm512_add_epi32(bytes, _mm512_set1_epi32(0x03020100)), true};
  }
  const __m512i words = _mm512_mullo_epi32(number, _mm512_set1_epi32(step / 2 * 0x00010001));
  return (ck_gather_avx512){_mm512_add_epi32(words, _mm512_set1_epi32(0x00010000)), _mm512_setzero_si512(), false};
}

CK_INLINE_AVX512 __mmask64 ck_first_bytes(size_t count) { return count >= 64 ? ~0ull : (1ull << count) - 1; }

/* The quads of sixteen pixels from x on; masks: which of 128 bytes may be read. Those of real pixels are among them. */
CK_INLINE_AVX512 __m512i ck_collected_avx512(const ck_gather_avx512 *g, const uint8_t *x, __mmask64 low, __mmask64 high) {
  const __m512i a = _mm512_maskz_loadu_epi8(low, x);
  if (g->odd) return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(g->first, a), g->second);
  return _mm512_permutex2var_epi16(a, g->first, _mm512_maskz_loadu_epi8(high, x + 64));
}

/* The bytes at x of up to four lines, one byte a line, of sixteen pixels: the quads that are left of kernel rows of 4 n + 1 bytes. */
CK_INLINE_AVX512 __m512i ck_collected_bytes_avx512(
    const ck_gather_avx512 *g, const uint8_t *const *lines, size_t count, size_t at, __mmask64 low, __mmask64 high) {
  __m512i together = _mm512_setzero_si512();
  for (size_t i = 0; i < count; i++) {
    const __m512i bytes = _mm512_and_si512(ck_collected_avx512(g, lines[i] + at, low, high), _mm512_set1_epi32(255));
    together = _mm512_or_si512(together, _mm512_sll_epi32(bytes, _mm_cvtsi32_si128(8 * (int)i)));
  }
  return together;
}

#endif
#endif
