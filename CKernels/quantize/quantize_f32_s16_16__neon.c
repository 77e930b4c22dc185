#include "ck_levels_16.h"

#if CK_ARCH_ARM64
enum ck_status ck_quantize_f32_s16_16__neon(const ck_bound *bound, ck_range range) { return ck_quantize_f32_s16_16(bound, range); }
#endif
