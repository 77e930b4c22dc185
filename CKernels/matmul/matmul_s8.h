/* matmul/matmul_s8.h - batches of matrix products of two s8 tensors (ck/parameters.h: ck_matmul_parameters).
 *
 * Rows are those of all products of the batch, panels 16 columns. The fast kernels pack the right factor of each product into panels of
 * [K/4][16][4] in scratch, XORed to s8, and run the tiles of GEMM_S8 over them. Inputs and output are disjoint. */
#ifndef CK_MATMUL_S8_H
#define CK_MATMUL_S8_H

#include "../gemm/ck_tile.h"
#include "ck_matmul.h"

enum ck_matmul_traits { CK_TRAIT_MATMUL_CONSTANT_LEFT = 1 }; /* a's bytes are not in the arena's domain */

/* Parts of the scratch, in order, each a multiple of 64 bytes. */
typedef struct ck_matmul_scratch {
  uint64_t packed; /* the right factor of a product */
  uint64_t side;   /* each of: sums of its columns s32, zeros s32, scale f32; 16 entries a panel */
  uint64_t rows;   /* a band of the left factor, where its rows are not contiguous */
} ck_matmul_scratch;
ck_matmul_scratch ck_matmul_scratch_of(const ck_matmul_parameters *p);

enum ck_status ck_matmul_by_tiles(const ck_bound *bound, ck_range range, ck_tile_run_fn run);

#define CK_KERNEL CK_DECLARE_KERNEL
#include "matmul_s8.inc"
#undef CK_KERNEL

#endif
