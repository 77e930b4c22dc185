#include "ck_tile.h"

#if CK_ARCH_ARM64
#include "ck_epilogue_neon.h"

#define TARGET CK_TARGET_DOTPROD
#define INLINE static inline __attribute__((always_inline)) TARGET

enum { max_pixels = 6 };

/* One quad of each pixel, lane `lane` of its 16 bytes, times the 16 channels of a weight block. */
#define MULTIPLY_LANE(lane) \
  do { \
    int8x16_t w[4]; \
    CK_UNROLL for (int v = 0; v < 4; v++) w[v] = vld1q_s8((const int8_t *)weights + 64 * lane + 16 * v); \
    CK_UNROLL for (int i = 0; i < pixels; i++) { \
      CK_UNROLL for (int v = 0; v < 4; v++) sum[i][v] = vdotq_laneq_s32(sum[i][v], w[v], quads[i], lane); \
    } \
  } while (0)

/* `pixels` is a constant where this is inlined. */
INLINE void tile(int pixels, const ck_tile_job *job, size_t pixel, size_t panel, const int32_t *offsets) {
  int32x4_t sum[max_pixels][4];
  const int32_t zero_point = ck_tile_zero_point(job);
  CK_UNROLL for (size_t v = 0; v < 4; v++) {
    const int32x4_t start = ck_start_neon(job->bias, job->sums, zero_point, 16 * panel + 4 * v);
    CK_UNROLL for (int i = 0; i < pixels; i++) sum[i][v] = vsubq_s32(start, vdupq_n_s32(offsets[i]));
  }
  const size_t stride = job->pixel_bytes;
  const uint8_t *weights = job->weights + panel * job->panel_bytes;
  for (size_t line = 0; line < job->line_count; line++) {
    const uint8_t *x = job->lines[line] + pixel * stride;
    size_t left = job->line_quads;
    int8x16_t quads[max_pixels];
    for (; left >= 4; left -= 4, x += 16, weights += 256) {
      CK_UNROLL for (int i = 0; i < pixels; i++) quads[i] = vld1q_s8((const int8_t *)x + (size_t)i * stride);
      MULTIPLY_LANE(0);
      MULTIPLY_LANE(1);
      MULTIPLY_LANE(2);
      MULTIPLY_LANE(3);
    }
    for (; left > 0; left--, x += 4, weights += 64) {
      CK_UNROLL for (int i = 0; i < pixels; i++) quads[i] = vreinterpretq_s8_s32(vdupq_n_s32(ck_load_s32(x + (size_t)i * stride)));
      MULTIPLY_LANE(0);
    }
    if (job->tail_bytes > 0) {
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        quads[i] = vreinterpretq_s8_u32(vdupq_n_u32(ck_partial_quad(x + (size_t)i * stride, job->tail_bytes)));
      }
      MULTIPLY_LANE(0);
      weights += 64;
    }
  }
  const size_t channel = 16 * panel, count = job->channels - channel < 16 ? job->channels - channel : 16;
  uint8_t *out = job->output + pixel * job->output_stride_bytes + channel * (job->f32 ? 4 : 1);
  CK_UNROLL for (int i = 0; i < pixels; i++) {
    ck_store_sums_neon(sum[i], job->scale + 4 * channel, &job->q, job->f32, count, out + (size_t)i * job->output_stride_bytes);
  }
}

#define TILE(pixels) \
  TARGET static void tile_##pixels(const ck_tile_job *job, size_t pixel, size_t panel, const int32_t *offsets) { \
    tile(pixels, job, pixel, panel, offsets); \
  }
TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)

void ck_tile_run__dotprod(const ck_tile_job *job, size_t pixels) {
  static void (*const tiles[])(const ck_tile_job *, size_t, size_t, const int32_t *) = {tile_1, tile_2, tile_3, tile_4, tile_5, tile_6};
  const size_t panels = (job->channels + 15) / 16, count = (pixels + max_pixels - 1) / max_pixels;
  for (size_t i = 0, pixel = 0; i < count; i++) {
    const size_t rows = (pixels - pixel) / (count - i);
    int32_t storage[ck_tile_max_pixels];
    const int32_t *offsets = ck_tile_offsets(job, pixel, rows, storage);
    for (size_t panel = 0; panel < panels; panel++) tiles[rows - 1](job, pixel, panel, offsets);
    pixel += rows;
  }
}

#endif
