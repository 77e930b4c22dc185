/* gemm/ck_tile_ymm.h - tiles of 256-bit vectors, written once for what multiplies: the body of ck_tile_run__avx2 and __avxvnni.
 *
 * Before it: TARGET, the attribute of the instruction set, and CK_QUAD(load), a step of four inputs: sum[i][h] += products of `load`, four
 * bytes of pixel i, with the channels' weights at `weights`, which go on to the next block. */
#include "ck_epilogue_avx2.h"

#define INLINE static inline __attribute__((always_inline)) TARGET

/* Pixels of a tile. */
enum { max_pixels = 6 };

/* The clamp and zero point in u8. */
typedef struct epilogue {
  __m256i zero_point, low, high;
} epilogue;
INLINE epilogue epilogue_of(const ck_quantization *q) {
  return (epilogue){
      _mm256_set1_epi16((short)(q->output_zero_point + 128)), _mm256_set1_epi8((char)(q->output_min + 128)),
      _mm256_set1_epi8((char)(q->output_max + 128))};
}

INLINE __m256i scaled(__m256i sum, const uint8_t *scale) {
  return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps((const float *)(const void *)scale)));
}
/* Words to bytes; with scales below 1 the conversion cannot overflow, and saturating packs followed by the integer clamp give what the
 * rule gives. */
INLINE __m256i packed(__m256i a, __m256i b, const epilogue *e) {
  const __m256i bytes = _mm256_packus_epi16(_mm256_adds_epi16(a, e->zero_point), _mm256_adds_epi16(b, e->zero_point));
  return _mm256_min_epu8(_mm256_max_epu8(bytes, e->low), e->high);
}
INLINE void store_bytes(uint8_t *out, __m128i bytes, size_t count) {
  if (count >= 16) {
    _mm_storeu_si128((__m128i *)(void *)out, bytes);
  } else if (count == 8) {
    _mm_storel_epi64((__m128i *)(void *)out, bytes);
  } else {
    uint8_t all[16];
    _mm_storeu_si128((__m128i *)(void *)all, bytes);
    for (size_t i = 0; i < count; i++) out[i] = all[i];
  }
}

/* Two pixels of 16 channels a step, or four of 8. */
INLINE void store_wide(
    int pixels, int halves, __m256i sum[max_pixels][2], const uint8_t *scale, const epilogue *e, uint8_t *out, size_t stride,
    size_t count) {
  const int step = 4 / halves, last = pixels - 1;
#define AT(i) ((i) < last ? (i) : last)
  CK_UNROLL for (int i = 0; i < pixels; i += step) {
    __m256i word[2];
    CK_UNROLL for (int j = 0; j < 2; j++) {
      const int a = AT(i + j * step / 2), b = AT(i + j * step / 2 + 1);
      word[j] = halves == 2 ? _mm256_packs_epi32(scaled(sum[a][0], scale), scaled(sum[a][1], scale + 32))
                            : _mm256_packs_epi32(scaled(sum[a][0], scale), scaled(sum[b][0], scale));
    }
    const __m256i all = _mm256_permutevar8x32_epi32(packed(word[0], word[1], e), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    const __m128i low = _mm256_castsi256_si128(all), high = _mm256_extracti128_si256(all, 1);
    if (halves == 2) {
      store_bytes(out + (size_t)i * stride, low, count);
      if (i < last) store_bytes(out + (size_t)(i + 1) * stride, high, count);
    } else {
      store_bytes(out + (size_t)i * stride, low, count);
      if (i + 1 <= last) store_bytes(out + (size_t)(i + 1) * stride, _mm_unpackhi_epi64(low, low), count);
      if (i + 2 <= last) store_bytes(out + (size_t)(i + 2) * stride, high, count);
      if (i + 3 <= last) store_bytes(out + (size_t)(i + 3) * stride, _mm_unpackhi_epi64(high, high), count);
    }
  }
#undef AT
}

/* What a residual's sums are made with. */
typedef struct addition {
  __m256 layer_scale, residual_scale;
  __m256i layer_low, layer_high, residual_zero_point, zero_point; /* the bits of the layer's bounds, less its zero point */
  __m256i low, high; /* of the sum, in u8 */
} addition;
INLINE addition addition_of(const ck_tile_job *job) {
  const ck_quantization *q = &job->q;
  const ck_add_parameters *add = &job->add;
  int32_t low, high;
  ck_add_bounds(q, &low, &high);
  return (addition){
      _mm256_set1_ps(add->layer_scale), _mm256_set1_ps(add->residual_scale), _mm256_set1_epi32(low), _mm256_set1_epi32(high),
      _mm256_set1_epi32(add->residual_zero_point + 128), _mm256_set1_epi16((short)(add->sum_zero_point + 128)),
      _mm256_set1_epi8((char)(add->sum_min + 128)), _mm256_set1_epi8((char)(add->sum_max + 128))};
}

/* Eight channels: levels less their zero point. The clamp precedes the rounding, so that any scale will do; what is added stays below 2^23. Clamped as
 * integers, for which more pipes do: floats of one sign lie like their bits, the lower bound is at most 0, the upper at least. */
INLINE __m256i added(__m256i sum, const uint8_t *scale, __m128i residual, const addition *a) {
  const __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps((const float *)(const void *)scale));
  const __m256i low = _mm256_min_epi32(_mm256_castps_si256(value), a->layer_high);
  const __m256 clamped = _mm256_castsi256_ps(_mm256_min_epu32(low, a->layer_low));
  const __m256 layer = _mm256_mul_ps(_mm256_round_ps(clamped, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), a->layer_scale);
  const __m256i level = _mm256_sub_epi32(_mm256_cvtepu8_epi32(residual), a->residual_zero_point);
  return _mm256_cvtps_epi32(_mm256_add_ps(layer, _mm256_mul_ps(_mm256_cvtepi32_ps(level), a->residual_scale)));
}

INLINE __m128i load_bytes(const uint8_t *from, size_t count) {
  if (count >= 16) return _mm_loadu_si128((const __m128i *)(const void *)from);
  if (count == 8) return _mm_loadl_epi64((const __m128i *)(const void *)from);
  uint8_t all[16] = {0};
  for (size_t i = 0; i < count; i++) all[i] = from[i];
  return _mm_loadu_si128((const __m128i *)(const void *)all);
}
/* A pixel's words. */
INLINE __m256i added_words(int halves, const __m256i sum[2], const uint8_t *scale, __m128i residual, const addition *a) {
  const __m256i low = added(sum[0], scale, residual, a);
  const __m256i high = halves == 2 ? added(sum[1], scale + 32, _mm_unpackhi_epi64(residual, residual), a) : low;
  return _mm256_adds_epi16(_mm256_packs_epi32(low, high), a->zero_point);
}

/* Stores the sums of a panel with the residual added, which lies like the output; two pixels a step. */
INLINE void store_added(
    int pixels, int halves, __m256i sum[max_pixels][2], const uint8_t *scale, const addition *a, uint8_t *out, const uint8_t *residual,
    size_t stride, size_t count) {
  CK_UNROLL for (int i = 0; i < pixels; i += 2) {
    const int next = i + 1 < pixels ? i + 1 : i;
    const __m256i first = added_words(halves, sum[i], scale, load_bytes(residual + (size_t)i * stride, count), a);
    const __m256i second =
        next == i ? first : added_words(halves, sum[next], scale, load_bytes(residual + (size_t)next * stride, count), a);
    const __m256i bytes = _mm256_min_epu8(_mm256_max_epu8(_mm256_packus_epi16(first, second), a->low), a->high);
    const __m256i all = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    store_bytes(out + (size_t)i * stride, _mm256_castsi256_si128(all), count);
    if (next != i) store_bytes(out + (size_t)next * stride, _mm256_extracti128_si256(all, 1), count);
  }
}

/* `pixels` x all channels; `pixels` and `halves`, vectors of 8 channels in a panel, are constants where this is inlined. */
INLINE void tiles(int pixels, int halves, const ck_tile_job *job, size_t pixel, const int32_t *offsets) {
  const epilogue e = epilogue_of(&job->q);
  const addition a = addition_of(job);
  const size_t stride = job->pixel_bytes, out_stride = job->output_stride_bytes;
  for (size_t channel = 0; channel < job->channels; channel += 16) {
    __m256i sum[max_pixels][2];
    CK_UNROLL for (int h = 0; h < halves; h++) {
      const __m256i start = ck_start_avx2(job->bias, job->sums, ck_tile_zero_point(job), channel + 8 * (size_t)h);
      CK_UNROLL for (int i = 0; i < pixels; i++) sum[i][h] = _mm256_sub_epi32(start, _mm256_set1_epi32(offsets[i]));
    }
    const uint8_t *weights = job->weights + channel / 16 * job->panel_bytes;
    for (size_t line = 0; line < job->line_count; line++) {
      const uint8_t *x = job->lines[line] + pixel * stride, *end = x + 4 * job->line_quads;
      for (; x < end; x += 4) CK_QUAD(ck_load_s32(x + (size_t)i * stride));
      if (job->tail_bytes > 0) CK_QUAD(ck_partial_quad(x + (size_t)i * stride, job->tail_bytes));
    }
    const size_t count = job->channels - channel < 16 ? job->channels - channel : 16;
    uint8_t *out = job->output + pixel * out_stride + channel * (job->f32 ? 4 : 1);
    if (job->residual != NULL) {
      store_added(
          pixels, halves, sum, job->scale + 4 * channel, &a, out, ck_tile_residual_at(job, out), out_stride, count);
      continue;
    }
    if (job->wide) {
      store_wide(pixels, halves, sum, job->scale + 4 * channel, &e, out, out_stride, count);
      continue;
    }
    CK_UNROLL for (int i = 0; i < pixels; i++) {
      if (halves == 1) sum[i][1] = _mm256_setzero_si256(); /* no channels */
      ck_store_sums_avx2(sum[i], job->scale + 4 * channel, &job->q, job->f32, count, out + (size_t)i * out_stride);
    }
  }
}

#define TILES(pixels, halves) \
  TARGET static void tiles_##pixels##x##halves(const ck_tile_job *job, size_t pixel, const int32_t *offsets) { \
    tiles(pixels, halves, job, pixel, offsets); \
  }
typedef void (*tiles_fn)(const ck_tile_job *, size_t, const int32_t *);

/* All pixels, as evenly as `limit` allows, by blocks[count - 1]. */
static inline void run(const ck_tile_job *job, size_t pixels, const tiles_fn *blocks, size_t limit) {
  const size_t tiles = (pixels + limit - 1) / limit;
  for (size_t pixel = 0, tile = 0; tile < tiles; tile++) {
    const size_t count = (pixels - pixel) / (tiles - tile);
    int32_t storage[ck_tile_max_pixels];
    blocks[count - 1](job, pixel, ck_tile_offsets(job, pixel, count, storage));
    pixel += count;
  }
}
