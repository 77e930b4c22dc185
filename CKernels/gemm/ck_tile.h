/* gemm/ck_tile.h - the products that GEMM_S8 and CONV2D_S8 share: pixels x panels of 16 channels over lines of quads.
 *
 * A line is a run of input bytes that meets consecutive weight blocks: the whole row of a matrix (one line), a kernel row, or a tap.
 * Sums start at bias - zero point * sum of weights, the zero point in the arena's domain: its bytes meet the weights as they are. Where the
 * weights have a zero point too, each pixel's start is less its offset, ck_tile_offsets, the same for all channels. */
#ifndef CK_TILE_H
#define CK_TILE_H

#include "../quantize/ck_requantize.h"

typedef struct ck_tile_job {
  const uint8_t *const *lines;   /* first pixel of each line */
  size_t line_count, line_quads; /* whole quads read from each line of each pixel */
  size_t tail_bytes;             /* 0...3 more bytes after the last line's quads, read one by one; one more weight block */
  size_t line_bytes;             /* of each line of each pixel that meet weights of the layer, not padding */
  bool line_slack;               /* 15 bytes past each line of each pixel may be read, too */
  size_t pixel_bytes;            /* from a pixel to the next, in every line */
  const uint8_t *weights;        /* of the first panel */
  size_t panel_bytes;
  const uint8_t *bias, *sums, *scale; /* side arrays of the first panel */
  size_t channels;               /* of all panels: the last may be partial */
  uint8_t *output;
  size_t output_stride_bytes;    /* from a pixel to the next */
  ck_quantization q;
  bool wide;                     /* every scale < 1 and an s8 output in the arena's domain */
  bool f32;
  bool full_range;               /* weights reach -128 */
  const uint8_t *residual;       /* added to the output, and lies like it; or NULL */
  ck_add_parameters add;         /* how */
  const uint8_t *side;           /* AVX-512, lines of one quad: one more quad a pixel, 4 bytes apart, after those of the lines; or NULL */
} ck_tile_job;

enum { ck_tile_max_pixels = 12 };
/* Of `count` pixels from `pixel` on: weight zero point * (sum of the pixel's bytes - their number * input zero point), modulo 2^32, bytes and
 * zero point as the arena holds them. Returns `offsets`, or zeros where there is no weight zero point. count <= ck_tile_max_pixels. */
const int32_t *ck_tile_offsets(const ck_tile_job *job, size_t pixel, size_t count, int32_t offsets[ck_tile_max_pixels]);

/* Computes pixels x channels outputs, at most 12 pixels early. Reads lines and weights as told, writes its outputs only. Bit-exact with
 * __scalar, one implementation an instruction set. */
typedef void (*ck_tile_run_fn)(const ck_tile_job *job, size_t pixels);
void ck_tile_run__neon(const ck_tile_job *job, size_t pixels);
void ck_tile_run__dotprod(const ck_tile_job *job, size_t pixels);
void ck_tile_run__i8mm(const ck_tile_job *job, size_t pixels);
void ck_tile_run__avx2(const ck_tile_job *job, size_t pixels);
void ck_tile_run__avxvnni(const ck_tile_job *job, size_t pixels);
void ck_tile_run__avx512vnni(const ck_tile_job *job, size_t pixels);

/* The traits of the kernels made of these. */
#define CK_TILE_TRAITS (CK_TRAIT_WEIGHT_ZERO_POINT | CK_TRAIT_FULL_RANGE | CK_TRAIT_LARGE_SCALE | CK_TRAIT_F32_OUTPUT | CK_TRAIT_ADD)
/* The instructions, by tiles. */
enum ck_status ck_gemm_by_tiles(const ck_bound *bound, ck_range range, ck_tile_run_fn run);
enum ck_status ck_conv2d_by_tiles(const ck_bound *bound, ck_range range, ck_tile_run_fn run);
/* The same where kernel rows are short: one line a pixel, gathered. */
#if CK_SMALL
static inline bool ck_conv2d_takes_patches(const ck_bound *bound) { return (void)bound, false; }
#else
bool ck_conv2d_takes_patches(const ck_bound *bound);
#endif
enum ck_status ck_conv2d_by_patches(const ck_bound *bound, ck_range range, ck_tile_run_fn run);

/* What is left of `pixels` in `left` tiles of at most `most`: the next ones have `size` pixels each. */
typedef struct ck_tile_step {
  size_t size, tiles;
} ck_tile_step;
static inline ck_tile_step ck_tile_next(size_t pixels, size_t left, size_t most) {
#if CK_SMALL
  (void)left;
  return pixels < most ? (ck_tile_step){1, pixels} : (ck_tile_step){most, pixels / most};
#else
  (void)most;
  /* As even as can be: of `size` pixels, then of one more. */
  return (ck_tile_step){pixels / left, left - pixels % left};
#endif
}

/* The residual's byte that belongs to the one of the output at `out`. */
static inline const uint8_t *ck_tile_residual_at(const ck_tile_job *job, const uint8_t *out) { return job->residual + (out - job->output); }
/* Lets the outputs begin `bytes` later. */
static inline void ck_tile_advance(ck_tile_job *job, size_t bytes) {
  job->output += bytes;
  if (job->residual != NULL) job->residual += bytes;
}
/* The part of a job that an instruction with CK_FLAG_ADD has, where its outputs begin at byte `offset`. */
static inline void ck_tile_set_output(ck_tile_job *job, const ck_bound *bound, size_t offset) {
  const uint8_t *residual = ck_residual_of(bound);
  job->output = ck_weighted_output(bound) + offset;
  if (residual != NULL) job->residual = residual + offset;
}

/* The channels from `channel`, a multiple of 16, on; bytes out. */
static inline ck_tile_job ck_tile_after(const ck_tile_job *job, size_t channel) {
  ck_tile_job rest = *job;
  rest.weights += channel / 16 * job->panel_bytes;
  rest.bias += 4 * channel;
  rest.sums += 4 * channel;
  rest.scale += 4 * channel;
  ck_tile_advance(&rest, channel);
  rest.channels -= channel;
  return rest;
}

/* The input zero point as the arena holds it. */
static inline int32_t ck_tile_zero_point(const ck_tile_job *job) { return job->q.input_zero_point + (CK_ARENA_XOR ? 128 : 0); }

/* The last 1...3 bytes of a line, the others 0. */
static inline uint32_t ck_partial_quad(const uint8_t *x, size_t bytes) {
  uint32_t quad = x[0];
  if (bytes > 1) quad |= (uint32_t)x[1] << 8;
  if (bytes > 2) quad |= (uint32_t)x[2] << 16;
  return quad;
}

#endif
