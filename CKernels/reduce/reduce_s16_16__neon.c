#include "ck_reduce_s16_16.h"

#if CK_ARCH_ARM64
enum ck_status ck_reduce_s16_16__neon(const ck_bound *bound, ck_range range) { return ck_reduce_s16_16(bound, range); }
#endif
