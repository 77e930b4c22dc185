#include "ck_codec.h"

ck_codec_kernels ck_codec_kernels_of(ck_isa isa) {
#if CK_ARCH_X86
  const uint32_t implied = ck_isa_implied(isa);
  if (CK_IN_CORE(CK_ISA_AVX512VNNI) && implied >> CK_ISA_AVX512VNNI & 1) return (ck_codec_kernels){ck_encode__avx512vnni, ck_decode__avx512vnni};
  if (CK_IN_CORE(CK_ISA_AVX2) && implied >> CK_ISA_AVX2 & 1) return (ck_codec_kernels){ck_encode__avx2, ck_decode__avx2};
#else
  (void)isa;
#endif
  return (ck_codec_kernels){ck_encode__scalar, ck_decode__scalar};
}
