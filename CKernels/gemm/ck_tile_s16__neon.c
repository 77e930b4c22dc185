#include "ck_tile_s16.h"

#if CK_ARCH_ARM64
#include <arm_neon.h>

#define TARGET
#define INLINE static inline __attribute__((always_inline))

/* One word of each quad at a time, times 16 channels: vector v sums those from 4 v on. At most 4 * 127 + 3 products of magnitude 2^22 are less
 * than 2^31. */
enum { max_pixels = 4, max_quads = 127, low_offset = 0 };
typedef struct panel_sums {
  int32x4_t v[4];
} panel_sums;
typedef struct panel_weights {
  int16x8_t word[4][2]; /* [of the quad][half of the panel] */
} panel_weights;

INLINE panel_sums cleared(void) {
  const int32x4_t zero = vdupq_n_s32(0);
  return (panel_sums){{zero, zero, zero, zero}};
}

INLINE panel_weights widened(const uint8_t *block) {
  const int8x16x4_t words = vld4q_s8((const int8_t *)block);
  panel_weights w;
  CK_UNROLL for (int j = 0; j < 4; j++) {
    w.word[j][0] = vmovl_s8(vget_low_s8(words.val[j]));
    w.word[j][1] = vmovl_high_s8(words.val[j]);
  }
  return w;
}

#define MULTIPLY_WORD(j) \
  do { \
    sums->v[0] = vmlal_lane_s16(sums->v[0], vget_low_s16(w->word[j][0]), x, j); \
    sums->v[1] = vmlal_high_lane_s16(sums->v[1], w->word[j][0], x, j); \
    sums->v[2] = vmlal_lane_s16(sums->v[2], vget_low_s16(w->word[j][1]), x, j); \
    sums->v[3] = vmlal_high_lane_s16(sums->v[3], w->word[j][1], x, j); \
  } while (0)

INLINE void multiply_add(panel_sums *sums, int64_t quad, const panel_weights *w) {
  const int16x4_t x = vreinterpret_s16_s64(vdup_n_s64(quad));
  MULTIPLY_WORD(0);
  MULTIPLY_WORD(1);
  MULTIPLY_WORD(2);
  MULTIPLY_WORD(3);
}

INLINE void flush(int64_t total[16], const panel_sums *sums) {
  CK_UNROLL for (int v = 0; v < 4; v++) {
    vst1q_s64(total + 4 * v, vaddw_s32(vld1q_s64(total + 4 * v), vget_low_s32(sums->v[v])));
    vst1q_s64(total + 4 * v + 2, vaddw_high_s32(vld1q_s64(total + 4 * v + 2), sums->v[v]));
  }
}

#include "ck_tile_s16_body.h"

CK_TILE_S16(1)
CK_TILE_S16(2)
CK_TILE_S16(3)
CK_TILE_S16(4)
CK_TILE_S16_RUN(neon, tile_1, tile_2, tile_3, tile_4)

#endif
