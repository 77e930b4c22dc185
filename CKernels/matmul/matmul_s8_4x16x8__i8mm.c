#include "matmul_s8.h"

#if CK_ARCH_ARM64
enum ck_status ck_matmul_s8_4x16x8__i8mm(const ck_bound *bound, ck_range range) { return ck_matmul_by_tiles(bound, range, ck_tile_run__i8mm); }
#endif
