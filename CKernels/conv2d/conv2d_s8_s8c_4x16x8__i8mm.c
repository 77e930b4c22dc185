#include "../gemm/ck_tile.h"
#include "conv2d_s8_s8c.h"

#if CK_ARCH_ARM64
enum ck_status ck_conv2d_s8_s8c_4x16x8__i8mm(const ck_bound *bound, ck_range range) {
  if (ck_conv2d_takes_patches(bound)) return ck_conv2d_by_patches(bound, range, ck_tile_run__i8mm);
  return ck_conv2d_by_tiles(bound, range, ck_tile_run__i8mm);
}
#endif
