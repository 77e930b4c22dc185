#include "ck_tile.h"

#if CK_ARCH_X86
#include <immintrin.h>

#define TARGET CK_TARGET_AVX512VNNI
#define INLINE static inline __attribute__((always_inline)) TARGET

enum { max_pixels = ck_tile_max_pixels, max_panels = 4 };

/* The clamp and zero point in u8. */
typedef struct epilogue {
  __m512i zero_point, low, high;
  bool relu; /* zero point 0 and no clamp but the saturation's */
} epilogue;

INLINE epilogue epilogue_of(const ck_quantization *q) {
  return (epilogue){
      _mm512_set1_epi16((short)(q->output_zero_point + 128)), _mm512_set1_epi8((char)(q->output_min + 128)),
      _mm512_set1_epi8((char)(q->output_max + 128)),
      q->output_zero_point == -128 && q->output_min == -128 && q->output_max == 127};
}

INLINE __m512i scaled(__m512i sum, __m512 scale) { return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale)); }

/* Four sums of 16 channels to 4 x 16 bytes in order. No clamp in f32: with scales below 1 the conversion cannot overflow, and
 * saturating packs followed by the integer clamp give what the rule gives. */
INLINE __m512i requantized(const __m512i sum[4], const __m512 scale[4], const epilogue *e) {
  __m512i low = _mm512_packs_epi32(scaled(sum[0], scale[0]), scaled(sum[1], scale[1]));
  __m512i high = _mm512_packs_epi32(scaled(sum[2], scale[2]), scaled(sum[3], scale[3]));
  __m512i bytes;
  if (e->relu) {
    bytes = _mm512_packus_epi16(low, high);
  } else {
    low = _mm512_adds_epi16(low, e->zero_point);
    high = _mm512_adds_epi16(high, e->zero_point);
    bytes = _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(low, high), e->low), e->high);
  }
  return _mm512_permutexvar_epi32(_mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0), bytes);
}

INLINE void store_wide(
    int pixels, int panels, const __m512i sum[max_pixels][max_panels], const __m512 scale[max_panels], const epilogue *e, uint8_t *out,
    size_t stride, size_t channels) {
  if (panels == 4) {
    const __mmask64 mask = channels >= 64 ? ~0ull : (1ull << channels) - 1;
    CK_UNROLL for (int i = 0; i < pixels; i++) _mm512_mask_storeu_epi8(out + (size_t)i * stride, mask, requantized(sum[i], scale, e));
  } else if (panels == 2) {
    const __mmask32 mask = channels >= 32 ? ~0u : (1u << channels) - 1;
    const __m512 scales[4] = {scale[0], scale[1], scale[0], scale[1]};
    CK_UNROLL for (int i = 0; i < pixels; i += 2) {
      const int j = i + 1 < pixels ? i + 1 : i;
      const __m512i sums[4] = {sum[i][0], sum[i][1], sum[j][0], sum[j][1]};
      const __m512i bytes = requantized(sums, scales, e);
      _mm256_mask_storeu_epi8(out + (size_t)i * stride, mask, _mm512_castsi512_si256(bytes));
      if (j > i) _mm256_mask_storeu_epi8(out + (size_t)j * stride, mask, _mm512_extracti64x4_epi64(bytes, 1));
    }
  } else {
    const __mmask16 mask = (__mmask16)(channels >= 16 ? 0xFFFFu : (1u << channels) - 1);
    const __m512 scales[4] = {scale[0], scale[0], scale[0], scale[0]};
    CK_UNROLL for (int i = 0; i < pixels; i += 4) {
      const int a = i + 1 < pixels ? i + 1 : i, b = i + 2 < pixels ? i + 2 : i, c = i + 3 < pixels ? i + 3 : i;
      const __m512i sums[4] = {sum[i][0], sum[a][0], sum[b][0], sum[c][0]};
      const __m512i bytes = requantized(sums, scales, e);
      _mm_mask_storeu_epi8(out + (size_t)i * stride, mask, _mm512_castsi512_si128(bytes));
      if (a > i) _mm_mask_storeu_epi8(out + (size_t)a * stride, mask, _mm512_extracti32x4_epi32(bytes, 1));
      if (b > i) _mm_mask_storeu_epi8(out + (size_t)b * stride, mask, _mm512_extracti32x4_epi32(bytes, 2));
      if (c > i) _mm_mask_storeu_epi8(out + (size_t)c * stride, mask, _mm512_extracti32x4_epi32(bytes, 3));
    }
  }
}

/* Any scale, s8 or f32: the clamp precedes the conversion. One pixel and panel. */
TARGET static __attribute__((noinline)) void store_general(const ck_tile_job *job, __m512i sum, size_t pixel, size_t channel) {
  const ck_quantization *q = &job->q;
  const size_t left = job->channels - channel;
  const __mmask16 mask = (__mmask16)(left >= 16 ? 0xFFFFu : (1u << left) - 1);
  const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(job->scale + 4 * channel));
  uint8_t *out = job->output + pixel * job->output_stride_bytes;
  if (job->f32) {
    const __m512 clamped = _mm512_min_ps(_mm512_max_ps(value, _mm512_set1_ps(q->float_min)), _mm512_set1_ps(q->float_max));
    _mm512_mask_storeu_ps(out + 4 * channel, mask, clamped);
    return;
  }
  const __m512 low = _mm512_set1_ps((float)(q->output_min - q->output_zero_point));
  const __m512 high = _mm512_set1_ps((float)(q->output_max - q->output_zero_point));
  const __m512i rounded = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(value, low), high));
  const __m512i shifted = _mm512_add_epi32(rounded, _mm512_set1_epi32(q->output_zero_point + 128));
  _mm_mask_storeu_epi8(out + channel, mask, _mm512_cvtepi32_epi8(shifted));
}

/* `pixels` and `panels` are constants where this is inlined. */
INLINE void tile(int pixels, int panels, const ck_tile_job *job, size_t pixel, size_t panel, const int32_t *offsets) {
  __m512i sum[max_pixels][max_panels];
  const __m512i zero_point = _mm512_set1_epi32(ck_tile_zero_point(job));
  CK_UNROLL for (int v = 0; v < panels; v++) {
    const __m512i sums = _mm512_loadu_si512(job->sums + 64 * (panel + (size_t)v));
    const __m512i start = _mm512_sub_epi32(_mm512_loadu_si512(job->bias + 64 * (panel + (size_t)v)), _mm512_mullo_epi32(zero_point, sums));
    CK_UNROLL for (int i = 0; i < pixels; i++) sum[i][v] = _mm512_sub_epi32(start, _mm512_set1_epi32(offsets[i]));
  }
  const size_t stride = job->pixel_bytes, panel_bytes = job->panel_bytes;
  const uint8_t *weights = job->weights + panel * panel_bytes;
  for (size_t line = 0; line < job->line_count; line++) {
    const uint8_t *x = job->lines[line] + pixel * stride, *end = x + 4 * job->line_quads;
    for (; x < end; x += 4, weights += 64) {
      __m512i w[max_panels];
      CK_UNROLL for (int v = 0; v < panels; v++) w[v] = _mm512_loadu_si512(weights + (size_t)v * panel_bytes);
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        const __m512i quad = _mm512_set1_epi32(ck_load_s32(x + (size_t)i * stride));
        CK_UNROLL for (int v = 0; v < panels; v++) sum[i][v] = _mm512_dpbusd_epi32(sum[i][v], quad, w[v]);
      }
    }
    if (job->tail_bytes > 0) {
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        const __m512i quad = _mm512_set1_epi32((int)ck_partial_quad(x + (size_t)i * stride, job->tail_bytes));
        CK_UNROLL for (int v = 0; v < panels; v++) {
          sum[i][v] = _mm512_dpbusd_epi32(sum[i][v], quad, _mm512_loadu_si512(weights + (size_t)v * panel_bytes));
        }
      }
      weights += 64;
    }
  }
  if (!job->wide) {
    CK_UNROLL for (int i = 0; i < pixels; i++) {
      CK_UNROLL for (int v = 0; v < panels; v++) store_general(job, sum[i][v], pixel + (size_t)i, 16 * (panel + (size_t)v));
    }
    return;
  }
  __m512 scale[max_panels];
  CK_UNROLL for (int v = 0; v < panels; v++) scale[v] = _mm512_loadu_ps(job->scale + 64 * (panel + (size_t)v));
  const epilogue e = epilogue_of(&job->q);
  uint8_t *out = job->output + pixel * job->output_stride_bytes + 16 * panel;
  const size_t left = job->channels - 16 * panel;
  store_wide(pixels, panels, (const __m512i(*)[max_panels])sum, scale, &e, out, job->output_stride_bytes, left);
}

#define TILE(pixels, panels) \
  TARGET static void tile_##pixels##x##panels(const ck_tile_job *job, size_t pixel, size_t panel, const int32_t *offsets) { \
    tile(pixels, panels, job, pixel, panel, offsets); \
  }
#define TILES_5(panels) TILE(1, panels) TILE(2, panels) TILE(3, panels) TILE(4, panels) TILE(5, panels)
#define TILES_8(panels) TILES_5(panels) TILE(6, panels) TILE(7, panels) TILE(8, panels)
TILES_8(1) TILE(9, 1) TILE(10, 1) TILE(11, 1) TILE(12, 1)
TILES_8(2)
TILES_5(4)

typedef void (*tile_fn)(const ck_tile_job *, size_t, size_t, const int32_t *);
#define NAMES_5(panels) tile_1x##panels, tile_2x##panels, tile_3x##panels, tile_4x##panels, tile_5x##panels
#define NAMES_8(panels) NAMES_5(panels), tile_6x##panels, tile_7x##panels, tile_8x##panels
static const tile_fn tiles_1[] = {NAMES_8(1), tile_9x1, tile_10x1, tile_11x1, tile_12x1};
static const tile_fn tiles_2[] = {NAMES_8(2)};
static const tile_fn tiles_4[] = {NAMES_5(4)};

/* 5x64 where a row leaves as one store and few products hide the stores, or where there is one pixel and only loads count; 8x32 else,
 * 12x16 for one panel. */
static size_t panels_at_once(const ck_tile_job *job, size_t pixels, size_t panels) {
  const size_t quads = job->line_count * job->line_quads;
  if (panels >= 4 && (pixels < 4 || (panels % 4 == 0 && quads <= 24))) return 4;
  return panels >= 2 ? 2 : 1;
}

void ck_tile_run__avx512vnni(const ck_tile_job *job, size_t pixels) {
  const size_t panels = (job->channels + 15) / 16, at_once = panels_at_once(job, pixels, panels);
  const size_t limit = at_once == 4 ? 5 : at_once == 2 ? 8 : max_pixels;
  const size_t count = (pixels + limit - 1) / limit;
  for (size_t i = 0, pixel = 0; i < count; i++) {
    const size_t rows = (pixels - pixel) / (count - i);
    size_t panel = 0;
    int32_t storage[ck_tile_max_pixels];
    const int32_t *offsets = ck_tile_offsets(job, pixel, rows, storage);
    for (; at_once == 4 && panel + 4 <= panels; panel += 4) tiles_4[rows - 1](job, pixel, panel, offsets);
    for (; at_once >= 2 && panel + 2 <= panels; panel += 2) tiles_2[rows - 1](job, pixel, panel, offsets);
    for (; panel < panels; panel++) tiles_1[rows - 1](job, pixel, panel, offsets);
    pixel += rows;
  }
}

#endif
