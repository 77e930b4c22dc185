/* isa/ck_target.h - attributes that let one function use an instruction set, and the rows of the operators' `.inc` lists.
 *
 * A kernel and every inline function it calls bear the same CK_TARGET_<ISA>. Files are guarded by architecture alone
 * (`#if CK_ARCH_X86`), never by what the compiler happens to have switched on. */
#ifndef CK_TARGET_H
#define CK_TARGET_H

#include "ck/operator.h"

#if defined(__x86_64__)
#define CK_ARCH_X86 1
#else
#define CK_ARCH_X86 0
#endif
#if defined(__aarch64__)
#define CK_ARCH_ARM64 1
#else
#define CK_ARCH_ARM64 0
#endif
#if CK_ARCH_ARM64 || defined(__ARM_NEON)
#define CK_ARCH_NEON 1
#else
#define CK_ARCH_NEON 0
#endif

#define CK_TARGET_AVX2 __attribute__((target("avx2")))
#if defined(CK_AVXVNNI_STAND_IN) /* for tests: the same operations in AVX-512's encoding, where a processor lacks AVX-VNNI's */
#define CK_TARGET_AVXVNNI __attribute__((target("avx2,avx512f,avx512vl,avx512vnni")))
#define CK_DPBUSD_AVXVNNI _mm256_dpbusd_epi32
#else
#define CK_TARGET_AVXVNNI __attribute__((target("avx2,avxvnni")))
#define CK_DPBUSD_AVXVNNI _mm256_dpbusd_avx_epi32
#endif
#define CK_TARGET_AVX512VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
/* clang and gcc both take the arch form; gcc refuses a bare "dotprod". */
#define CK_TARGET_DOTPROD __attribute__((target("arch=armv8.2-a+dotprod")))
#define CK_TARGET_I8MM __attribute__((target("arch=armv8.2-a+dotprod+i8mm")))

/* Before a loop whose count is a constant once its function is inlined: registers, not an array in memory. */
#if defined(__clang__)
#define CK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define CK_UNROLL _Pragma("GCC unroll 64")
#endif

/* The kernel where this build's architecture has the instruction set, NULL elsewhere. */
#define CK_BUILT_SCALAR(kernel) (ck_kernel_fn)(kernel)
#if CK_ARCH_ARM64 /* 32-bit NEON lacks what these kernels round with */
#define CK_BUILT_NEON(kernel) (ck_kernel_fn)(kernel)
#else
#define CK_BUILT_NEON(kernel) (ck_kernel_fn)0
#endif
#if CK_ARCH_ARM64
#define CK_BUILT_DOTPROD(kernel) (ck_kernel_fn)(kernel)
#define CK_BUILT_I8MM(kernel) (ck_kernel_fn)(kernel)
#else
#define CK_BUILT_DOTPROD(kernel) (ck_kernel_fn)0
#define CK_BUILT_I8MM(kernel) (ck_kernel_fn)0
#endif
#if CK_ARCH_X86
#define CK_BUILT_AVX2(kernel) (ck_kernel_fn)(kernel)
#define CK_BUILT_AVXVNNI(kernel) (ck_kernel_fn)(kernel)
#define CK_BUILT_AVX512VNNI(kernel) (ck_kernel_fn)(kernel)
#else
#define CK_BUILT_AVX2(kernel) (ck_kernel_fn)0
#define CK_BUILT_AVXVNNI(kernel) (ck_kernel_fn)0
#define CK_BUILT_AVX512VNNI(kernel) (ck_kernel_fn)0
#endif

/* What CK_KERNEL(name, ISA, traits) stands for while a list is included: a declaration, then a row of the variant table. Every int8
 * kernel is a ck_run_fn. */
#define CK_DECLARE_KERNEL(name, ISA, traits) enum ck_status name(const ck_bound *bound, ck_range range);
#define CK_VARIANT_ROW(name, ISA, traits) {#name, CK_ISA_##ISA, (traits), CK_BUILT_##ISA(name)},

/* Traits of a kernel that takes whatever `check` passes. */
#define CK_ALL_TRAITS UINT32_MAX

/* The instruction sets that a CPU with `isa` surely has too, as bits; `isa` included. */
uint32_t ck_isa_implied(ck_isa isa);
/* The last row of the best instruction set among those that `isa` implies, built here and with every bit of `wanted` in their
 * traits. NULL where there is none; a list that begins with a scalar kernel of all traits always answers. */
const ck_variant *ck_select_variant(const ck_variant *variants, uint32_t count, ck_isa isa, uint32_t wanted);
/* Selects, and makes the variant the `run` of the bound instruction. */
void ck_bind_variant(const ck_variant *variants, uint32_t count, ck_isa isa, uint32_t wanted, ck_bound *bound);

#endif
