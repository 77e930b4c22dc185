/* The table as 128 pairs of bytes in four registers: AVX512BW permutes 16-bit words of two registers by 6 bits of index (vpermb would take
 * VBMI, which this instruction set does not promise). The last bit of the index then picks the byte of the pair. */
#include "ck_table_range.h"

#if CK_ARCH_X86
#include <immintrin.h>

/* The table's bytes at the indices in the words of x, each in the low byte of its word; above it is anything. */
CK_TARGET_AVX512VNNI static inline __m512i look_up(const __m512i t[4], __m512i x) {
  const __m512i pair = _mm512_srli_epi16(x, 1);
  const __m512i low = _mm512_permutex2var_epi16(t[0], pair, t[1]), high = _mm512_permutex2var_epi16(t[2], pair, t[3]);
  const __m512i both = _mm512_mask_blend_epi16(_mm512_test_epi16_mask(x, _mm512_set1_epi16(0x80)), low, high);
  /* The odd byte lies above the even one. */
  return _mm512_mask_srli_epi16(both, _mm512_test_epi16_mask(x, _mm512_set1_epi16(1)), both, 8);
}

CK_TARGET_AVX512VNNI enum ck_status ck_table_s8_64__avx512vnni(const ck_bound *bound, ck_range range) {
  const ck_table_range r = ck_table_range_of(bound, range);
  const __m512i in_xor = _mm512_set1_epi8((char)r.in_xor), out_xor = _mm512_set1_epi8((char)r.out_xor);
  __m512i t[4];
  CK_UNROLL for (int n = 0; n < 4; n++) t[n] = _mm512_xor_si512(_mm512_loadu_si512(r.table + 64 * n), out_xor);
  for (size_t i = r.begin; i < r.end; i += 64) {
    const __mmask64 wanted = r.end - i < 64 ? ((__mmask64)1 << (r.end - i)) - 1 : ~(__mmask64)0;
    const __m512i x = _mm512_xor_si512(_mm512_maskz_loadu_epi8(wanted, r.input + i), in_xor);
    const __m512i even = look_up(t, _mm512_and_si512(x, _mm512_set1_epi16(0xFF))), odd = look_up(t, _mm512_srli_epi16(x, 8));
    const __m512i y = _mm512_mask_blend_epi8(0xAAAAAAAAAAAAAAAAu, even, _mm512_slli_epi16(odd, 8));
    _mm512_mask_storeu_epi8(r.output + i, wanted, y);
  }
  return CK_OK;
}
#endif
