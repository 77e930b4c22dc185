#define CK_BYTES_AVX512
#include "ck_quantize_vectors.h"

#if CK_ARCH_X86
CK_TARGET_AVX512VNNI enum ck_status ck_dequantize_s8_f32_64__avx512vnni(const ck_bound *bound, ck_range range) {
  return ck_dequantize_s8_f32_vectors(bound, range);
}
#endif
