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

/* Up to 8 bytes, the first lowest; nothing behind them is read or written. Pieces overlap where they do not add up. */
static inline uint64_t ck_load_first(const uint8_t *at, size_t count) {
  if (count >= 8) {
    uint64_t bytes;
    __builtin_memcpy(&bytes, at, 8);
    return bytes;
  }
  if (count >= 4) {
    uint32_t low, high;
    __builtin_memcpy(&low, at, 4);
    __builtin_memcpy(&high, at + count - 4, 4);
    return low | (uint64_t)high << (8 * (count - 4));
  }
  if (count == 0) return 0;
  return at[0] | (uint64_t)at[count / 2] << (8 * (count / 2)) | (uint64_t)at[count - 1] << (8 * (count - 1));
}
static inline void ck_store_first(uint8_t *at, uint64_t bytes, size_t count) {
  if (count >= 8) {
    __builtin_memcpy(at, &bytes, 8);
  } else if (count >= 4) {
    const uint32_t low = (uint32_t)bytes, high = (uint32_t)(bytes >> (8 * (count - 4)));
    __builtin_memcpy(at, &low, 4);
    __builtin_memcpy(at + count - 4, &high, 4);
  } else if (count > 0) {
    at[0] = (uint8_t)bytes;
    at[count / 2] = (uint8_t)(bytes >> (8 * (count / 2)));
    at[count - 1] = (uint8_t)(bytes >> (8 * (count - 1)));
  }
}

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
