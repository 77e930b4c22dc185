/* isa/ck_bytes.h - a vector of int8 elements and the four vectors of floats it becomes: what element-wise int8 operators are written over.
 *
 * A vector holds CK_BYTES elements: 64 where CK_BYTES_AVX512 is defined before the first include, 32 where CK_BYTES_AVX2 is, 16 on AArch64.
 * Bytes lie in the vector's own domain, q + 128 on x86 and q on ARM, as activations do in the arena. Floats come in the order that unpacking
 * gives, and packing undoes it. Vectors pass by value between always-inlined functions alone. */
#ifndef CK_BYTES_H
#define CK_BYTES_H

#include "ck_fp.h"
#include "ck_target.h"

#include <stddef.h>

#if CK_ARCH_X86 && (defined(CK_BYTES_AVX512) || defined(CK_BYTES_AVX2))
#define CK_HAS_BYTES 1
#include "ck_bytes_x86.h"
#elif CK_ARCH_ARM64
#define CK_HAS_BYTES 1
#include "ck_bytes_neon.h"
#else
#define CK_HAS_BYTES 0
#endif

#endif
