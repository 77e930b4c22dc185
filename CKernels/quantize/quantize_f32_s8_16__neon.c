#include "ck_quantize_vectors.h"

#if CK_ARCH_ARM64
enum ck_status ck_quantize_f32_s8_16__neon(const ck_bound *bound, ck_range range) { return ck_quantize_f32_s8_vectors(bound, range); }
#endif
