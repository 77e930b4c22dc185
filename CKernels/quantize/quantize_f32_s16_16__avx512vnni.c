#include "ck_levels_16.h"

#if CK_ARCH_X86
CK_TARGET_AVX512VNNI enum ck_status ck_quantize_f32_s16_16__avx512vnni(const ck_bound *bound, ck_range range) { return ck_quantize_f32_s16_16(bound, range); }
#endif
