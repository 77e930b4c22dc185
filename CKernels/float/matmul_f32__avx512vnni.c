#define CK_F32_AVX512
#include "ck_matmul_f32.h"

#if CK_ARCH_X86
CK_TARGET_AVX512VNNI enum ck_status ck_matmul_f32__avx512vnni(const ck_bound *bound, ck_range range) { return ck_matmul_f32(bound, range); }
#endif
