#include "ck_tile_s16.h"

#if CK_ARCH_X86
#include <immintrin.h>

#define TARGET CK_TARGET_AVX512VNNI
#define INLINE static inline __attribute__((always_inline)) TARGET

/* vpdpwssd adds two products of a channel, which keeps two partial sums: vector v holds those of channels 8 v ... 8 v + 7. Both together are
 * sums of at most 4 * 127 + 3 products of magnitude 2^22, less than 2^31. */
enum { max_pixels = 12, max_quads = 127, low_offset = 0 };
typedef struct panel_sums {
  __m512i v[2];
} panel_sums;
typedef panel_sums panel_weights;

INLINE panel_sums cleared(void) { return (panel_sums){{_mm512_setzero_si512(), _mm512_setzero_si512()}}; }

INLINE panel_weights widened(const uint8_t *block) {
  panel_weights w;
  CK_UNROLL for (int v = 0; v < 2; v++) w.v[v] = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(block + 32 * v)));
  return w;
}

INLINE void multiply_add(panel_sums *sums, int64_t quad, const panel_weights *w) {
  const __m512i x = _mm512_set1_epi64(quad);
  CK_UNROLL for (int v = 0; v < 2; v++) sums->v[v] = _mm512_dpwssd_epi32(sums->v[v], x, w->v[v]);
}

INLINE void flush(int64_t total[16], const panel_sums *sums) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i joined = _mm512_add_epi32(
      _mm512_permutex2var_epi32(sums->v[0], even, sums->v[1]),
      _mm512_permutex2var_epi32(sums->v[0], _mm512_add_epi32(even, _mm512_set1_epi32(1)), sums->v[1]));
  CK_UNROLL for (int half = 0; half < 2; half++) {
    int64_t *at = total + 8 * half;
    const __m256i eight = half == 0 ? _mm512_castsi512_si256(joined) : _mm512_extracti64x4_epi64(joined, 1);
    _mm512_storeu_si512(at, _mm512_add_epi64(_mm512_loadu_si512(at), _mm512_cvtepi32_epi64(eight)));
  }
}

#include "ck_tile_s16_body.h"

CK_TILE_S16(1)
CK_TILE_S16(2)
CK_TILE_S16(3)
CK_TILE_S16(4)
CK_TILE_S16(5)
CK_TILE_S16(6)
CK_TILE_S16(7)
CK_TILE_S16(8)
CK_TILE_S16(9)
CK_TILE_S16(10)
CK_TILE_S16(11)
CK_TILE_S16(12)
CK_TILE_S16_RUN(
    avx512vnni, tile_1, tile_2, tile_3, tile_4, tile_5, tile_6, tile_7, tile_8, tile_9, tile_10, tile_11, tile_12)

#endif
