#include "ck_tile.h"

#if CK_ARCH_X86
#include <immintrin.h>

#define TARGET CK_TARGET_AVXVNNI

#define CK_QUAD(load) \
  do { \
    __m256i w[2]; \
    CK_UNROLL for (int h = 0; h < halves; h++) w[h] = _mm256_loadu_si256((const __m256i *)(const void *)(weights + 32 * h)); \
    CK_UNROLL for (int i = 0; i < pixels; i++) { \
      const __m256i bytes = _mm256_set1_epi32((int)(load)); \
      CK_UNROLL for (int h = 0; h < halves; h++) sum[i][h] = CK_DPBUSD_AVXVNNI(sum[i][h], bytes, w[h]); \
    } \
    weights += 64; \
  } while (0)

#include "ck_tile_ymm.h"

TILES(1, 1) TILES(2, 1) TILES(3, 1) TILES(4, 1) TILES(5, 1) TILES(6, 1)
TILES(1, 2) TILES(2, 2) TILES(3, 2) TILES(4, 2) TILES(5, 2) TILES(6, 2)

/* By height: of at most 8 channels, and of 16. */
static const tiles_fn narrow[] = {tiles_1x1, tiles_2x1, tiles_3x1, tiles_4x1, tiles_5x1, tiles_6x1};
static const tiles_fn full[] = {tiles_1x2, tiles_2x2, tiles_3x2, tiles_4x2, tiles_5x2, tiles_6x2};
enum { narrow_count = sizeof narrow / sizeof narrow[0], full_count = sizeof full / sizeof full[0] };

void ck_tile_run__avxvnni(const ck_tile_job *job, size_t pixels) {
  const bool few = job->channels <= 8;
  run(job, pixels, few ? narrow : full, few ? narrow_count : full_count);
}

#endif
