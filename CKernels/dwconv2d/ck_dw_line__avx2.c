#include "ck_dw_line.h"

#if CK_ARCH_X86
#include "../gemm/ck_epilogue_avx2.h"

#define TARGET CK_TARGET_AVX2
#define INLINE static inline __attribute__((always_inline)) TARGET

/* Pairs of kernel rows, channel by channel, as words: vpmaddwd then adds two products of a channel exactly. [pair][half of the panel] */
typedef struct row_pairs {
  __m256i v[2][2];
} row_pairs;

/* A weight zero point comes off where they are words; start takes it off the sum of weights too. */
INLINE row_pairs less_zero_point(row_pairs w, const ck_dw_line *s, size_t group) {
  const uint32_t ones = ck_dw_ones(s->kernel_h, group), zero_point = (uint32_t)s->q.weight_zero_point & 0xFFFF;
  CK_UNROLL for (int pair = 0; pair < 2; pair++) {
    const uint32_t low = (ones >> (16 * pair)) & 1, high = (ones >> (16 * pair + 8)) & 1;
    const int32_t words = (int32_t)(zero_point * low + ((zero_point * high) << 16));
    CK_UNROLL for (int half = 0; half < 2; half++) w.v[pair][half] = _mm256_sub_epi16(w.v[pair][half], _mm256_set1_epi32(words));
  }
  return w;
}

/* From a weight block: bytes 4 c + 2 pair, 4 c + 2 pair + 1 of channel c. They go to the high bytes of words, to be shifted down with their sign. */
INLINE row_pairs widened_weights(const uint8_t *block) {
  const __m256i first = _mm256_setr_epi8(
      -1, 0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1, 0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13);
  const __m256i second = _mm256_setr_epi8(
      -1, 2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15, -1, 2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15);
  row_pairs w;
  CK_UNROLL for (int half = 0; half < 2; half++) {
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(block + 32 * half));
    w.v[0][half] = _mm256_srai_epi16(_mm256_shuffle_epi8(bytes, first), 8);
    w.v[1][half] = _mm256_srai_epi16(_mm256_shuffle_epi8(bytes, second), 8);
  }
  return w;
}

INLINE row_pairs weights_at(const ck_dw_line *s, size_t group, size_t kx) {
  return less_zero_point(widened_weights(s->weights + 64 * (group * s->kernel_w + kx)), s, group);
}

INLINE __m128i row(const ck_dw_line *s, size_t ky, size_t at) { return _mm_loadu_si128((const __m128i *)(const void *)(s->rows[ky] + at)); }

INLINE row_pairs interleaved(const ck_dw_line *s, size_t group, size_t at) {
  row_pairs x;
  CK_UNROLL for (size_t pair = 0; pair < 2; pair++) {
    const __m128i a = row(s, 4 * group + 2 * pair, at), b = row(s, 4 * group + 2 * pair + 1, at);
    x.v[pair][0] = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
    x.v[pair][1] = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
  }
  return x;
}

INLINE void multiply_add(__m256i sum[2], const row_pairs *x, const row_pairs *w) {
  CK_UNROLL for (int pair = 0; pair < 2; pair++) {
    CK_UNROLL for (int half = 0; half < 2; half++) {
      sum[half] = _mm256_add_epi32(sum[half], _mm256_madd_epi16(x->v[pair][half], w->v[pair][half]));
    }
  }
}

/* What ck_dw_slide_ymm.h asks for: pairs of rows. */
#define DW_STEP_ROWS 2
INLINE void dw_column(const ck_dw_line *s, size_t step, size_t at, __m256i x[2]) {
  const __m128i a = row(s, 2 * step, at), b = row(s, 2 * step + 1, at);
  x[0] = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
  x[1] = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
}
INLINE void dw_held_weights(const ck_dw_line *s, size_t step, size_t kx, __m256i w[2]) {
  const row_pairs pairs = weights_at(s, step / 2, kx);
  for (int half = 0; half < 2; half++) w[half] = pairs.v[step % 2][half];
}
INLINE __m256i dw_multiply_add(__m256i sum, __m256i x, __m256i w) { return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w)); }
INLINE void dw_order(__m256i v[2]) { (void)v; }

#include "ck_dw_slide_ymm.h"

/* Outputs [x, x + count) of any window: each block of weights is widened once for all. */
INLINE void tile(const ck_dw_line *s, size_t x, const int count) {
  const __m256i correction = _mm256_set1_epi32(ck_dw_correction(s));
  __m256i sum[4][2];
  CK_UNROLL for (int half = 0; half < 2; half++) {
    const __m256i start = _mm256_add_epi32(ck_start_avx2(s->bias, s->sums, s->zero_point, 8 * (size_t)half), correction);
    CK_UNROLL for (int i = 0; i < count; i++) sum[i][half] = start;
  }
  for (size_t g = 0; g < s->row_groups; g++) {
    for (size_t kx = 0; kx < s->kernel_w; kx++) {
      const row_pairs w = weights_at(s, g, kx);
      CK_UNROLL for (int i = 0; i < count; i++) {
        const row_pairs column = interleaved(s, g, (x + (size_t)i) * s->step_bytes + kx * s->tap_bytes);
        multiply_add(sum[i], &column, &w);
      }
    }
  }
  const ck_quantization q = s->q;
  CK_UNROLL for (int i = 0; i < count; i++) {
    ck_store_sums_avx2(sum[i], s->scale, &q, s->f32, s->channels, s->output + (x + (size_t)i) * s->output_step_bytes);
  }
}

TARGET void ck_dw_line__avx2(const ck_dw_line *s) {
  if (ck_dw_takes_slide(s->kernel_h, s->kernel_w, s->step_bytes, s->tap_bytes)) {
    dw_slide(s);
    return;
  }
  size_t x = 0;
  for (; x + 4 <= s->count; x += 4) tile(s, x, 4);
  for (; x < s->count; x++) tile(s, x, 1);
}

#endif
