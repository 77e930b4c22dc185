/* ck/isa.h - instruction sets: which exist, which this CPU has, what the arena holds. */
#ifndef CK_ISA_H
#define CK_ISA_H

#include <stdint.h>

/* In ascending order of preference within an architecture. */
typedef enum ck_isa {
  CK_ISA_SCALAR = 0,
  CK_ISA_NEON = 1,
  CK_ISA_DOTPROD = 2,
  CK_ISA_I8MM = 3,
  CK_ISA_AVX2 = 4,
  CK_ISA_AVXVNNI = 5,
  CK_ISA_AVX512VNNI = 6
} ck_isa;
#define CK_ISA_COUNT 7

/* The s8 value of an arena byte is (int8_t)(byte ^ ck_arena_xor()): on x86 the arena holds u8 = q + 128 (vpdpbusd is u8 x s8). */
#if defined(__x86_64__)
#define CK_ARENA_XOR 0x80
#else
#define CK_ARENA_XOR 0x00
#endif
static inline uint8_t ck_arena_xor(void) { return CK_ARENA_XOR; }

/* Bit (1 << isa) for each instruction set that this CPU and operating system can run; CK_ISA_SCALAR always. */
uint32_t ck_isa_available(void);
/* The best available one. */
ck_isa ck_isa_best(void);
/* "scalar", "neon", ... */
const char *ck_isa_name(ck_isa isa);

#endif
