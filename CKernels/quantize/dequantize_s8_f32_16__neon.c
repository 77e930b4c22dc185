#include "ck_quantize_vectors.h"

#if CK_ARCH_ARM64
enum ck_status ck_dequantize_s8_f32_16__neon(const ck_bound *bound, ck_range range) { return ck_dequantize_s8_f32_vectors(bound, range); }
#endif
