#include "matmul_s8.h"

#if CK_ARCH_X86
enum ck_status ck_matmul_s8_8x32x4__avx512vnni(const ck_bound *bound, ck_range range) { return ck_matmul_by_tiles(bound, range, ck_tile_run__avx512vnni); }
#endif
