/* gemm/ck_tile_neon.h - what the tiles of dotprod and i8mm share. */
#ifndef CK_TILE_NEON_H
#define CK_TILE_NEON_H

#include "ck_epilogue_neon.h"

#include "ck_tile.h"

#if CK_ARCH_ARM64
/* Floats, a panel's part, or what has to be clamped. */
__attribute__((noinline)) static void ck_tile_store_other(
    const ck_tile_job *job, const int32x4_t (*sums)[4], int pixels, size_t channel, uint8_t *out) {
  const size_t count = job->channels - channel < 16 ? job->channels - channel : 16;
  const ck_epilogue_neon epilogue = ck_epilogue_neon_of(&job->q);
  float32x4_t scale[4];
  ck_load_scales_neon(scale, job->scale + 4 * channel);
  for (int i = 0; i < pixels; i++, out += job->output_stride_bytes) {
    if (job->f32) ck_store_floats_neon(sums[i], scale, &job->q, count, out);
    else ck_store_bytes_neon(ck_requantized_neon(sums[i], scale, &epilogue), count, out);
  }
}

/* Channels of all panels but a last one of at most eight. */
static inline size_t ck_tile_whole_end(const ck_tile_job *job) {
  const size_t end = (job->channels + 7) / 16 * 16;
  return end < job->channels ? end : job->channels;
}

#endif
#endif
