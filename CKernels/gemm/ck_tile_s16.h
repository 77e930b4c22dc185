/* gemm/ck_tile_s16.h - the products that GEMM_S16 and CONV2D_S16 share: pixels x panels of 16 channels over lines of quads of words.
 *
 * As ck_tile.h, without zero points. Each instruction set sums in 32 bits as far as that is exact, then in 64. */
#ifndef CK_TILE_S16_H
#define CK_TILE_S16_H

#include "../quantize/ck_weighted_s16.h"

typedef struct ck_tile_s16_job {
  const uint8_t *const *lines;   /* first pixel of each line */
  size_t line_count, line_quads; /* whole quads read from each line of each pixel */
  size_t tail_words;             /* 0...3 more words after the last line's quads, read one by one; one more weight block */
  size_t pixel_bytes;            /* from a pixel to the next, in every line */
  const uint8_t *weights;        /* of the first panel */
  size_t panel_bytes;
  const uint8_t *sums;           /* of weights, of the first panel */
  size_t channels;               /* of all panels: the last may be partial */
  ck_sink sink;                  /* side arrays from the first panel on */
  size_t output_index, output_stride; /* elements: of the first pixel's first channel, from a pixel to the next */
} ck_tile_s16_job;

/* Computes pixels x channels outputs, at most 12 pixels early. Reads lines and weights as told, writes its outputs only. Bit-exact with
 * __scalar, one implementation an instruction set. */
typedef void (*ck_tile_s16_fn)(const ck_tile_s16_job *job, size_t pixels);
void ck_tile_s16__neon(const ck_tile_s16_job *job, size_t pixels);
void ck_tile_s16__dotprod(const ck_tile_s16_job *job, size_t pixels);
void ck_tile_s16__avx2(const ck_tile_s16_job *job, size_t pixels);
void ck_tile_s16__avx512vnni(const ck_tile_s16_job *job, size_t pixels);

/* The instructions, by tiles. */
enum ck_status ck_gemm_s16_by_tiles(const ck_bound *bound, ck_range range, ck_tile_s16_fn run);
enum ck_status ck_conv2d_s16_by_tiles(const ck_bound *bound, ck_range range, ck_tile_s16_fn run);

#endif
