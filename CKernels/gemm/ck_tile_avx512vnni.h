/* gemm/ck_tile_avx512vnni.h - the products that GEMM_S8 and CONV2D_S8 share: pixels x panels of 16 channels over lines of quads.
 *
 * A line is a run of input bytes that meets consecutive weight blocks: the whole row of a matrix (one line), a kernel row, or a tap.
 * Sums start at bias - zero point * sum of weights, so that the arena's u8 values meet vpdpbusd as they are. Bit-exact with __scalar. */
#ifndef CK_TILE_AVX512VNNI_H
#define CK_TILE_AVX512VNNI_H

#include "../quantize/ck_requantize.h"

typedef struct ck_tile_job {
  const uint8_t *const *lines;   /* first pixel of each line */
  size_t line_count, line_quads; /* whole quads read from each line of each pixel */
  size_t tail_bytes;             /* 0...3 more bytes after the last line's quads, read one by one; one more weight block */
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
} ck_tile_job;

/* Reads lines and weights as told, writes pixels x channels outputs; at most 12 pixels early. */
void ck_tile_run__avx512vnni(const ck_tile_job *job, size_t pixels);

#endif
