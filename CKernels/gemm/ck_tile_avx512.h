/* gemm/ck_tile_avx512.h - the blocks of tiles that AVX512-VNNI products are made of, for callers that choose them once for many rows. */
#ifndef CK_TILE_AVX512_H
#define CK_TILE_AVX512_H

#include "ck_epilogue_avx512.h"

#if CK_ARCH_X86

/* `tiles` x `columns` tiles from `pixel` and `panel` on: a block has the size of its tiles in its name. */
typedef struct ck_tile_grid_avx512 {
  size_t pixel, tiles, panel, columns;
} ck_tile_grid_avx512;
typedef void (*ck_tile_block_avx512)(const ck_tile_job *job, ck_tile_grid_avx512 grid, const ck_epilogue_avx512 *e);

/* Blocks that together make `pixels` x all channels of a job; which ones depends on its sizes, not on its pointers. */
typedef struct ck_tile_plan_avx512 {
  size_t count;
  ck_tile_block_avx512 block[6];
  ck_tile_grid_avx512 grid[6];
} ck_tile_plan_avx512;
void ck_tile_plan__avx512vnni(const ck_tile_job *job, size_t pixels, ck_tile_plan_avx512 *plan);
/* The same by tiles of 16 `wide` channels (1, 2 or 4) and `height` pixels or one more, at most 12, 8 or 3 in all; wide <= the
 * job's panels. The rule above chooses one of these; tools/check-selection measures them all. */
void ck_tile_plan_of__avx512vnni(const ck_tile_job *job, size_t pixels, size_t wide, size_t height, ck_tile_plan_avx512 *plan);

/* A job of one pixel and one line, `wide` and without a weight zero point. */
void ck_gemv__avx512vnni(const ck_tile_job *job, ck_tile_grid_avx512 grid, const ck_epilogue_avx512 *e);

#endif
#endif
