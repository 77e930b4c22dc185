#include "ck_dwconv2d_s16_16.h"

#if CK_ARCH_ARM64
enum ck_status ck_dwconv2d_s16_s8c_16__neon(const ck_bound *bound, ck_range range) { return ck_dwconv2d_s16_s8c_16(bound, range); }
#endif
