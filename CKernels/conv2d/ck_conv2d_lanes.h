/* conv2d/ck_conv2d_lanes.h - convolutions of at most 8 channels, AVX512-VNNI: the sixteen lanes are pixels, not channels. */
#ifndef CK_CONV2D_LANES_H
#define CK_CONV2D_LANES_H

#include "ck_gather_avx512.h"
#include "conv2d_s8_s8c.h"

#if CK_ARCH_X86

/* Vectors of quads that a window may make. */
enum { ck_lanes_vectors = 48 };

/* A window's weights, one vector of 4 bytes a channel for each quad. Kernel rows of 4 n + 1 bytes leave one byte each, and up to four of
 * those make one quad more instead of one each. */
typedef struct ck_lanes {
  const uint8_t *const *lines;
  size_t line_count, line_quads; /* whole quads of a line */
  size_t rest;                   /* bytes that remain of a line: 0...3 */
  size_t pixel_bytes;
  size_t row_bytes;              /* that may be read of each line */
  size_t channels;               /* 1...8, and nothing between the pixels of the output */
  ck_gather_avx512 gather;
  ck_epilogue_avx512 epilogue;
  _Alignas(64) int32_t starts[16];
  _Alignas(64) uint8_t dense[64];   /* of each 128-bit lane, the real channels of its pixels in a row ... */
  _Alignas(64) uint16_t joined[32]; /* ... and the lanes likewise */
  int32_t weights[ck_lanes_vectors][8];
} ck_lanes;

/* Whether these kernels take a job of `line_bytes` a line: `wide`, no weight zero point, no residual, a pitch whose pixels few permutations collect. */
bool ck_lanes_take(const ck_tile_job *job, size_t line_bytes);
/* Packs the weights; the job's lines of `line_bytes`, each readable for `row_bytes`. */
void ck_lanes_prepare(ck_lanes *lanes, const ck_tile_job *job, size_t line_bytes, size_t row_bytes);
/* One row of `pixels`. */
void ck_lanes_run__avx512vnni(const ck_lanes *lanes, const ck_tile_job *job, size_t pixels);
#endif
#endif
