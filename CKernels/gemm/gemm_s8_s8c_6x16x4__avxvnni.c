#include "ck_tile.h"
#include "gemm_s8_s8c.h"

#if CK_ARCH_X86
enum ck_status ck_gemm_s8_s8c_6x16x4__avxvnni(const ck_bound *bound, ck_range range) {
  return ck_gemm_by_tiles(bound, range, ck_tile_run__avxvnni);
}
#endif
