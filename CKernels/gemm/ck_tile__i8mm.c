#include "ck_tile.h"

#if CK_ARCH_ARM64
#include "ck_tile_neon.h"

#define TARGET CK_TARGET_I8MM
#define INLINE static inline __attribute__((always_inline)) TARGET

enum { max_pixels = 4, max_pairs = max_pixels / 2, early_pixels = 12, least_quads = 32 };

/* smmla multiplies two pixels by two channels over eight inputs: twice the products of sdot, from two quads of the packed weights zipped together. 2
 * pairs of pixels by 8 pairs of channels are 16 vectors of sums: [pixel 0: channel 0, 1; pixel 1: channel 0, 1]. (3 pairs would be 24, with what else
 * is in flight more than clang keeps in registers.) */
typedef int32x4_t pair_sums[max_pairs][8];

INLINE int32x4_t weights_at(const int8_t *weights) { return vreinterpretq_s32_s8(vld1q_s8(weights)); }

/* Eight inputs of each pair of pixels times two quads of four channels, `first` and `second`: sums 2 * `v` and 2 * `v` + 1. */
INLINE void multiply_four(int pairs, pair_sums sum, const int8x16_t x8[max_pairs], int v, int32x4_t first, int32x4_t second) {
  const int8x16_t b0 = vreinterpretq_s8_s32(vzip1q_s32(first, second)), b1 = vreinterpretq_s8_s32(vzip2q_s32(first, second));
  CK_UNROLL for (int p = 0; p < pairs; p++) sum[p][2 * v] = vmmlaq_s32(sum[p][2 * v], x8[p], b0);
  CK_UNROLL for (int p = 0; p < pairs; p++) sum[p][2 * v + 1] = vmmlaq_s32(sum[p][2 * v + 1], x8[p], b1);
}
INLINE void multiply_two_quads(int pairs, pair_sums sum, const int8x16_t x8[max_pairs], const int8_t *weights) {
  CK_UNROLL for (int v = 0; v < 4; v++) multiply_four(pairs, sum, x8, v, weights_at(weights + 16 * v), weights_at(weights + 16 * v + 64));
}
/* One quad, in the low half of each pixel's eight bytes, the others 0. */
INLINE void multiply_one_quad(int pairs, pair_sums sum, const int8x16_t x8[max_pairs], const int8_t *weights) {
  CK_UNROLL for (int v = 0; v < 4; v++) multiply_four(pairs, sum, x8, v, weights_at(weights + 16 * v), vdupq_n_s32(0));
}

/* Eight bytes of two pixels: the second ones loaded into their lane, through a number since they are not aligned as one. */
INLINE int8x16_t eights(const int8_t **x0, const int8_t **x1) {
  const int8x16_t low = vcombine_s8(vld1_s8(*x0), vdup_n_s8(0));
  uint64_t high;
  __builtin_memcpy(&high, *x1, sizeof high);
  const int8x16_t both = vreinterpretq_s8_u64(vsetq_lane_u64(high, vreinterpretq_u64_s8(low), 1));
  *x0 += 8;
  CK_OPAQUE(*x0);
  *x1 += 8;
  CK_OPAQUE(*x1);
  return both;
}

INLINE int8x16_t joined(uint32_t low, uint32_t high) { return vreinterpretq_s8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high))); }

/* The lines of `pixels` pixels from the one at `offset` bytes on times a panel; `pixels` is a constant where this is inlined. The second pixel of an
 * odd last pair is the first one again. */
INLINE void add_lines(int pixels, pair_sums sum, const ck_tile_job *job, size_t offset, const int8_t *weights) {
  const int pairs = (pixels + 1) / 2;
  const size_t stride = job->pixel_bytes;
  for (size_t line = 0; line < job->line_count; line++) {
    const int8_t *x[max_pixels];
    int8x16_t x8[max_pairs];
    CK_UNROLL for (int i = 0; i < 2 * pairs; i++) {
      x[i] = i == 0 ? (const int8_t *)job->lines[line] + offset : i < pixels ? x[i - 1] + stride : x[i - 1];
      CK_OPAQUE(x[i]);
    }
    for (const int8_t *const last = weights + job->line_quads / 2 * 128; weights != last; weights += 128) {
      CK_UNROLL for (int p = 0; p < pairs; p++) x8[p] = eights(&x[2 * p], &x[2 * p + 1]);
      multiply_two_quads(pairs, sum, x8, weights);
    }
    if (job->line_quads % 2 == 1) {
      CK_UNROLL for (int p = 0; p < pairs; p++) {
        x8[p] = joined((uint32_t)ck_load_s32(x[2 * p]), (uint32_t)ck_load_s32(x[2 * p + 1]));
        x[2 * p] += 4;
        x[2 * p + 1] += 4;
      }
      multiply_one_quad(pairs, sum, x8, weights);
      weights += 64;
    }
    if (job->tail_bytes > 0) {
      CK_UNROLL for (int p = 0; p < pairs; p++) {
        x8[p] = joined(
            ck_partial_quad((const uint8_t *)x[2 * p], job->tail_bytes), ck_partial_quad((const uint8_t *)x[2 * p + 1], job->tail_bytes));
      }
      multiply_one_quad(pairs, sum, x8, weights);
      weights += 64;
    }
  }
}

INLINE int32x4_t joined_low(int32x4_t a, int32x4_t b) {
  return vreinterpretq_s32_s64(vtrn1q_s64(vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b)));
}
INLINE int32x4_t joined_high(int32x4_t a, int32x4_t b) {
  return vreinterpretq_s32_s64(vtrn2q_s64(vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b)));
}

/* `tiles` times `pixels` pixels from `pixel` on, panel by panel. `offsets`: of the first tile's pixels, where weights have a zero point, else
 * NULL. */
INLINE void run_tiles(int pixels, const ck_tile_job *job, size_t pixel, size_t tiles, const int32_t *offsets) {
  const int pairs = (pixels + 1) / 2;
  const int32_t zero_point = ck_tile_zero_point(job);
  const int16x8_t output_zero_point = vdupq_n_s16((int16_t)job->q.output_zero_point);
  const bool bytes = ck_tile_is_unclamped(job);
  const size_t element = job->f32 ? 4 : 1, out_stride = job->output_stride_bytes;
  for (size_t channel = 0; channel < job->channels; channel += 16) {
    const bool whole = bytes && job->channels - channel >= 16;
    const int8_t *weights = (const int8_t *)job->weights + channel / 16 * job->panel_bytes;
    uint8_t *out = job->output + pixel * out_stride + channel * element;
    int32x4_t start[8]; /* of a pair of channels, for both pixels */
    CK_UNROLL for (size_t v = 0; v < 4; v++) {
      const int32x4_t four = ck_start_neon(job->bias, job->sums, zero_point, channel + 4 * v);
      start[2 * v] = joined_low(four, four);
      start[2 * v + 1] = joined_high(four, four);
    }
    size_t offset = pixel * job->pixel_bytes;
    for (size_t tile = tiles; tile > 0; tile--, offset += (size_t)pixels * job->pixel_bytes) {
      pair_sums sum;
      CK_UNROLL for (int p = 0; p < pairs; p++) {
        CK_UNROLL for (int v = 0; v < 8; v++) sum[p][v] = start[v];
      }
      add_lines(pixels, sum, job, offset, weights);
      int32x4_t total[max_pixels][4];
      CK_UNROLL for (int i = 0; i < pixels; i++) {
        CK_UNROLL for (int v = 0; v < 4; v++) {
          const int32x4_t a = sum[i / 2][2 * v], b = sum[i / 2][2 * v + 1];
          total[i][v] = i % 2 == 0 ? joined_low(a, b) : joined_high(a, b);
        }
      }
      if (offsets != NULL) {
        CK_UNROLL for (int i = 0; i < pixels; i++) {
          CK_UNROLL for (int v = 0; v < 4; v++) total[i][v] = vsubq_s32(total[i][v], vdupq_n_s32(offsets[i]));
        }
      }
      if (whole) {
        float32x4_t scale[4];
        ck_load_scales_neon(scale, job->scale + 4 * channel);
        CK_UNROLL for (int i = 0; i < pixels; i++, out += out_stride) {
          vst1q_s8((int8_t *)out, ck_unclamped_neon(total[i], scale, output_zero_point));
        }
      } else {
        int32x4_t all[max_pixels][4];
        CK_UNROLL for (int i = 0; i < pixels; i++) {
          CK_UNROLL for (int v = 0; v < 4; v++) all[i][v] = total[i][v];
        }
        ck_tile_store_other(job, (const int32x4_t(*)[4])all, pixels, channel, out);
        out += (size_t)pixels * out_stride;
      }
    }
  }
}

#define TILES(pixels) \
  TARGET static void tiles_##pixels(const ck_tile_job *job, size_t pixel, size_t tiles, const int32_t *offsets) { \
    run_tiles(pixels, job, pixel, tiles, offsets); \
  }
TILES(2)
TILES(3)
TILES(4)

/* Short sums do not make up for zipping weights and taking sums of pairs apart: they, single pixels and half panels are sdot's. */
static bool suits_dotprod(const ck_tile_job *job, size_t pixels) {
  return pixels == 1 || job->line_count * job->line_quads < least_quads || ck_tile_whole_end(job) < job->channels;
}

void ck_tile_run__i8mm(const ck_tile_job *job, size_t pixels) {
  static void (*const run[])(const ck_tile_job *, size_t, size_t, const int32_t *) = {tiles_2, tiles_3, tiles_4};
  if (suits_dotprod(job, pixels)) {
    ck_tile_run__dotprod(job, pixels);
    return;
  }
  for (size_t pixel = 0; pixel < pixels;) {
    const size_t left = pixels - pixel, size = left == 5 ? 3 : left < max_pixels ? left : max_pixels; /* no single pixel at the end */
    int32_t storage[ck_tile_max_pixels];
    const int32_t *offsets = NULL;
    size_t tiles = 1;
    if (job->q.weight_zero_point != 0) {
      offsets = ck_tile_offsets(job, pixel, size, storage);
    } else {
      while ((tiles + 1) * size <= (job->channels > 16 ? (size_t)early_pixels : left) && left - tiles * size >= size + 2) tiles++;
    }
    run[size - 2](job, pixel, tiles, offsets);
    pixel += tiles * size;
  }
}

#endif
