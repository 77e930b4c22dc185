#include "ck_pool_s16_16.h"

#if CK_ARCH_X86
CK_TARGET_AVX2 enum ck_status ck_pool_s16_16__avx2(const ck_bound *bound, ck_range range) { return ck_pool_s16_16(bound, range); }
#endif
