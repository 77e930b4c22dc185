#include "ck_tile.h"

#if CK_ARCH_ARM64
#include "ck_epilogue_neon.h"

#define INLINE CK_INLINE_NEON

enum { max_pixels = 5, early_pixels = 12 };

/* Eight channels of one pixel, two partial sums each: two products fit a word where weights stay within [-127, 127], 2 * 128 * 127 < 2^15. So two
 * quads are multiplied into one vector of words, which is then added in pairs to two channels' partial sums. Weights of full range take a vector
 * of words a quad. */
typedef struct half_sums {
  int32x4_t v[4]; /* two channels each */
} half_sums;
typedef struct half_block {
  int8x16_t v[2]; /* of a quad, four channels each */
} half_block;

INLINE half_block block(const int8_t *weights) { return (half_block){{vld1q_s8(weights), vld1q_s8(weights + 16)}}; }

INLINE int8x16_t broadcast(const int8_t *x) {
  int8x16_t bytes = vreinterpretq_s8_s32(vdupq_n_s32(ck_load_s32(x)));
  __asm__ volatile("" : "+w"(bytes)); /* else clang takes the high half apart again */
  return bytes;
}

INLINE void add_one(half_sums *sum, int8x16_t x, const half_block *w) {
  CK_UNROLL for (int v = 0; v < 2; v++) {
    sum->v[2 * v] = vpadalq_s16(sum->v[2 * v], vmull_s8(vget_low_s8(w->v[v]), vget_low_s8(x)));
    sum->v[2 * v + 1] = vpadalq_s16(sum->v[2 * v + 1], vmull_high_s8(w->v[v], x));
  }
}
INLINE void add_two(bool full_range, half_sums *sum, int8x16_t x0, const half_block *w0, int8x16_t x1, const half_block *w1) {
  if (full_range) {
    add_one(sum, x0, w0);
    add_one(sum, x1, w1);
    return;
  }
  CK_UNROLL for (int v = 0; v < 2; v++) {
    const int16x8_t low = vmull_s8(vget_low_s8(w0->v[v]), vget_low_s8(x0)), high = vmull_high_s8(w0->v[v], x0);
    sum->v[2 * v] = vpadalq_s16(sum->v[2 * v], vmlal_s8(low, vget_low_s8(w1->v[v]), vget_low_s8(x1)));
    sum->v[2 * v + 1] = vpadalq_s16(sum->v[2 * v + 1], vmlal_high_s8(high, w1->v[v], x1));
  }
}

/* What all pixels of a job share. */
typedef struct lines_view {
  const uint8_t *const *begin, *const *end;
  size_t stride;             /* from a pixel to the next */
  size_t body_bytes;         /* of the weights that meet pairs of quads */
  size_t line_weights;       /* bytes of the weights of a line */
  size_t odd_at, tail_bytes; /* a line's byte where its odd quad lies, or SIZE_MAX; bytes past the last quad */
} lines_view;

/* The lines of `pixels` pixels from the one at `offset` bytes on times eight channels; `pixels` and `full_range` are constants where this is
 * inlined. */
INLINE void add_lines(
    int pixels, bool full_range, half_sums sum[max_pixels], const lines_view *lines, size_t offset, const int8_t *weights) {
  const uint8_t *const *line = lines->begin;
  const int8_t *first = weights;
  do {
    const int8_t *x[max_pixels], *w = first;
    CK_UNROLL for (int i = 0; i < pixels; i++) x[i] = i == 0 ? (const int8_t *)*line + offset : x[i - 1] + lines->stride;
    for (const int8_t *const last = w + lines->body_bytes; w != last; w += 128) {
      const half_block w0 = block(w), w1 = block(w + 64);
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        const int8x16_t x0 = broadcast(x[i]);
        x[i] += 4;
        CK_OPAQUE(x[i]);
        const int8x16_t x1 = broadcast(x[i]);
        x[i] += 4;
        CK_OPAQUE(x[i]);
        add_two(full_range, &sum[i], x0, &w0, x1, &w1);
        /* Five pixels leave no register for a second one's products: end each before the next, or clang moves sums through memory. */
        if (pixels == 5) __asm__ volatile("" : "+w"(sum[i].v[0]), "+w"(sum[i].v[1]), "+w"(sum[i].v[2]), "+w"(sum[i].v[3]));
      }
    }
    first += lines->line_weights;
  } while (++line < lines->end);
  if (lines->tail_bytes > 0) {
    const half_block w = block(weights + lines->line_weights - 64);
    const uint8_t *x = *lines->begin + offset + lines->line_weights / 16 - 4;
    CK_UNROLL for (int i = 0; i < pixels; i++) {
      int8x16_t bytes = vreinterpretq_s8_u32(vdupq_n_u32(ck_partial_quad(x, lines->tail_bytes)));
      __asm__("" : "+w"(bytes));
      add_one(&sum[i], bytes, &w);
      x += lines->stride;
    }
  }
  if (lines->odd_at == SIZE_MAX) return;
  /* The odd quads of two lines make a pair. */
  line = lines->begin;
  const int8_t *w = weights + lines->odd_at * 16;
  for (; line + 1 < lines->end; line += 2, w += 2 * lines->line_weights) {
    const half_block w0 = block(w), w1 = block(w + lines->line_weights);
    const int8_t *x0 = (const int8_t *)line[0] + offset + lines->odd_at, *x1 = (const int8_t *)line[1] + offset + lines->odd_at;
    CK_UNROLL for (int i = 0; i < pixels; i++) {
      add_two(full_range, &sum[i], broadcast(x0), &w0, broadcast(x1), &w1);
      x0 += lines->stride;
      x1 += lines->stride;
    }
  }
  if (line < lines->end) {
    const half_block w0 = block(w);
    const int8_t *x = (const int8_t *)*line + offset + lines->odd_at;
    CK_UNROLL for (int i = 0; i < pixels; i++) {
      add_one(&sum[i], broadcast(x), &w0);
      x += lines->stride;
    }
  }
}

/* Floats, part of eight channels, what has to be clamped, or with a residual. */
__attribute__((noinline)) static void store_other(
    const ck_tile_job *job, const int32x4_t (*sums)[2], int pixels, size_t channel, uint8_t *out) {
  const size_t count = job->channels - channel < 8 ? job->channels - channel : 8;
  const ck_epilogue_neon epilogue = ck_epilogue_neon_of(&job->q);
  const float32x4_t first = vreinterpretq_f32_u8(vld1q_u8(job->scale + 4 * channel));
  const float32x4_t scale[4] = {first, vreinterpretq_f32_u8(vld1q_u8(job->scale + 4 * channel + 16)), first, first};
  if (job->residual != NULL) {
    const ck_addition_neon addition = ck_addition_neon_of(&job->q, &job->add);
    const uint8_t *residual = ck_tile_residual_at(job, out);
    for (int i = 0; i < pixels; i++, out += job->output_stride_bytes, residual += job->output_stride_bytes) {
      const int16x8_t level = vsubl_s8(vget_low_s8(ck_load_bytes_neon(residual, count)), vget_low_s8(addition.residual_zero_point));
      const int8x8_t byte = vqmovn_s16(ck_added_eight_neon(sums[i], scale, level, &addition));
      const int8x8_t clamped = vmin_s8(vmax_s8(byte, vget_low_s8(addition.sum.low)), vget_low_s8(addition.sum.high));
      ck_store_bytes_neon(vcombine_s8(clamped, clamped), count, out);
    }
    return;
  }
  for (int i = 0; i < pixels; i++, out += job->output_stride_bytes) {
    const int32x4_t sum[4] = {sums[i][0], sums[i][1], vdupq_n_s32(0), vdupq_n_s32(0)};
    if (job->f32) ck_store_floats_neon(sum, scale, &job->q, count, out);
    else ck_store_bytes_neon(ck_requantized_neon(sum, scale, &epilogue), count, out);
  }
}

/* `tiles` times `pixels` pixels from `pixel` on, eight channels by eight. `offsets`: of the first tile's pixels, where weights have a zero point,
 * else NULL. */
INLINE void run_tiles(int pixels, bool full_range, const ck_tile_job *job, size_t pixel, size_t tiles, const int32_t *offsets) {
  const int32x4_t zero_point = vdupq_n_s32(ck_tile_zero_point(job));
  const int16x8_t output_zero_point = vdupq_n_s16((int16_t)job->q.output_zero_point);
  const bool bytes = !job->f32 && job->residual == NULL && ck_clamps_nothing(&job->q);
  const size_t element = job->f32 ? 4 : 1, channels = job->channels, out_stride = job->output_stride_bytes;
  const lines_view lines = {
      .begin = job->lines,
      .end = job->lines + job->line_count,
      .stride = job->pixel_bytes,
      .body_bytes = job->line_quads / 2 * 128,
      .line_weights = (job->line_quads + (job->tail_bytes > 0)) * 64,
      .odd_at = job->line_quads % 2 == 1 ? (job->line_quads - 1) * 4 : SIZE_MAX,
      .tail_bytes = job->tail_bytes};
  for (size_t channel = 0; channel < channels; channel += 8) {
    const bool whole = bytes && channels - channel >= 8;
    const int8_t *weights = (const int8_t *)job->weights + channel / 16 * job->panel_bytes + channel % 16 * 4;
    uint8_t *out = job->output + pixel * out_stride + channel * element;
    half_sums start; /* in the first of each channel's partial sums */
    CK_UNROLL for (size_t v = 0; v < 2; v++) {
      const size_t at = 4 * channel + 16 * v;
      const int32x4_t four = vmlsq_s32(
          vreinterpretq_s32_u8(vld1q_u8(job->bias + at)), vreinterpretq_s32_u8(vld1q_u8(job->sums + at)), zero_point);
      start.v[2 * v] = vzip1q_s32(four, vdupq_n_s32(0));
      start.v[2 * v + 1] = vzip2q_s32(four, vdupq_n_s32(0));
    }
    size_t offset = pixel * lines.stride;
    for (size_t tile = tiles; tile > 0; tile--, offset += (size_t)pixels * lines.stride) {
      half_sums sum[max_pixels];
      CK_UNROLL for (int i = 0; i < pixels; i++) sum[i] = start;
      add_lines(pixels, full_range, sum, &lines, offset, weights);
      int32x4_t total[max_pixels][2];
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        CK_UNROLL for (int v = 0; v < 2; v++) total[i][v] = vpaddq_s32(sum[i].v[2 * v], sum[i].v[2 * v + 1]);
      }
      if (offsets != NULL) {
        CK_UNROLL for (int i = 0; i < pixels; i++) {
          CK_UNROLL for (int v = 0; v < 2; v++) total[i][v] = vsubq_s32(total[i][v], vdupq_n_s32(offsets[i]));
        }
      }
      if (whole) {
        const uint8_t *scales = job->scale + 4 * channel;
        const float32x4_t scale[2] = {vreinterpretq_f32_u8(vld1q_u8(scales)), vreinterpretq_f32_u8(vld1q_u8(scales + 16))};
        CK_UNROLL for (int i = 0; i < pixels; i++, out += out_stride) {
          vst1_s8((int8_t *)out, ck_unclamped_half_neon(total[i], scale, output_zero_point));
        }
      } else {
        int32x4_t sums[max_pixels][2];
        CK_UNROLL for (int i = 0; i < pixels; i++) {
          CK_UNROLL for (int v = 0; v < 2; v++) sums[i][v] = total[i][v];
        }
        store_other(job, (const int32x4_t(*)[2])sums, pixels, channel, out);
        out += (size_t)pixels * out_stride;
      }
    }
  }
}

/* One pixel, whole panels, weights within [-127, 127]: 16 channels share the broadcasts. Returns the channels that are done. */
static size_t run_vector(const ck_tile_job *job) {
  const int16x8_t output_zero_point = vdupq_n_s16((int16_t)job->q.output_zero_point);
  const int32_t zero_point = ck_tile_zero_point(job);
  size_t channel = 0;
  for (; job->channels - channel >= 16; channel += 16) {
    const int8_t *weights = (const int8_t *)job->weights + channel / 16 * job->panel_bytes;
    half_sums sum[2];
    CK_UNROLL for (int h = 0; h < 2; h++) {
      CK_UNROLL for (int v = 0; v < 4; v++) sum[h].v[v] = vdupq_n_s32(0);
    }
    for (size_t line = 0; line < job->line_count; line++) {
      const int8_t *x = (const int8_t *)job->lines[line];
      for (const int8_t *const last = x + job->line_quads / 2 * 8; x != last;) {
        const int8x16x4_t w0 = vld1q_s8_x4(weights);
        weights += 64;
        CK_OPAQUE(weights);
        const int8x16x4_t w1 = vld1q_s8_x4(weights);
        weights += 64;
        CK_OPAQUE(weights);
        const int8x16_t x0 = broadcast(x), x1 = broadcast(x + 4);
        x += 8;
        CK_UNROLL for (int h = 0; h < 2; h++) {
          const half_block b0 = {{w0.val[2 * h], w0.val[2 * h + 1]}}, b1 = {{w1.val[2 * h], w1.val[2 * h + 1]}};
          add_two(false, &sum[h], x0, &b0, x1, &b1);
        }
      }
      const size_t odd = job->line_quads % 2, singles = odd + (job->tail_bytes > 0);
      for (size_t i = 0; i < singles; i++, x += 4, weights += 64) {
        const uint32_t quad = i < odd ? (uint32_t)ck_load_s32(x) : ck_partial_quad((const uint8_t *)x, job->tail_bytes);
        const half_block b0 = block(weights), b1 = block(weights + 32);
        add_one(&sum[0], vreinterpretq_s8_u32(vdupq_n_u32(quad)), &b0);
        add_one(&sum[1], vreinterpretq_s8_u32(vdupq_n_u32(quad)), &b1);
      }
    }
    int32x4_t total[4];
    float32x4_t scale[4];
    CK_UNROLL for (size_t v = 0; v < 4; v++) {
      const int32x4_t *pair = &sum[v / 2].v[v % 2 * 2];
      total[v] = vaddq_s32(vpaddq_s32(pair[0], pair[1]), ck_start_neon(job->bias, job->sums, zero_point, channel + 4 * v));
    }
    ck_load_scales_neon(scale, job->scale + 4 * channel);
    vst1q_s8((int8_t *)job->output + channel, ck_unclamped_neon(total, scale, output_zero_point));
  }
  return channel;
}

#define TILES(pixels) \
  static void tiles_##pixels(const ck_tile_job *job, size_t pixel, size_t tiles, const int32_t *offsets) { \
    run_tiles(pixels, false, job, pixel, tiles, offsets); \
  } \
  static void tiles_full_range_##pixels(const ck_tile_job *job, size_t pixel, size_t tiles, const int32_t *offsets) { \
    run_tiles(pixels, true, job, pixel, tiles, offsets); \
  }
TILES(1)
TILES(2)
TILES(3)
TILES(4)
TILES(5)

void ck_tile_run__neon(const ck_tile_job *job, size_t pixels) {
  static void (*const run[2][max_pixels])(const ck_tile_job *, size_t, size_t, const int32_t *) = {
      {tiles_1, tiles_2, tiles_3, tiles_4, tiles_5},
      {tiles_full_range_1, tiles_full_range_2, tiles_full_range_3, tiles_full_range_4, tiles_full_range_5}};
  const bool bytes = !job->f32 && job->residual == NULL && !job->full_range && job->q.weight_zero_point == 0 && ck_clamps_nothing(&job->q);
  if (pixels == 1 && bytes && job->channels >= 16) {
    const size_t done = run_vector(job);
    if (done < job->channels) {
      const ck_tile_job rest = ck_tile_after(job, done);
      ck_tile_run__neon(&rest, 1);
    }
    return;
  }
  const size_t most = CK_SMALL && job->full_range ? 1 : max_pixels;
  for (size_t pixel = 0, left = (pixels + most - 1) / most; pixel < pixels;) {
    const ck_tile_step step = ck_tile_next(pixels - pixel, left, most);
    const size_t size = step.size;
    int32_t storage[ck_tile_max_pixels];
    const int32_t *offsets = NULL;
    size_t tiles = step.tiles;
    if (job->q.weight_zero_point != 0) {
      tiles = 1;
      offsets = ck_tile_offsets(job, pixel, size, storage);
    } else if (tiles > early_pixels / size) {
      tiles = early_pixels / size;
    }
    /* In code for size, single pixels share the one that takes all weights. */
    if (CK_SMALL) (size == 1 ? tiles_full_range_1 : tiles_5)(job, pixel, tiles, offsets);
    else run[job->full_range][size - 1](job, pixel, tiles, offsets);
    pixel += tiles * size;
    left -= tiles;
  }
}

#endif
