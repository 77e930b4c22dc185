#include "peak_rate.h"

/* Independent sums: enough to hide a latency of six cycles at two instructions a cycle. */
#define TWELVE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

#if defined(__x86_64__)
#include <immintrin.h>

/* asm, so that the compiler neither hoists a product whose factors never change nor drops a sum that nobody reads. */
#define SUM_512(i) __m512i s##i = _mm512_setzero_si512();
#define SUM_256(i) __m256i s##i = _mm256_setzero_si256();
#define DOT_512(i) __asm__ volatile("vpdpbusd %2, %1, %0" : "+v"(s##i) : "v"(a), "v"(b));
#define DOT_256(i) __asm__ volatile("%{vex%} vpdpbusd %2, %1, %0" : "+x"(s##i) : "x"(a), "x"(b));
#define MADD_256(i)                                                              \
  {                                                                              \
    __m256i product;                                                             \
    __asm__ volatile("vpmaddwd %2, %1, %0" : "=x"(product) : "x"(a), "x"(b));    \
    __asm__ volatile("vpaddd %1, %0, %0" : "+x"(s##i) : "x"(product));           \
  }

__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) static uint64_t avx512vnni(uint64_t rounds) {
  const __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
  TWELVE(SUM_512)
  for (uint64_t round = 0; round < rounds; round++) { TWELVE(DOT_512) }
  return rounds * 12 * 64;
}

__attribute__((target("avx2,avxvnni"))) static uint64_t avxvnni(uint64_t rounds) {
  const __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5);
  TWELVE(SUM_256)
  for (uint64_t round = 0; round < rounds; round++) { TWELVE(DOT_256) }
  return rounds * 12 * 32;
}

/* Widened to 16 bits: vpmaddubsw saturates, no exact kernel can use it. */
__attribute__((target("avx2"))) static uint64_t avx2(uint64_t rounds) {
  const __m256i a = _mm256_set1_epi16(3), b = _mm256_set1_epi16(5);
  TWELVE(SUM_256)
  for (uint64_t round = 0; round < rounds; round++) { TWELVE(MADD_256) }
  return rounds * 12 * 16;
}

uint64_t peak_rate_run(enum peak_isa isa, uint64_t rounds) {
  switch (isa) {
    case PEAK_AVX512VNNI: return avx512vnni(rounds);
    case PEAK_AVXVNNI: return avxvnni(rounds);
    case PEAK_AVX2: return avx2(rounds);
    default: return 0;
  }
}

#elif defined(__aarch64__)
#include <arm_neon.h>

#define SUM(i) int32x4_t s##i = vdupq_n_s32(0);
#define SDOT(i) __asm__ volatile("sdot %0.4s, %1.16b, %2.16b" : "+w"(s##i) : "w"(a), "w"(b));
#define SMMLA(i) __asm__ volatile("smmla %0.4s, %1.16b, %2.16b" : "+w"(s##i) : "w"(a), "w"(b));
/* Two products in an int16, then pairs of them into an int32. */
#define SMLAL(i)                                                                        \
  {                                                                                     \
    int16x8_t product;                                                                  \
    __asm__ volatile("smull %0.8h, %1.8b, %2.8b" : "=w"(product) : "w"(a), "w"(b));     \
    __asm__ volatile("smlal2 %0.8h, %1.16b, %2.16b" : "+w"(product) : "w"(a), "w"(b));  \
    __asm__ volatile("sadalp %0.4s, %1.8h" : "+w"(s##i) : "w"(product));                \
  }

__attribute__((target("arch=armv8.2-a+dotprod+i8mm"))) static uint64_t i8mm(uint64_t rounds) {
  const int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(5);
  TWELVE(SUM)
  for (uint64_t round = 0; round < rounds; round++) { TWELVE(SMMLA) }
  return rounds * 12 * 32;
}

__attribute__((target("arch=armv8.2-a+dotprod"))) static uint64_t dotprod(uint64_t rounds) {
  const int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(5);
  TWELVE(SUM)
  for (uint64_t round = 0; round < rounds; round++) { TWELVE(SDOT) }
  return rounds * 12 * 16;
}

static uint64_t neon(uint64_t rounds) {
  const int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(5);
  TWELVE(SUM)
  for (uint64_t round = 0; round < rounds; round++) { TWELVE(SMLAL) }
  return rounds * 12 * 16;
}

uint64_t peak_rate_run(enum peak_isa isa, uint64_t rounds) {
  switch (isa) {
    case PEAK_I8MM: return i8mm(rounds);
    case PEAK_DOTPROD: return dotprod(rounds);
    case PEAK_NEON: return neon(rounds);
    default: return 0;
  }
}

#else
uint64_t peak_rate_run(enum peak_isa isa, uint64_t rounds) {
  (void)isa;
  (void)rounds;
  return 0;
}
#endif
