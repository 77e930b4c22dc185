#define CK_BYTES_AVX2
#include "ck_quantize_vectors.h"

#if CK_ARCH_X86
CK_TARGET_AVX2 enum ck_status ck_quantize_f32_s8_32__avx2(const ck_bound *bound, ck_range range) {
  return ck_quantize_f32_s8_vectors(bound, range);
}
#endif
