#include "ck_tile_s16.h"

#if CK_ARCH_X86
#include <immintrin.h>

#define TARGET CK_TARGET_AVX2
#define INLINE static inline __attribute__((always_inline)) TARGET

/* vpmaddwd adds two products of a channel, which keeps two partial sums: vector v holds those of channels 4 v ... 4 v + 3. Both together are
 * sums of at most 4 * 127 + 3 products of magnitude 2^22, less than 2^31. */
enum { max_pixels = 3, max_quads = 127, low_offset = 0 };
typedef struct panel_sums {
  __m256i v[4];
} panel_sums;
typedef panel_sums panel_weights;

INLINE panel_sums cleared(void) {
  const __m256i zero = _mm256_setzero_si256();
  return (panel_sums){{zero, zero, zero, zero}};
}

INLINE panel_weights widened(const uint8_t *block) {
  panel_weights w;
  CK_UNROLL for (int v = 0; v < 4; v++) w.v[v] = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * v)));
  return w;
}

INLINE void multiply_add(panel_sums *sums, int64_t quad, const panel_weights *w) {
  const __m256i x = _mm256_set1_epi64x(quad);
  CK_UNROLL for (int v = 0; v < 4; v++) sums->v[v] = _mm256_add_epi32(sums->v[v], _mm256_madd_epi16(x, w->v[v]));
}

INLINE void flush(int64_t total[16], const panel_sums *sums) {
  CK_UNROLL for (int half = 0; half < 2; half++) {
    const __m256i joined = _mm256_permute4x64_epi64(_mm256_hadd_epi32(sums->v[2 * half], sums->v[2 * half + 1]), 0xD8);
    CK_UNROLL for (int i = 0; i < 2; i++) {
      __m256i *at = (__m256i *)(void *)(total + 8 * half + 4 * i);
      const __m128i four = i == 0 ? _mm256_castsi256_si128(joined) : _mm256_extracti128_si256(joined, 1);
      _mm256_storeu_si256(at, _mm256_add_epi64(_mm256_loadu_si256(at), _mm256_cvtepi32_epi64(four)));
    }
  }
}

#include "ck_tile_s16_body.h"

CK_TILE_S16(1)
CK_TILE_S16(2)
CK_TILE_S16(3)
CK_TILE_S16_RUN(avx2, tile_1, tile_2, tile_3)

#endif
