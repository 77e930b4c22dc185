/* The table as 16 rows of 16 bytes. pshufb answers 0 where the top bit of an index is set and looks at its low four bits elsewhere, so that
 * with d[0] = row 0 and d[h] = row h ^ row h - 1 the exclusive or of all d[h] at x - 16 h, while that is not negative, is the row of x. Half of the
 * values are negative from the start: those count down from x - 128, in a chain of their own. */
#include "ck_table_range.h"

#if CK_ARCH_X86
#include <immintrin.h>

enum { row_count = 16, half = row_count / 2 };

CK_TARGET_AVX2 static inline __m256i row(const uint8_t *table, int h) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(table + 16 * h)));
}

/* Of the halves x and x - 128 one is negative all the way down: subtraction saturates. */
CK_TARGET_AVX2 static inline __m256i look_up(const __m256i d[row_count], __m256i x, __m256i out_xor) {
  const __m256i step = _mm256_set1_epi8(16);
  __m256i low = x, high = _mm256_xor_si256(x, _mm256_set1_epi8(-128)), y = out_xor;
  CK_UNROLL for (int h = 0; h < half; h++) {
    const __m256i lower = _mm256_shuffle_epi8(d[h], low), upper = _mm256_shuffle_epi8(d[half + h], high);
    y = _mm256_xor_si256(y, _mm256_xor_si256(lower, upper));
    low = _mm256_subs_epi8(low, step);
    high = _mm256_subs_epi8(high, step);
  }
  return y;
}

CK_TARGET_AVX2 enum ck_status ck_table_s8_64__avx2(const ck_bound *bound, ck_range range) {
  const ck_table_range r = ck_table_range_of(bound, range);
  const __m256i in_xor = _mm256_set1_epi8((char)r.in_xor), out_xor = _mm256_set1_epi8((char)r.out_xor);
  size_t i = r.begin;
  if (r.end - i >= 64) {
    __m256i d[row_count];
    for (int h = 0; h < row_count; h++) {
      d[h] = h % half == 0 ? row(r.table, h) : _mm256_xor_si256(row(r.table, h), row(r.table, h - 1));
    }
    for (; i + 64 <= r.end; i += 64) {
      const __m256i x0 = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(r.input + i)), in_xor);
      const __m256i x1 = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(r.input + i + 32)), in_xor);
      const __m256i y0 = look_up(d, x0, out_xor), y1 = look_up(d, x1, out_xor);
      _mm256_storeu_si256((__m256i *)(r.output + i), y0);
      _mm256_storeu_si256((__m256i *)(r.output + i + 32), y1);
    }
  }
  ck_table_rest(&r, i);
  return CK_OK;
}
#endif
