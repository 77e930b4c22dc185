/* peak_rate.h - loops of nothing but an instruction set's int8 product instructions, on registers: no kernel can be faster. */
#ifndef PEAK_RATE_H
#define PEAK_RATE_H

#include <stdint.h>

enum peak_isa { PEAK_NEON, PEAK_DOTPROD, PEAK_I8MM, PEAK_AVX2, PEAK_AVXVNNI, PEAK_AVX512VNNI };

/* Multiply-accumulates done in `rounds` turns of the loop, 0 where this architecture lacks the instruction set. The caller makes sure
 * that the CPU has it. */
uint64_t peak_rate_run(enum peak_isa isa, uint64_t rounds);

#endif
