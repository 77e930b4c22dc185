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

/* Code for size, -DCK_SMALL=1: kernels keep their largest tile and a single pixel's, and one form where they have a faster special case. */
#if !defined(CK_SMALL)
#define CK_SMALL 0
#endif

/* A firmware for one kind of core, -DCK_CORE=CK_ISA_DOTPROD: rows of other instruction sets than the core's and those that it implies are
 * left empty, and so are rows that one of these replaces, so that the linker drops their kernels. */
#if defined(CK_CORE)
#define CK_IN_CORE(isa) (CK_ISA_IMPLIED(CK_CORE) >> (isa) & 1)
#define CK_REPLACED_BY(isa) CK_IN_CORE(isa)
#define CK_VARIANT_NAME(name) "" /* names are for tests and reports, which want all rows */
#else
#define CK_IN_CORE(isa) 1
#define CK_REPLACED_BY(isa) 0
#define CK_VARIANT_NAME(name) #name
#endif
/* The instruction sets that a CPU with `isa` surely has too, as bits; `isa` included. AVX-VNNI is a bit of its own. */
#define CK_ISA_IMPLIED(isa) \
  (1u << CK_ISA_SCALAR | 1u << (isa) | \
   ((isa) == CK_ISA_DOTPROD || (isa) == CK_ISA_I8MM ? 1u << CK_ISA_NEON | 1u << CK_ISA_DOTPROD : 0u) | \
   ((isa) == CK_ISA_AVXVNNI || (isa) == CK_ISA_AVX512VNNI ? 1u << CK_ISA_AVX2 : 0u))

/* The kernel where this build has the instruction set, NULL elsewhere. */
#define CK_BUILT_IF(condition, kernel) ((condition) ? (ck_kernel_fn)(kernel) : (ck_kernel_fn)0)
#define CK_BUILT_SCALAR(kernel) (ck_kernel_fn)(kernel)
#if CK_ARCH_ARM64 /* 32-bit NEON lacks what these kernels round with */
#define CK_BUILT_NEON(kernel) CK_BUILT_IF(CK_IN_CORE(CK_ISA_NEON), kernel)
#define CK_BUILT_DOTPROD(kernel) CK_BUILT_IF(CK_IN_CORE(CK_ISA_DOTPROD), kernel)
#define CK_BUILT_I8MM(kernel) CK_BUILT_IF(CK_IN_CORE(CK_ISA_I8MM), kernel)
#else
#define CK_BUILT_NEON(kernel) (ck_kernel_fn)0
#define CK_BUILT_DOTPROD(kernel) (ck_kernel_fn)0
#define CK_BUILT_I8MM(kernel) (ck_kernel_fn)0
#endif
#if CK_ARCH_X86
#define CK_BUILT_AVX2(kernel) CK_BUILT_IF(CK_IN_CORE(CK_ISA_AVX2), kernel)
#define CK_BUILT_AVXVNNI(kernel) CK_BUILT_IF(CK_IN_CORE(CK_ISA_AVXVNNI), kernel)
#define CK_BUILT_AVX512VNNI(kernel) CK_BUILT_IF(CK_IN_CORE(CK_ISA_AVX512VNNI), kernel)
#else
#define CK_BUILT_AVX2(kernel) (ck_kernel_fn)0
#define CK_BUILT_AVXVNNI(kernel) (ck_kernel_fn)0
#define CK_BUILT_AVX512VNNI(kernel) (ck_kernel_fn)0
#endif
/* In a list instead of an instruction set: the row's kernel gives way to a later row that takes all it is asked for on any core of ARM (there no
 * operand is outside the arena's domain). */
#define CK_ISA_SCALAR_UNTIL_NEON CK_ISA_SCALAR
#define CK_BUILT_SCALAR_UNTIL_NEON(kernel) CK_BUILT_IF(!CK_REPLACED_BY(CK_ISA_NEON), kernel)
#define CK_ISA_NEON_UNTIL_DOTPROD CK_ISA_NEON
#if CK_ARCH_ARM64
#define CK_BUILT_NEON_UNTIL_DOTPROD(kernel) CK_BUILT_IF(CK_IN_CORE(CK_ISA_NEON) && !CK_REPLACED_BY(CK_ISA_DOTPROD), kernel)
#else
#define CK_BUILT_NEON_UNTIL_DOTPROD(kernel) (ck_kernel_fn)0
#endif
/* Or one that code for size does without, the rows before it being little slower; or one that such code for a core of ARM lacks: shapes that no
 * later row takes are refused when they are bound. */
#define CK_ISA_NEON_FOR_SPEED CK_ISA_NEON
#define CK_ISA_SCALAR_UNTIL_NEON_FOR_SPEED CK_ISA_SCALAR
#define CK_BUILT_SCALAR_UNTIL_NEON_FOR_SPEED(kernel) CK_BUILT_IF(CK_SMALL || !CK_REPLACED_BY(CK_ISA_NEON), kernel)
#define CK_ISA_I8MM_FOR_SPEED CK_ISA_I8MM
#if CK_SMALL
#define CK_BUILT_NEON_FOR_SPEED(kernel) (ck_kernel_fn)0
#define CK_BUILT_I8MM_FOR_SPEED(kernel) (ck_kernel_fn)0
#else
#define CK_BUILT_NEON_FOR_SPEED(kernel) CK_BUILT_NEON(kernel)
#define CK_BUILT_I8MM_FOR_SPEED(kernel) CK_BUILT_I8MM(kernel)
#endif
#define CK_ISA_SCALAR_FOR_OTHERS CK_ISA_SCALAR
#define CK_BUILT_SCALAR_FOR_OTHERS(kernel) CK_BUILT_IF(!(CK_SMALL && CK_REPLACED_BY(CK_ISA_NEON)), kernel)


/* What CK_KERNEL(name, ISA, traits) stands for while a list is included: a declaration, then a row of the variant table. Every int8
 * kernel is a ck_run_fn. */
#define CK_DECLARE_KERNEL(name, ISA, traits) enum ck_status name(const ck_bound *bound, ck_range range);
#define CK_VARIANT_ROW(name, ISA, traits) {CK_VARIANT_NAME(name), CK_ISA_##ISA, (traits), CK_BUILT_##ISA(name)},

/* Traits of a kernel that takes whatever `check` passes. */
#define CK_ALL_TRAITS UINT32_MAX

/* CK_ISA_IMPLIED of a variable. */
uint32_t ck_isa_implied(ck_isa isa);
/* The last row of the best instruction set among those that `isa` implies, built here and with every bit of `wanted` in their
 * traits. NULL where there is none; a list that begins with a scalar kernel of all traits always answers. */
const ck_variant *ck_select_variant(const ck_variant *variants, uint32_t count, ck_isa isa, uint32_t wanted);
/* Selects, and makes the variant the `run` of the bound instruction; NULL where this build has none. */
void ck_bind_variant(const ck_variant *variants, uint32_t count, ck_isa isa, uint32_t wanted, ck_bound *bound);

#endif
