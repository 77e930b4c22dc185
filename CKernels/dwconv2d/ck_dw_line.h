/* dwconv2d/ck_dw_line.h - a row of depthwise outputs, one panel of 16 channels: what the kernels of that width compute. */
#ifndef CK_DW_LINE_H
#define CK_DW_LINE_H

#include "dwconv2d_s8_s8c.h"

typedef struct ck_dw_line {
  const uint8_t *rows[4 * CK_DWCONV2D_BLOCKS]; /* kernel rows at the first output's first column; those past the last meet zero weights */
  size_t row_groups, kernel_h, kernel_w;       /* groups of four kernel rows */
  size_t count, step_bytes, tap_bytes;         /* outputs; from one to the next and from a kernel column to the next in the input */
  const uint8_t *weights, *bias, *sums, *scale; /* of the panel */
  int32_t zero_point;                          /* of the input, as the arena holds it */
  ck_quantization q;
  bool f32;
  bool full_range;                             /* weights reach -128 */
  size_t channels;                             /* 1...16 */
  uint8_t *output;
  size_t output_step_bytes;
} ck_dw_line;

/* taps * weight zero point * input zero point, modulo 2^32: what sums of (x - zero point) * (w - zero point) add to those without the latter,
 * besides the weight zero point times the sum of x. */
static inline int32_t ck_dw_correction(const ck_dw_line *line) {
  return (int32_t)((uint32_t)(line->kernel_h * line->kernel_w) * (uint32_t)line->q.weight_zero_point * (uint32_t)line->zero_point);
}

/* Reads 16 bytes of each row and column (the ring's slack allows it) and the panel's constants; writes `channels` of each output. Bit-exact with
 * __scalar, one implementation an instruction set. */
typedef void (*ck_dw_line_fn)(const ck_dw_line *line);
void ck_dw_line__avx2(const ck_dw_line *line);
/* The instruction, by lines. */
enum ck_status ck_dwconv2d_by_lines(const ck_bound *bound, ck_range range, ck_dw_line_fn run);

#endif
