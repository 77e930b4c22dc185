/* gemm/ck_tile_neon.h - what the tiles of dotprod and i8mm share. */
#ifndef CK_TILE_NEON_H
#define CK_TILE_NEON_H

#include "ck_epilogue_neon.h"

#include "ck_tile.h"

#if CK_ARCH_ARM64
/* Floats, a panel's part, what has to be clamped, or with a residual. */
__attribute__((noinline)) static void ck_tile_store_other(
    const ck_tile_job *job, const int32x4_t (*sums)[4], int pixels, size_t channel, uint8_t *out) {
  const size_t count = job->channels - channel < 16 ? job->channels - channel : 16;
  float32x4_t scale[4];
  ck_load_scales_neon(scale, job->scale + 4 * channel);
  if (job->residual != NULL) {
    const ck_addition_neon addition = ck_addition_neon_of(&job->q, &job->add);
    const uint8_t *residual = ck_tile_residual_at(job, out);
    for (int i = 0; i < pixels; i++, out += job->output_stride_bytes, residual += job->output_stride_bytes) {
      ck_store_bytes_neon(ck_added_neon(sums[i], scale, ck_load_bytes_neon(residual, count), &addition), count, out);
    }
    return;
  }
  const ck_epilogue_neon epilogue = ck_epilogue_neon_of(&job->q);
  for (int i = 0; i < pixels; i++, out += job->output_stride_bytes) {
    if (job->f32) ck_store_floats_neon(sums[i], scale, &job->q, count, out);
    else ck_store_bytes_neon(ck_requantized_neon(sums[i], scale, &epilogue), count, out);
  }
}

/* Whether sums become bytes without more than the saturation's clamp. */
static inline bool ck_tile_is_unclamped(const ck_tile_job *job) {
  return !job->f32 && job->residual == NULL && ck_clamps_nothing(&job->q);
}

/* Channels of all panels but a last one of at most eight. */
static inline size_t ck_tile_whole_end(const ck_tile_job *job) {
  const size_t end = (job->channels + 7) / 16 * 16;
  return end < job->channels ? end : job->channels;
}

#endif
#endif
