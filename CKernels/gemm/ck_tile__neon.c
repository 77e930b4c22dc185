#include "ck_tile.h"

#if CK_ARCH_ARM64
#include "ck_epilogue_neon.h"

#define INLINE static inline __attribute__((always_inline))

enum { max_pixels = 4 };

/* Two products fit a word where weights stay within [-127, 127]: 2 * 128 * 127 < 2^15. So two quads are multiplied into one vector of words
 * before they are added, in pairs, to 32-bit sums; a channel keeps two of those until the end. Eight channels at a time. Weights of full
 * range take a vector a quad. */
typedef struct half_panel {
  int32x4_t v[4]; /* two channels each */
} half_panel;

INLINE int8x16_t broadcast(uint32_t quad) {
  int8x16_t bytes = vreinterpretq_s8_u32(vdupq_n_u32(quad));
  __asm__("" : "+w"(bytes)); /* else clang takes the high half apart again */
  return bytes;
}

/* w: the blocks of two quads, 8 channels. */
INLINE void multiply_add(bool full_range, half_panel *sum, int8x16_t x0, int8x16_t x1, const int8x16_t w0[2], const int8x16_t w1[2]) {
  CK_UNROLL for (int v = 0; v < 2; v++) {
    int16x8_t low = vmull_s8(vget_low_s8(w0[v]), vget_low_s8(x0));
    int16x8_t high = vmull_high_s8(w0[v], x0);
    if (full_range) {
      sum->v[2 * v] = vpadalq_s16(sum->v[2 * v], low);
      sum->v[2 * v + 1] = vpadalq_s16(sum->v[2 * v + 1], high);
      low = high = vdupq_n_s16(0);
    }
    low = vmlal_s8(low, vget_low_s8(w1[v]), vget_low_s8(x1));
    high = vmlal_high_s8(high, w1[v], x1);
    sum->v[2 * v] = vpadalq_s16(sum->v[2 * v], low);
    sum->v[2 * v + 1] = vpadalq_s16(sum->v[2 * v + 1], high);
  }
}

/* `pixels` and `full_range` are constants where this is inlined; channels 8 * half ... of the panel. */
INLINE void add_lines(
    int pixels, bool full_range, half_panel sum[max_pixels], const ck_tile_job *job, size_t pixel, size_t panel, size_t half) {
  CK_UNROLL for (int i = 0; i < pixels; i++) {
    CK_UNROLL for (int v = 0; v < 4; v++) sum[i].v[v] = vdupq_n_s32(0);
  }
  const size_t stride = job->pixel_bytes;
  const int8_t *weights = (const int8_t *)job->weights + panel * job->panel_bytes + 32 * half;
  for (size_t line = 0; line < job->line_count; line++) {
    const uint8_t *x = job->lines[line] + pixel * stride;
    size_t left = job->line_quads;
    for (; left >= 2; left -= 2, x += 8, weights += 128) {
      const int8x16_t w0[2] = {vld1q_s8(weights), vld1q_s8(weights + 16)}, w1[2] = {vld1q_s8(weights + 64), vld1q_s8(weights + 80)};
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        const uint8_t *at = x + (size_t)i * stride;
        multiply_add(full_range, &sum[i], broadcast((uint32_t)ck_load_s32(at)), broadcast((uint32_t)ck_load_s32(at + 4)), w0, w1);
      }
    }
    const int8x16_t zero = vdupq_n_s8(0);
    for (; left > 0; left--, x += 4, weights += 64) {
      const int8x16_t w[2] = {vld1q_s8(weights), vld1q_s8(weights + 16)};
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        multiply_add(full_range, &sum[i], broadcast((uint32_t)ck_load_s32(x + (size_t)i * stride)), zero, w, w);
      }
    }
    if (job->tail_bytes > 0) {
      const int8x16_t w[2] = {vld1q_s8(weights), vld1q_s8(weights + 16)};
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        multiply_add(full_range, &sum[i], broadcast(ck_partial_quad(x + (size_t)i * stride, job->tail_bytes)), zero, w, w);
      }
      weights += 64;
    }
  }
}

INLINE void tile(int pixels, bool full_range, const ck_tile_job *job, size_t pixel, size_t panel, const int32_t *offsets) {
  half_panel sum[2][max_pixels];
  add_lines(pixels, full_range, sum[0], job, pixel, panel, 0);
  add_lines(pixels, full_range, sum[1], job, pixel, panel, 1);
  const int32_t zero_point = ck_tile_zero_point(job);
  const size_t channel = 16 * panel, count = job->channels - channel < 16 ? job->channels - channel : 16;
  uint8_t *out = job->output + pixel * job->output_stride_bytes + channel * (job->f32 ? 4 : 1);
  int32x4_t start[4];
  CK_UNROLL for (size_t v = 0; v < 4; v++) start[v] = ck_start_neon(job->bias, job->sums, zero_point, channel + 4 * v);
  const ck_epilogue_neon epilogue = ck_epilogue_neon_of(&job->q);
  float32x4_t scale[4];
  ck_load_scales_neon(scale, job->scale + 4 * channel);
  CK_UNROLL for (int i = 0; i < pixels; i++, out += job->output_stride_bytes) {
    int32x4_t total[4];
    CK_UNROLL for (int v = 0; v < 4; v++) {
      const int32x4_t *pair = &sum[v / 2][i].v[2 * (v % 2)];
      total[v] = vaddq_s32(vsubq_s32(start[v], vdupq_n_s32(offsets[i])), vpaddq_s32(pair[0], pair[1]));
    }
    if (job->f32) ck_store_floats_neon(total, scale, &job->q, count, out);
    else ck_store_bytes_neon(ck_requantized_neon(total, scale, &epilogue), count, out);
  }
}

#define TILE(pixels) \
  static void tile_##pixels(const ck_tile_job *job, size_t pixel, size_t panel, const int32_t *offsets) { \
    tile(pixels, false, job, pixel, panel, offsets); \
  } \
  static void tile_full_range_##pixels(const ck_tile_job *job, size_t pixel, size_t panel, const int32_t *offsets) { \
    tile(pixels, true, job, pixel, panel, offsets); \
  }
TILE(1)
TILE(2)
TILE(3)
TILE(4)

void ck_tile_run__neon(const ck_tile_job *job, size_t pixels) {
  static void (*const tiles[2][max_pixels])(const ck_tile_job *, size_t, size_t, const int32_t *) = {
      {tile_1, tile_2, tile_3, tile_4}, {tile_full_range_1, tile_full_range_2, tile_full_range_3, tile_full_range_4}};
  const size_t panels = (job->channels + 15) / 16, count = (pixels + max_pixels - 1) / max_pixels;
  for (size_t i = 0, pixel = 0; i < count; i++) {
    const size_t rows = (pixels - pixel) / (count - i);
    int32_t storage[ck_tile_max_pixels];
    const int32_t *offsets = ck_tile_offsets(job, pixel, rows, storage);
    for (size_t panel = 0; panel < panels; panel++) tiles[job->full_range][rows - 1](job, pixel, panel, offsets);
    pixel += rows;
  }
}

#endif
