#define CK_F32_AVX2
#include "ck_prelu_f32.h"

#if CK_ARCH_X86
CK_TARGET_AVX2 enum ck_status ck_prelu_f32__avx2(const ck_bound *bound, ck_range range) { return ck_prelu_f32(bound, range); }
#endif
