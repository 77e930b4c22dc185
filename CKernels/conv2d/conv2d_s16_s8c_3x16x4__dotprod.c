#include "../gemm/ck_tile_s16.h"
#include "conv2d_s16_s8c.h"

#if CK_ARCH_ARM64
enum ck_status ck_conv2d_s16_s8c_3x16x4__dotprod(const ck_bound *bound, ck_range range) {
  return ck_conv2d_s16_by_tiles(bound, range, ck_tile_s16__dotprod);
}
#endif
