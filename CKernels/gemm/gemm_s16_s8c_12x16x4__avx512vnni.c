#include "ck_tile_s16.h"
#include "gemm_s16_s8c.h"

#if CK_ARCH_X86
enum ck_status ck_gemm_s16_s8c_12x16x4__avx512vnni(const ck_bound *bound, ck_range range) {
  return ck_gemm_s16_by_tiles(bound, range, ck_tile_s16__avx512vnni);
}
#endif
