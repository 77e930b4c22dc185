#define CK_F32_AVX2
#include "ck_codec.h"

#if CK_ARCH_X86
CK_CODEC_INSTANCE(avx2)
#endif
