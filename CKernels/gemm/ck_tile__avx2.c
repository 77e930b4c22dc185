#include "ck_tile.h"

#if CK_ARCH_X86
#include <immintrin.h>

#define TARGET CK_TARGET_AVX2

/* Products in words, exact where vpmaddubsw would saturate: the even and the odd bytes of a quad as words, two products a vpmaddwd, so that
 * every 32-bit lane is one channel. The weights are split once for all pixels. */
#define CK_QUAD(load) \
  do { \
    __m256i even[2], odd[2]; \
    CK_UNROLL for (int h = 0; h < halves; h++) { \
      const __m256i w = _mm256_loadu_si256((const __m256i *)(const void *)(weights + 32 * h)); \
      even[h] = _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8); \
      odd[h] = _mm256_srai_epi16(w, 8); \
    } \
    CK_UNROLL for (int i = 0; i < pixels; i++) { \
      const __m256i bytes = _mm256_set1_epi32((int)(load)); \
      const __m256i x_even = _mm256_and_si256(bytes, _mm256_set1_epi16(255)), x_odd = _mm256_srli_epi16(bytes, 8); \
      CK_UNROLL for (int h = 0; h < halves; h++) { \
        sum[i][h] = _mm256_add_epi32(sum[i][h], _mm256_madd_epi16(x_even, even[h])); \
        sum[i][h] = _mm256_add_epi32(sum[i][h], _mm256_madd_epi16(x_odd, odd[h])); \
      } \
    } \
    weights += 64; \
  } while (0)

#include "ck_tile_ymm.h"

TILES(1, 1) TILES(2, 1) TILES(3, 1) TILES(4, 1) TILES(5, 1) TILES(6, 1)
TILES(1, 2) TILES(2, 2) TILES(3, 2)

/* By height: of at most 8 channels, and of 16. */
static const tiles_fn narrow[] = {tiles_1x1, tiles_2x1, tiles_3x1, tiles_4x1, tiles_5x1, tiles_6x1};
static const tiles_fn full[] = {tiles_1x2, tiles_2x2, tiles_3x2};
enum { narrow_count = sizeof narrow / sizeof narrow[0], full_count = sizeof full / sizeof full[0] };

void ck_tile_run__avx2(const ck_tile_job *job, size_t pixels) {
  const bool few = job->channels <= 8;
  run(job, pixels, few ? narrow : full, few ? narrow_count : full_count);
}

#endif
