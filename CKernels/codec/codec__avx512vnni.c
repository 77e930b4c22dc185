#define CK_F32_AVX512
#include "ck_codec.h"

#if CK_ARCH_X86
CK_CODEC_INSTANCE(avx512vnni)
#endif
