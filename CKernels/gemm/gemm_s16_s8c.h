/* gemm/gemm_s16_s8c.h - output[m][n] = sum over k of input[m][k] * weight[n][k], s16 x s8 per channel, weights [N/16][K/4][16][4].
 *
 * Rows are matrix rows, panels 16 columns. A kernel computes all panels of at most 16 rows before it goes on to the next rows: that is
 * the distance that `ahead` promises. Reads exactly its rows of the input, whole blocks of the weights; writes exactly the range. */
#ifndef CK_GEMM_S16_S8C_H
#define CK_GEMM_S16_S8C_H

#include "../quantize/ck_weighted_s16.h"

#define CK_GEMM_S16_QUANTIZATION offsetof(ck_gemm_parameters, input_zero_point)

#define CK_KERNEL CK_DECLARE_KERNEL
#include "gemm_s16_s8c.inc"
#undef CK_KERNEL

#endif
