#include "ck_tile_s16.h"

#if CK_ARCH_ARM64
#include <arm_neon.h>

#define TARGET CK_TARGET_DOTPROD
#define INLINE static inline __attribute__((always_inline)) TARGET

/* A word is 256 * high + low: two passes of sdot over the same weights, joined in 64 bits. The low byte goes in as low - 128, to be signed.
 * CK_S16_MAX_DEPTH products of magnitude 2^14 fit 32 bits. */
enum { max_pixels = 3, max_quads = CK_S16_MAX_DEPTH, low_offset = 128 };
typedef struct panel_sums {
  int32x4_t high[4], low[4];
} panel_sums;
typedef struct panel_weights {
  int8x16_t v[4];
} panel_weights;

INLINE panel_sums cleared(void) {
  const int32x4_t zero = vdupq_n_s32(0);
  return (panel_sums){{zero, zero, zero, zero}, {zero, zero, zero, zero}};
}

INLINE panel_weights widened(const uint8_t *block) {
  panel_weights w;
  CK_UNROLL for (int v = 0; v < 4; v++) w.v[v] = vld1q_s8((const int8_t *)block + 16 * v);
  return w;
}

INLINE void multiply_add(panel_sums *sums, int64_t quad, const panel_weights *w) {
  const int8x16_t bytes = vreinterpretq_s8_s64(vdupq_n_s64(quad));
  const int8x16_t high = vuzp2q_s8(bytes, bytes), low = veorq_s8(vuzp1q_s8(bytes, bytes), vdupq_n_s8(-128));
  CK_UNROLL for (int v = 0; v < 4; v++) {
    sums->high[v] = vdotq_s32(sums->high[v], w->v[v], high);
    sums->low[v] = vdotq_s32(sums->low[v], w->v[v], low);
  }
}

INLINE void flush(int64_t total[16], const panel_sums *sums) {
  CK_UNROLL for (int v = 0; v < 4; v++) {
    const int64x2_t first = vaddw_s32(vshlq_n_s64(vmovl_s32(vget_low_s32(sums->high[v])), 8), vget_low_s32(sums->low[v]));
    const int64x2_t second = vaddw_high_s32(vshlq_n_s64(vmovl_high_s32(sums->high[v]), 8), sums->low[v]);
    vst1q_s64(total + 4 * v, vaddq_s64(vld1q_s64(total + 4 * v), first));
    vst1q_s64(total + 4 * v + 2, vaddq_s64(vld1q_s64(total + 4 * v + 2), second));
  }
}

#include "ck_tile_s16_body.h"

CK_TILE_S16(1)
CK_TILE_S16(2)
CK_TILE_S16(3)
CK_TILE_S16_RUN(dotprod, tile_1, tile_2, tile_3)

#endif
