#include "ck_target.h"

#include <stdbool.h>

#if CK_ARCH_X86
#include <cpuid.h>
#elif defined(__linux__) && CK_ARCH_NEON
#include <sys/auxv.h>
#endif

const char *ck_isa_name(ck_isa isa) {
  static const char *const names[CK_ISA_COUNT] = {"scalar", "neon", "dotprod", "i8mm", "avx2", "avxvnni", "avx512vnni"};
  return (unsigned)isa < CK_ISA_COUNT ? names[isa] : "unknown";
}

#if CK_ARCH_X86
/* State that the operating system saves: XCR0. An AVX bit in cpuid alone means nothing. */
static uint64_t saved_state(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static bool has(uint32_t word, unsigned bit) { return word >> bit & 1; }

static uint32_t probe(void) {
  const uint64_t ymm_state = 0x6, zmm_state = 0xE6;
  uint32_t a, b, c, d, isa = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !has(c, 27) || !has(c, 28)) return isa; /* OSXSAVE, AVX */
  const uint64_t state = saved_state();
  if ((state & ymm_state) != ymm_state || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !has(b, 5)) return isa; /* AVX2 */
  isa |= 1u << CK_ISA_AVX2;
  const bool avx512 = has(b, 16) && has(b, 17) && has(b, 30) && has(b, 31); /* F, DQ, BW, VL */
  if (avx512 && has(c, 11) && (state & zmm_state) == zmm_state) isa |= 1u << CK_ISA_AVX512VNNI; /* VNNI */
#if defined(CK_AVXVNNI_STAND_IN)
  if (isa >> CK_ISA_AVX512VNNI & 1) isa |= 1u << CK_ISA_AVXVNNI;
#endif
  if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && has(a, 4)) isa |= 1u << CK_ISA_AVXVNNI;
  return isa;
}
#elif defined(__linux__) && CK_ARCH_ARM64
static uint32_t probe(void) {
  const unsigned long dotprod = 1ul << 20, i8mm = 1ul << 13; /* HWCAP_ASIMDDP, HWCAP2_I8MM: absent from older headers */
  uint32_t isa = 1u << CK_ISA_NEON;
  if (getauxval(AT_HWCAP) & dotprod) {
    isa |= 1u << CK_ISA_DOTPROD;
    if (getauxval(AT_HWCAP2) & i8mm) isa |= 1u << CK_ISA_I8MM;
  }
  return isa;
}
#elif defined(__linux__) && CK_ARCH_NEON
static uint32_t probe(void) {
  const unsigned long neon = 1ul << 12; /* HWCAP_NEON of 32-bit ARM */
  return getauxval(AT_HWCAP) & neon ? 1u << CK_ISA_NEON : 0;
}
#else
/* No operating system to ask: what the firmware was compiled for. */
static uint32_t probe(void) {
  uint32_t isa = 0;
#if defined(CK_CORE)
  isa |= CK_ISA_IMPLIED(CK_CORE);
#endif
#if CK_ARCH_NEON
  isa |= 1u << CK_ISA_NEON;
#endif
#if defined(__ARM_FEATURE_DOTPROD)
  isa |= 1u << CK_ISA_DOTPROD;
#if defined(__ARM_FEATURE_MATMUL_INT8)
  isa |= 1u << CK_ISA_I8MM;
#endif
#endif
  return isa;
}
#endif

#if defined(CK_CORE)
/* One set of kernels, or none where the CPU lacks it: the scalar ones were left out. */
uint32_t ck_isa_available(void) { return (1u << CK_ISA_SCALAR | probe()) & 1u << CK_CORE; }
ck_isa ck_isa_best(void) { return CK_CORE; }
#else
uint32_t ck_isa_available(void) { return 1u << CK_ISA_SCALAR | probe(); }

ck_isa ck_isa_best(void) {
  const uint32_t available = ck_isa_available();
  unsigned isa = CK_ISA_COUNT - 1;
  while (!(available >> isa & 1)) isa--;
  return (ck_isa)isa;
}
#endif

uint32_t ck_isa_implied(ck_isa isa) { return CK_ISA_IMPLIED(isa); }

const ck_variant *ck_select_variant(const ck_variant *variants, uint32_t count, ck_isa isa, uint32_t wanted) {
  const uint32_t implied = ck_isa_implied(isa);
  const ck_variant *best = NULL;
  for (uint32_t i = 0; i < count; i++) {
    const ck_variant *variant = &variants[i];
    if (variant->kernel == NULL || !(implied >> variant->isa & 1) || (variant->traits & wanted) != wanted) continue;
    if (best == NULL || variant->isa >= best->isa) best = variant;
  }
  return best;
}

void ck_bind_variant(const ck_variant *variants, uint32_t count, ck_isa isa, uint32_t wanted, ck_bound *bound) {
  const ck_variant *variant = ck_select_variant(variants, count, isa, wanted);
  bound->kernel = variant != NULL ? variant->kernel : NULL;
  bound->run = (ck_run_fn)bound->kernel;
}
