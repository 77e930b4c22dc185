#include "ck_conv2d_lanes.h"

#if CK_ARCH_X86

#define TARGET CK_TARGET_AVX512VNNI
#define INLINE CK_INLINE_AVX512

static size_t vectors_of(size_t line_count, size_t line_bytes) {
  const size_t rest = line_bytes % 4;
  return line_count * (line_bytes / 4) + (rest == 1 ? (line_count + 3) / 4 : rest > 0 ? line_count : 0);
}

static size_t width_of(size_t channels) { return channels > 4 ? 8 : 4; }

/* Indices that close the gaps between pixels of `width` bytes. */
static void prepare_store(ck_lanes *lanes) {
  const size_t width = width_of(lanes->channels), count = 16 / width * lanes->channels;
  for (size_t i = 0, pixel = 0, channel = 0; i < 16; i++) {
    for (size_t lane = 0; lane < 4; lane++) lanes->dense[16 * lane + i] = i < count ? (uint8_t)(pixel * width + channel) : 0x80;
    if (++channel == lanes->channels) channel = 0, pixel++;
  }
  for (size_t i = 0, lane = 0, word = 0; i < 32; i++) {
    lanes->joined[i] = (uint16_t)(lane < 4 ? 8 * lane + word : 7);
    if (++word == count / 2) word = 0, lane++;
  }
}

bool ck_lanes_take(const ck_tile_job *job, size_t line_bytes) {
  const size_t pitch = job->pixel_bytes;
  if (job->residual != NULL || job->channels > 8 || job->output_stride_bytes != job->channels || !job->wide || job->q.weight_zero_point != 0) return false;
  return ck_gather_takes(pitch) && vectors_of(job->line_count, line_bytes) <= ck_lanes_vectors;
}

TARGET void ck_lanes_prepare(ck_lanes *lanes, const ck_tile_job *job, size_t line_bytes, size_t row_bytes) {
  lanes->lines = job->lines;
  lanes->line_count = job->line_count;
  lanes->line_quads = line_bytes / 4;
  lanes->rest = line_bytes % 4;
  lanes->pixel_bytes = job->pixel_bytes;
  lanes->row_bytes = row_bytes;
  lanes->channels = job->channels;
  lanes->gather = ck_gather_avx512_of(job->pixel_bytes);
  lanes->epilogue = ck_epilogue_avx512_of(job);
  _mm512_store_si512(lanes->starts, ck_start_avx512(job, 0));
  if (job->channels != width_of(job->channels)) prepare_store(lanes);
  size_t vector = 0;
  const size_t blocks = (line_bytes + 3) / 4;
  for (size_t line = 0; line < lanes->line_count; line++) {
    for (size_t quad = 0; quad < lanes->line_quads; quad++) {
      __builtin_memcpy(lanes->weights[vector++], job->weights + 64 * (line * blocks + quad), 32);
    }
  }
  const size_t together = lanes->rest == 1 ? 4 : 1;
  for (size_t line = 0; lanes->rest > 0 && line < lanes->line_count; line += together, vector++) {
    for (size_t n = 0; n < 8; n++) {
      uint32_t bytes = 0; /* past a line's end the weights are 0 */
      for (size_t i = 0; i < together && line + i < lanes->line_count; i++) {
        bytes |= (uint32_t)ck_load_s32(job->weights + 64 * ((line + i) * blocks + blocks - 1) + 4 * n) << 8 * i;
      }
      lanes->weights[vector][n] = (int32_t)bytes;
    }
  }
}

/* Four channels of sixteen pixels: 4 bytes a pixel. */
INLINE __m512i quantized(const __m512i *sum, const uint8_t *scale, bool relu, const ck_epilogue_avx512 *e) {
  __m512 scales[4];
  CK_UNROLL for (int n = 0; n < 4; n++) scales[n] = _mm512_set1_ps(ck_load_f32(scale + 4 * n));
  const __m512i transpose = _mm512_broadcast_i32x4(_mm_set_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400));
  return _mm512_shuffle_epi8(ck_packed_avx512(sum, scales, relu, e), transpose);
}

/* Stores `count` pixels of `width` bytes, of which the first `channels` are real. */
INLINE void store(int width, const ck_lanes *l, const __m512i *bytes, size_t count, uint8_t *out) {
  const size_t channels = l->channels, step = 64 / (size_t)width;
  CK_UNROLL for (size_t i = 0; i < (size_t)width / 4; i++) {
    if (count <= i * step) return;
    __m512i all = bytes[i];
    if (channels != (size_t)width) {
      all = _mm512_permutexvar_epi16(_mm512_load_si512(l->joined), _mm512_shuffle_epi8(all, _mm512_load_si512(l->dense)));
    }
    const size_t left = count - i * step;
    _mm512_mask_storeu_epi8(out + i * step * channels, ck_first_bytes((left < step ? left : step) * channels), all);
  }
}

/* `width`: 4 or 8 channels, constant where this is inlined; the sizes of `l` may be. */
INLINE void row(
    int width, bool relu, size_t line_count, size_t line_quads, size_t rest, const ck_lanes *l, const ck_tile_job *job, size_t pixels,
    const ck_epilogue_avx512 *e) {
  const ck_gather_avx512 g = l->gather;
  __m512i start[8];
  CK_UNROLL for (int n = 0; n < width; n++) start[n] = _mm512_set1_epi32(l->starts[n]);
  for (size_t pixel = 0; pixel < pixels; pixel += 16) {
    const size_t offset = pixel * l->pixel_bytes, readable = l->row_bytes - offset - 4 * line_quads;
    const __mmask64 low = ck_first_bytes(readable), high = readable > 64 ? ck_first_bytes(readable - 64) : 0;
    const int32_t(*weights)[8] = l->weights;
    __m512i sum[8];
    CK_UNROLL for (int n = 0; n < width; n++) sum[n] = start[n];
#define MULTIPLY(quads) \
  do { \
    const __m512i v = (quads); \
    CK_UNROLL for (int n = 0; n < width; n++) sum[n] = _mm512_dpbusd_epi32(sum[n], v, _mm512_set1_epi32((*weights)[n])); \
    weights++; \
  } while (0)
    for (size_t line = 0; line < line_count; line++) {
      const uint8_t *x = l->lines[line] + offset;
      for (size_t at = 0; at < 4 * line_quads; at += 4) MULTIPLY(ck_collected_avx512(&g, x + at, low, high));
    }
    const size_t at = 4 * line_quads;
    if (rest == 1) {
      for (size_t line = 0; line < line_count; line += 4) {
        const size_t count = line_count - line < 4 ? line_count - line : 4;
        MULTIPLY(ck_collected_bytes_avx512(&g, l->lines + line, count, offset + at, low, high));
      }
    } else if (rest > 0) {
      for (size_t line = 0; line < line_count; line++) MULTIPLY(ck_collected_avx512(&g, l->lines[line] + offset + at, low, high));
    }
#undef MULTIPLY
    __m512i bytes[2];
    bytes[0] = quantized(sum, job->scale, relu, e);
    if (width == 8) {
      /* Lane l of both: pixels 4 l ... 4 l + 3, four channels each. */
      const __m512i others = quantized(sum + 4, job->scale + 16, relu, e);
      const __m512i even = _mm512_unpacklo_epi32(bytes[0], others), odd = _mm512_unpackhi_epi32(bytes[0], others);
      bytes[0] = _mm512_permutex2var_epi64(even, _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0), odd);
      bytes[1] = _mm512_permutex2var_epi64(even, _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4), odd);
    }
    const size_t count = pixels - pixel < 16 ? pixels - pixel : 16;
    store(width, l, bytes, count, job->output + pixel * l->channels);
  }
}

TARGET void ck_lanes_run__avx512vnni(const ck_lanes *l, const ck_tile_job *job, size_t pixels) {
  const ck_epilogue_avx512 e = l->epilogue;
  const bool is_relu = e.ending == CK_ENDING_RELU;
  const bool three = l->line_count == 3 && l->line_quads == 2 && l->rest == 1; /* 3x3 of three inputs */
  if (l->channels > 4) {
    if (three && is_relu) row(8, true, 3, 2, 1, l, job, pixels, &e);
    else if (is_relu) row(8, true, l->line_count, l->line_quads, l->rest, l, job, pixels, &e);
    else row(8, false, l->line_count, l->line_quads, l->rest, l, job, pixels, &e);
  } else {
    row(4, is_relu, l->line_count, l->line_quads, l->rest, l, job, pixels, &e);
  }
}

#endif
