#include "ck_tile.h"

#if CK_ARCH_X86
#include "ck_epilogue_avx2.h"

#define TARGET CK_TARGET_AVX2
#define INLINE static inline __attribute__((always_inline)) TARGET

enum { max_pixels = 3 };

/* Products in words: bytes widen (the weights once for all pixels), vpmaddwd adds two products exactly, and a channel keeps two partial sums
 * until the epilogue. (vpmaddubsw would saturate.) Vector v of a pixel: channels 4 v ... 4 v + 3. */
typedef struct panel_sums {
  __m256i v[4];
} panel_sums;

INLINE __m256i widened_weights(const uint8_t *at) { return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)at)); }

INLINE void multiply_add(int pixels, panel_sums sum[max_pixels], const uint32_t quad[max_pixels], const uint8_t *weights) {
  __m256i x[max_pixels];
  CK_UNROLL for (int i = 0; i < pixels; i++) x[i] = _mm256_cvtepu8_epi16(_mm_set1_epi32((int)quad[i]));
  CK_UNROLL for (int v = 0; v < 4; v++) {
    const __m256i w = widened_weights(weights + 16 * v);
    CK_UNROLL for (int i = 0; i < pixels; i++) sum[i].v[v] = _mm256_add_epi32(sum[i].v[v], _mm256_madd_epi16(x[i], w));
  }
}

/* Both partial sums of eight channels, in order. */
INLINE __m256i joined(__m256i a, __m256i b) { return _mm256_permute4x64_epi64(_mm256_hadd_epi32(a, b), 0xD8); }

TARGET static void store(const ck_tile_job *job, const panel_sums *sum, size_t pixel, size_t panel, int32_t offset) {
  const size_t channel = 16 * panel, count = job->channels - channel < 16 ? job->channels - channel : 16;
  __m256i total[2];
  CK_UNROLL for (size_t half = 0; half < 2; half++) {
    const __m256i start = ck_start_avx2(job->bias, job->sums, ck_tile_zero_point(job), channel + 8 * half);
    total[half] = _mm256_add_epi32(_mm256_sub_epi32(start, _mm256_set1_epi32(offset)), joined(sum->v[2 * half], sum->v[2 * half + 1]));
  }
  uint8_t *out = job->output + pixel * job->output_stride_bytes + channel * (job->f32 ? 4 : 1);
  ck_store_sums_avx2(total, job->scale + 4 * channel, &job->q, job->f32, count, out);
}

/* `pixels` is a constant where this is inlined. */
INLINE void tile(int pixels, const ck_tile_job *job, size_t pixel, size_t panel, const int32_t *offsets) {
  panel_sums sum[max_pixels];
  CK_UNROLL for (int i = 0; i < pixels; i++) {
    CK_UNROLL for (int v = 0; v < 4; v++) sum[i].v[v] = _mm256_setzero_si256();
  }
  const size_t stride = job->pixel_bytes;
  const uint8_t *weights = job->weights + panel * job->panel_bytes;
  uint32_t quad[max_pixels];
  for (size_t line = 0; line < job->line_count; line++) {
    const uint8_t *x = job->lines[line] + pixel * stride, *end = x + 4 * job->line_quads;
    for (; x < end; x += 4, weights += 64) {
      CK_UNROLL for (int i = 0; i < pixels; i++) quad[i] = (uint32_t)ck_load_s32(x + (size_t)i * stride);
      multiply_add(pixels, sum, quad, weights);
    }
    if (job->tail_bytes > 0) {
      CK_UNROLL for (int i = 0; i < pixels; i++) quad[i] = ck_partial_quad(x + (size_t)i * stride, job->tail_bytes);
      multiply_add(pixels, sum, quad, weights);
      weights += 64;
    }
  }
  CK_UNROLL for (int i = 0; i < pixels; i++) store(job, &sum[i], pixel + (size_t)i, panel, offsets[i]);
}

#define TILE(pixels) \
  TARGET static void tile_##pixels(const ck_tile_job *job, size_t pixel, size_t panel, const int32_t *offsets) { \
    tile(pixels, job, pixel, panel, offsets); \
  }
TILE(1)
TILE(2)
TILE(3)

void ck_tile_run__avx2(const ck_tile_job *job, size_t pixels) {
  static void (*const tiles[])(const ck_tile_job *, size_t, size_t, const int32_t *) = {tile_1, tile_2, tile_3};
  const size_t panels = (job->channels + 15) / 16;
  for (size_t pixel = 0; pixel < pixels;) {
    const size_t count = pixels - pixel < max_pixels ? pixels - pixel : max_pixels;
    int32_t storage[ck_tile_max_pixels];
    const int32_t *offsets = ck_tile_offsets(job, pixel, count, storage);
    for (size_t panel = 0; panel < panels; panel++) tiles[count - 1](job, pixel, panel, offsets);
    pixel += count;
  }
}

#endif
