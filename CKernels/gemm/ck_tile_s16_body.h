/* gemm/ck_tile_s16_body.h - ck_tile_s16.h for one instruction set, whose file defines before the include:
 *
 *   TARGET, INLINE      attributes of its functions
 *   max_pixels          pixels of a tile, at most 12
 *   max_quads           quads that its sums take in 32 bits
 *   low_offset          what it takes off the low byte of each word: that many sums of weights are missing
 *   panel_sums          the sums of one pixel and panel, panel_weights: one weight block as it is multiplied
 *   cleared(), widened(block), multiply_add(sums, quad, weights)
 *   flush(total, sums)  adds the sums to int64_t total[16] */
#include "ck_tile_s16.h"

/* The last 1...3 words of a line, the others 0. */
INLINE int64_t partial_quad(const uint8_t *x, size_t words) {
  int64_t quad = 0;
  __builtin_memcpy(&quad, x, 2);
  if (words > 1) quad |= (int64_t)(uint16_t)ck_load_s16(x + 2) << 16;
  if (words > 2) quad |= (int64_t)(uint16_t)ck_load_s16(x + 4) << 32;
  return quad;
}

/* `pixels` is a constant where this is inlined. */
INLINE void tile(int pixels, const ck_tile_s16_job *job, size_t pixel, size_t panel) {
  int64_t total[max_pixels][16];
  panel_sums sums[max_pixels];
  CK_UNROLL for (int i = 0; i < pixels; i++) {
    __builtin_memset(total[i], 0, sizeof total[i]);
    sums[i] = cleared();
  }
  const size_t stride = job->pixel_bytes;
  const uint8_t *weights = job->weights + panel * job->panel_bytes;
  size_t room = max_quads;
  for (size_t line = 0; line < job->line_count; line++) {
    const uint8_t *x = job->lines[line] + pixel * stride;
    for (size_t left = job->line_quads; left > 0;) {
      const size_t count = left < room ? left : room;
      for (size_t q = 0; q < count; q++, x += 8, weights += 64) {
        const panel_weights w = widened(weights);
        CK_UNROLL for (int i = 0; i < pixels; i++) multiply_add(&sums[i], ck_load_s64(x + (size_t)i * stride), &w);
      }
      left -= count;
      room -= count;
      if (room > 0) break;
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        flush(total[i], &sums[i]);
        sums[i] = cleared();
      }
      room = max_quads;
    }
    if (job->tail_words > 0) {
      const panel_weights w = widened(weights);
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        /* One more quad than max_quads at most: it has three words. */
        multiply_add(&sums[i], partial_quad(x + (size_t)i * stride, job->tail_words), &w);
      }
      weights += 64;
    }
  }
  const size_t channel = 16 * panel, count = job->channels - channel < 16 ? job->channels - channel : 16;
  CK_UNROLL for (int i = 0; i < pixels; i++) {
    flush(total[i], &sums[i]);
    if (low_offset != 0) {
      for (size_t n = 0; n < 16; n++) total[i][n] += low_offset * (int64_t)ck_load_s32(job->sums + 4 * (channel + n));
    }
    ck_sink_store_block(&job->sink, total[i], channel, job->output_index + (pixel + (size_t)i) * job->output_stride + channel, count);
  }
}

#define CK_TILE_S16(pixels) \
  TARGET static void tile_##pixels(const ck_tile_s16_job *job, size_t pixel, size_t panel) { tile(pixels, job, pixel, panel); }

/* Tiles of almost equal heights: the last is not much smaller than the others. Code for size takes a pixel at a time. */
#define CK_TILE_S16_RUN(isa, ...) \
  void ck_tile_s16__##isa(const ck_tile_s16_job *job, size_t pixels) { \
    static void (*const tiles[max_pixels])(const ck_tile_s16_job *, size_t, size_t) = {__VA_ARGS__}; \
    const size_t most = CK_SMALL ? 1 : max_pixels, panels = (job->channels + 15) / 16, count = (pixels + most - 1) / most; \
    for (size_t i = 0, pixel = 0; i < count; i++) { \
      const size_t rows = (pixels - pixel) / (count - i); \
      for (size_t panel = 0; panel < panels; panel++) (CK_SMALL ? tile_1 : tiles[rows - 1])(job, pixel, panel); \
      pixel += rows; \
    } \
  }
