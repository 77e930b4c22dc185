#define CK_BYTES_AVX512
#include "ck_quantize_vectors.h"

#if CK_ARCH_X86
CK_TARGET_AVX512VNNI enum ck_status ck_quantize_f32_s8_64__avx512vnni(const ck_bound *bound, ck_range range) {
  return ck_quantize_f32_s8_vectors(bound, range);
}
#endif
