/* The instruction set that the compiler takes for granted: SSE2 on x86-64, NEON on arm64. */
#include "ck_codec.h"

CK_CODEC_INSTANCE(scalar)
