/* lrn/ck_lrn.h - what the local response normalizations of both types share: their record, and the factor of an element. */
#ifndef CK_LRN_H
#define CK_LRN_H

#include "../isa/ck_fp.h"

#include "../check/ck_check.h"
#include "../float/ck_math.h"

typedef ck_lrn_parameters parameters;

static inline ck_fault ck_check_lrn(const ck_instruction *instruction, const ck_tensor *const *operands, enum ck_dtype type) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, 0, sizeof(parameters)}));
  CK_PARAMETERS(parameters, p, instruction);
  CK_REQUIRE(p.outer > 0, CK_BAD_PARAMETER, parameters, outer);
  CK_REQUIRE(p.axis > 0 && p.axis <= 1u << 16, CK_BAD_PARAMETER, parameters, axis);
  CK_REQUIRE(p.inner > 0, CK_BAD_PARAMETER, parameters, inner);
  CK_REQUIRE(p.before < p.axis, CK_BAD_PARAMETER, parameters, before);
  CK_REQUIRE(p.after < p.axis, CK_BAD_PARAMETER, parameters, after);
  const uint64_t bytes = ck_multiply4(p.outer, p.axis, p.inner, ck_dtype_bytes((uint8_t)type));
  CK_TRY(ck_check_operand(instruction, operands, 0, type, bytes));
  CK_TRY(ck_check_operand(instruction, operands, 1, type, bytes));
  return ck_check_scratch(instruction, 0);
}

/* Elements of a block: neighbours along the axis where nothing lies inside of it, else neighbours inside. */
#define CK_LRN_BLOCK 16

/* 1 / divisor^beta for a block; the usual exponents by roots, correctly rounded each. */
static inline void ck_lrn_factors(float *divisor, float beta) {
  if (beta == 0.75f) {
    for (int i = 0; i < CK_LRN_BLOCK; i++) {
      const float root = ck_rsqrt_f32(divisor[i]);
      divisor[i] = root * ck_sqrt_f32(root);
    }
  } else if (beta == 0.5f) {
    for (int i = 0; i < CK_LRN_BLOCK; i++) divisor[i] = ck_rsqrt_f32(divisor[i]);
  } else if (beta == 1.0f) {
    for (int i = 0; i < CK_LRN_BLOCK; i++) divisor[i] = 1.0f / divisor[i];
  } else {
    for (int i = 0; i < CK_LRN_BLOCK; i++) divisor[i] = 1.0f / ck_pow_f32(divisor[i], beta);
  }
}

static inline void ck_bind_lrn(const ck_instruction *instruction, ck_run_fn run, ck_bound *bound) {
  CK_PARAMETERS(parameters, p, instruction);
  bound->rows = p.outer;
  bound->panels = (uint32_t)ck_ceil_divide(p.inner, CK_LRN_BLOCK);
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

/* First and last index of the window around `c`. */
static inline uint32_t ck_lrn_first(const parameters *p, uint32_t c) { return c > p->before ? c - p->before : 0; }
static inline uint32_t ck_lrn_last(const parameters *p, uint32_t c) { return p->axis - 1 - c > p->after ? c + p->after : p->axis - 1; }

/* Where element i of the block that begins at (axis, inside) lies. */
typedef struct ck_lrn_place {
  uint32_t axis;
  size_t inside;
} ck_lrn_place;
static inline ck_lrn_place ck_lrn_element(const parameters *p, uint32_t axis, size_t inside, uint32_t i) {
  return p->inner == 1 ? (ck_lrn_place){axis + i, inside} : (ck_lrn_place){axis, inside + i};
}

#endif
