#include "matmul_s8.h"

#if CK_ARCH_X86
enum ck_status ck_matmul_s8_6x16x4__avxvnni(const ck_bound *bound, ck_range range) {
  return ck_matmul_by_tiles(bound, range, ck_tile_run__avxvnni);
}
#endif
