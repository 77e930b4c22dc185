#include "ck_tile.h"

#if CK_ARCH_ARM64
#include "ck_tile_neon.h"

#define TARGET CK_TARGET_DOTPROD
#define INLINE static inline __attribute__((always_inline)) TARGET

enum { max_pixels = 6, early_pixels = 12, long_quads = 36 };

/* Lane `lane` of `quads`, one quad of each pixel, times 4 * `vectors` channels of the next weight block. Up to four pixels a block comes by one
 * load. With six, 24 sums, their quads and 2 vectors of weights are all the registers there are: more in flight, and sums go through memory. */
#define MULTIPLY_LANE(lane) \
  do { \
    if (vectors == 4 && pixels <= 4) { \
      const int8x16x4_t w = vld1q_s8_x4(weights); \
      weights += 64; \
      CK_OPAQUE(weights); \
      CK_UNROLL for (int v = 0; v < 4; v++) { \
        CK_UNROLL for (int i = 0; i < pixels; i++) sum[i][v] = vdotq_laneq_s32(sum[i][v], w.val[v], quads[i], lane); \
      } \
    } else { \
      CK_UNROLL for (int v = 0; v < vectors; v += 2) { \
        const int8x16_t w0 = vld1q_s8(weights + 16 * v), w1 = vld1q_s8(weights + 16 * v + 16); \
        CK_UNROLL for (int i = 0; i < pixels; i++) sum[i][v] = vdotq_laneq_s32(sum[i][v], w0, quads[i], lane); \
        CK_UNROLL for (int i = 0; i < pixels; i++) sum[i][v + 1] = vdotq_laneq_s32(sum[i][v + 1], w1, quads[i], lane); \
      } \
      weights += 64; \
    } \
  } while (0)

/* What all pixels of a job share. */
typedef struct lines_view {
  const uint8_t *const *begin, *const *end;
  size_t stride;         /* from a pixel to the next */
  size_t body_bytes;     /* of the weights that meet fours of quads */
  size_t quads, tail_bytes; /* after those */
  bool slack;
} lines_view;

/* What is left of a line after its fours of quads. */
INLINE const int8_t *add_rest(
    int pixels, int vectors, int32x4_t sum[max_pixels][4], const lines_view *lines, const int8_t *x[max_pixels], const int8_t *weights) {
  int8x16_t quads[max_pixels];
  if (lines->slack) {
    CK_UNROLL for (int i = 0; i < pixels; i++) quads[i] = vld1q_s8(x[i]);
    MULTIPLY_LANE(0);
    if (lines->quads & 2) MULTIPLY_LANE(1);
    if (lines->quads == 3) MULTIPLY_LANE(2);
    return weights;
  }
  if (lines->quads & 2) {
    CK_UNROLL for (int i = 0; i < pixels; i++) {
      int64_t pair;
      __builtin_memcpy(&pair, x[i], sizeof pair);
      quads[i] = vreinterpretq_s8_s64(vdupq_n_s64(pair));
      x[i] += 8;
    }
    MULTIPLY_LANE(0);
    MULTIPLY_LANE(1);
  }
  if (lines->quads & 1) {
    CK_UNROLL for (int i = 0; i < pixels; i++) {
      quads[i] = vreinterpretq_s8_s32(vdupq_n_s32(ck_load_s32(x[i])));
      x[i] += 4;
    }
    MULTIPLY_LANE(0);
  }
  if (lines->tail_bytes > 0) {
    CK_UNROLL for (int i = 0; i < pixels; i++) {
      quads[i] = vreinterpretq_s8_u32(vdupq_n_u32(ck_partial_quad((const uint8_t *)x[i], lines->tail_bytes)));
    }
    MULTIPLY_LANE(0);
  }
  return weights;
}

/* Four quads of each pixel times as many weight blocks. */
#define MULTIPLY_STEP() \
  do { \
    CK_UNROLL for (int i = 0; i < pixels; i++) { \
      quads[i] = vld1q_s8(x[i]); \
      x[i] += 16; \
      CK_OPAQUE(x[i]); \
    } \
    MULTIPLY_LANE(0); \
    MULTIPLY_LANE(1); \
    MULTIPLY_LANE(2); \
    MULTIPLY_LANE(3); \
  } while (0)
/* No load of the next step may come earlier: it would need registers that there are not. */
#define END_STEP() __asm__ volatile("" ::: "memory")

/* The lines of `pixels` pixels from the one at `offset` bytes on times a panel; `pixels` and `vectors` are constants where this is inlined. */
INLINE void add_lines(
    int pixels, int vectors, int32x4_t sum[max_pixels][4], const lines_view *lines, size_t offset, const int8_t *weights) {
  const uint8_t *const *line = lines->begin;
  do {
    const int8_t *x[max_pixels];
    int8x16_t quads[max_pixels];
    CK_UNROLL for (int i = 0; i < pixels; i++) x[i] = i == 0 ? (const int8_t *)*line + offset : x[i - 1] + lines->stride;
    for (const int8_t *const last = weights + lines->body_bytes; weights != last;) MULTIPLY_STEP();
    if (lines->quads + lines->tail_bytes > 0) weights = add_rest(pixels, vectors, sum, lines, x, weights);
  } while (++line < lines->end);
}

/* The same for four pixels and lines of three steps, or six and so on. */
INLINE void add_triples(int32x4_t sum[max_pixels][4], const lines_view *lines, size_t offset, const int8_t *weights) {
  enum { pixels = 4, vectors = 4 };
  const uint8_t *const *line = lines->begin;
  do {
    const int8_t *x[pixels];
    int8x16_t quads[pixels];
    CK_UNROLL for (int i = 0; i < pixels; i++) x[i] = i == 0 ? (const int8_t *)*line + offset : x[i - 1] + lines->stride;
    const int8_t *const last = weights + lines->body_bytes;
    do {
      MULTIPLY_STEP();
      END_STEP();
      MULTIPLY_STEP();
      END_STEP();
      MULTIPLY_STEP();
    } while (weights != last);
  } while (++line < lines->end);
}

/* One step of the pixels whose quads these are. */
#define MULTIPLY_SHARED(first, second, third, fourth) \
  do { \
    const int8x16_t quads[pixels] = {first, second, third, fourth}; \
    MULTIPLY_LANE(0); \
    MULTIPLY_LANE(1); \
    MULTIPLY_LANE(2); \
    MULTIPLY_LANE(3); \
  } while (0)

/* The same for lines of three steps, where a pixel's next step is its neighbour's: each is loaded once. */
INLINE void add_shared_triples(int32x4_t sum[max_pixels][4], const lines_view *lines, size_t offset, const int8_t *weights) {
  enum { pixels = 4, vectors = 4 };
  const uint8_t *const *line = lines->begin;
  do {
    const int8_t *x = (const int8_t *)*line + offset;
    const int8x16_t a = vld1q_s8(x), b = vld1q_s8(x + 16), c = vld1q_s8(x + 32), d = vld1q_s8(x + 48);
    MULTIPLY_SHARED(a, b, c, d);
    END_STEP();
    const int8x16_t e = vld1q_s8(x + 64);
    MULTIPLY_SHARED(b, c, d, e);
    END_STEP();
    const int8x16_t f = vld1q_s8(x + 80);
    MULTIPLY_SHARED(c, d, e, f);
  } while (++line < lines->end);
}

/* `tiles` times `pixels` pixels from `pixel` on, panel by panel, 4 * `vectors` channels of each. `offsets`: of the first tile's pixels, where
 * weights have a zero point, else NULL. */
INLINE void run_tiles(
    int pixels, int vectors, const ck_tile_job *job, size_t pixel, size_t tiles, size_t channel, size_t end, const int32_t *offsets) {
  const int32_t zero_point = ck_tile_zero_point(job);
  const int16x8_t output_zero_point = vdupq_n_s16((int16_t)job->q.output_zero_point);
  const bool bytes = ck_tile_is_unclamped(job);
  const size_t element = job->f32 ? 4 : 1, out_stride = job->output_stride_bytes;
  const lines_view lines = {
      .begin = job->lines,
      .end = job->lines + job->line_count,
      .stride = job->pixel_bytes,
      .body_bytes = job->line_quads / 4 * 256,
      .quads = job->line_quads % 4,
      .tail_bytes = job->tail_bytes,
      .slack = job->line_slack};
  /* Kernels three wide over sixteens of channels. */
  const bool triples = !CK_SMALL && pixels == 4 && vectors == 4 && lines.quads + lines.tail_bytes == 0 && job->line_quads / 4 % 3 == 0;
  const bool shared = triples && lines.stride == 16 && lines.body_bytes == 768;
  for (; channel < end; channel += 16) {
    const bool whole = bytes && end - channel >= 4 * (size_t)vectors;
    const bool added = !CK_SMALL && pixels == 4 && vectors == 4 && job->residual != NULL && end - channel >= 16;
    const int8_t *weights = (const int8_t *)job->weights + channel / 16 * job->panel_bytes;
    uint8_t *out = job->output + pixel * out_stride + channel * element;
    ck_addition_neon addition; /* in memory: registers are short */
    if (added) addition = ck_addition_neon_of(&job->q, &job->add);
    int32x4_t start[4];
    const uint8_t *bias = job->bias + 4 * channel, *sums = job->sums + 4 * channel, *scales = job->scale + 4 * channel;
    CK_OPAQUE(bias);
    CK_OPAQUE(sums);
    CK_OPAQUE(scales);
    CK_UNROLL for (size_t v = 0; v < 4; v++) start[v] = ck_start_neon(bias, sums, zero_point, 4 * v);
    size_t offset = pixel * lines.stride;
    for (size_t tile = tiles; tile > 0; tile--, offset += (size_t)pixels * lines.stride) {
      int32x4_t sum[max_pixels][4];
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        CK_UNROLL for (int v = 0; v < 4; v++) sum[i][v] = start[v];
      }
      if (offsets != NULL) {
        CK_UNROLL for (int i = 0; i < pixels; i++) {
          CK_UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = vsubq_s32(sum[i][v], vdupq_n_s32(offsets[i]));
        }
      }
      if (shared) add_shared_triples(sum, &lines, offset, weights);
      else if (triples) add_triples(sum, &lines, offset, weights);
      else add_lines(pixels, vectors, sum, &lines, offset, weights);
      if (added) {
        float32x4_t scale[4];
        ck_load_scales_neon(scale, scales);
        const ck_addition_neon *from = &addition;
        CK_OPAQUE(from);
        const ck_addition_neon constants = *from;
        const uint8_t *residual = ck_tile_residual_at(job, out);
        CK_UNROLL for (int i = 0; i < pixels; i++, out += out_stride, residual += out_stride) {
          vst1q_s8((int8_t *)out, ck_added_neon(sum[i], scale, vld1q_s8((const int8_t *)residual), &constants));
        }
      } else if (whole) {
        float32x4_t scale[4];
        ck_load_scales_neon(scale, scales);
        CK_UNROLL for (int i = 0; i < pixels; i++) {
          uint8_t *at = out + (i % 2) * out_stride;
          if (vectors == 4) vst1q_s8((int8_t *)at, ck_unclamped_neon(sum[i], scale, output_zero_point));
          else vst1_s8((int8_t *)at, ck_unclamped_half_neon(sum[i], scale, output_zero_point));
          if (i % 2 == 1) out += 2 * out_stride;
        }
        if (pixels % 2 == 1) out += out_stride;
      } else {
        int32x4_t all[max_pixels][4];
        CK_UNROLL for (int i = 0; i < pixels; i++) {
          CK_UNROLL for (int v = 0; v < 4; v++) all[i][v] = sum[i][v];
        }
        ck_tile_store_other(job, (const int32x4_t(*)[4])all, pixels, channel, out);
        out += (size_t)pixels * out_stride;
      }
    }
  }
}

#define MULTIPLY_TWO_PANELS(lane) \
  do { \
    const int8x16x4_t b0 = vld1q_s8_x4(w0), b1 = vld1q_s8_x4(w1); \
    w0 += 64; \
    w1 += 64; \
    CK_OPAQUE(w0); \
    CK_OPAQUE(w1); \
    CK_UNROLL for (int v = 0; v < 4; v++) sum[v] = vdotq_laneq_s32(sum[v], b0.val[v], quads, lane); \
    CK_UNROLL for (int v = 0; v < 4; v++) sum[4 + v] = vdotq_laneq_s32(sum[4 + v], b1.val[v], quads, lane); \
  } while (0)

/* One pixel, two panels at a time as long as there are two: eight chains of sums where one panel's four would wait for each other, one load of
 * the pixel for both. Returns the channels that are done. */
TARGET static size_t run_vector(const ck_tile_job *job) {
  const int16x8_t output_zero_point = vdupq_n_s16((int16_t)job->q.output_zero_point);
  const int32_t zero_point = ck_tile_zero_point(job);
  uint8_t *out = job->output;
  size_t channel = 0;
  for (; job->channels - channel >= 32; channel += 32) {
    const int8_t *w0 = (const int8_t *)job->weights + channel / 16 * job->panel_bytes, *w1 = w0 + job->panel_bytes;
    int32x4_t sum[8];
    CK_UNROLL for (size_t v = 0; v < 8; v++) sum[v] = ck_start_neon(job->bias, job->sums, zero_point, channel + 4 * v);
    for (size_t line = 0; line < job->line_count; line++) {
      const int8_t *x = (const int8_t *)job->lines[line];
      for (const int8_t *const last = x + job->line_quads / 4 * 16; x != last; x += 16) {
        const int8x16_t quads = vld1q_s8(x);
        MULTIPLY_TWO_PANELS(0);
        MULTIPLY_TWO_PANELS(1);
        MULTIPLY_TWO_PANELS(2);
        MULTIPLY_TWO_PANELS(3);
      }
      for (size_t left = job->line_quads % 4; left > 0; left--, x += 4) {
        const int8x16_t quads = vreinterpretq_s8_s32(vdupq_n_s32(ck_load_s32(x)));
        MULTIPLY_TWO_PANELS(0);
      }
      if (job->tail_bytes > 0) {
        const int8x16_t quads = vreinterpretq_s8_u32(vdupq_n_u32(ck_partial_quad((const uint8_t *)x, job->tail_bytes)));
        MULTIPLY_TWO_PANELS(0);
      }
    }
    CK_UNROLL for (size_t half = 0; half < 2; half++) {
      float32x4_t scale[4];
      ck_load_scales_neon(scale, job->scale + 4 * channel + 64 * half);
      vst1q_s8((int8_t *)out + channel + 16 * half, ck_unclamped_neon(sum + 4 * half, scale, output_zero_point));
    }
  }
  return channel;
}

/* Whole panels; then a last one of at most eight channels: half the products. Code for size does without halves. */
static size_t whole_end(const ck_tile_job *job) { return CK_SMALL ? job->channels : ck_tile_whole_end(job); }
#define TILES(pixels) \
  TARGET static void tiles_##pixels(const ck_tile_job *job, size_t pixel, size_t tiles, const int32_t *offsets) { \
    run_tiles(pixels, 4, job, pixel, tiles, 0, whole_end(job), offsets); \
  } \
  TARGET static void half_tiles_##pixels(const ck_tile_job *job, size_t pixel, size_t tiles, const int32_t *offsets) { \
    run_tiles(pixels, 2, job, pixel, tiles, whole_end(job), job->channels, offsets); \
  }
TILES(1)
TILES(2)
TILES(3)
TILES(4)
TILES(5)
TILES(6)

void ck_tile_run__dotprod(const ck_tile_job *job, size_t pixels) {
  static void (*const run[2][max_pixels])(const ck_tile_job *, size_t, size_t, const int32_t *) = {
      {tiles_1, tiles_2, tiles_3, tiles_4, tiles_5, tiles_6},
      {half_tiles_1, half_tiles_2, half_tiles_3, half_tiles_4, half_tiles_5, half_tiles_6}};
  if (!CK_SMALL && pixels == 1 && job->channels >= 32 && job->q.weight_zero_point == 0 && ck_tile_is_unclamped(job)) {
    const size_t done = run_vector(job);
    if (done < job->channels) {
      const ck_tile_job rest = ck_tile_after(job, done);
      ck_tile_run__dotprod(&rest, 1);
    }
    return;
  }
  const bool fours = !CK_SMALL && (job->residual != NULL || job->line_count * job->line_quads >= long_quads);
  const size_t whole = whole_end(job);
  if (fours && pixels % 4 == 0 && whole == job->channels && (whole <= 16 || pixels <= early_pixels) && job->q.weight_zero_point == 0) {
    tiles_4(job, 0, pixels / 4, NULL);
    return;
  }
  const size_t most = fours ? 4 : max_pixels;
  for (size_t pixel = 0, left = (pixels + most - 1) / most; pixel < pixels;) {
    const ck_tile_step step = ck_tile_next(pixels - pixel, left, most);
    const size_t size = step.size;
    int32_t storage[ck_tile_max_pixels];
    const int32_t *offsets = NULL;
    size_t tiles = step.tiles;
    if (job->q.weight_zero_point != 0) {
      tiles = 1;
      offsets = ck_tile_offsets(job, pixel, size, storage);
    } else if (job->channels > 16 && tiles > early_pixels / size) {
      tiles = early_pixels / size;
    }
    if (CK_SMALL) {
      (size == 1 ? tiles_1 : tiles_6)(job, pixel, tiles, offsets);
    } else {
      if (whole > 0) run[0][size - 1](job, pixel, tiles, offsets);
      if (whole < job->channels) run[1][size - 1](job, pixel, tiles, offsets);
    }
    pixel += tiles * size;
    left -= tiles;
  }
}

#endif
