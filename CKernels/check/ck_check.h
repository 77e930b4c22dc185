/* check/ck_check.h - what the operators' `check` functions are built of: saturating sizes, and the comparison of an instruction's
 * operands, constants and scratch with what its geometry asks for.
 *
 * Use: CK_TRY(ck_check_form(...)); then parameters, extents, scratch. Everything returns the first fault. */
#ifndef CK_CHECK_H
#define CK_CHECK_H

#include <stdbool.h>

#include "ck/operator.h"

/* Byte of a field within the instruction; of a parameter within the instruction. */
#define CK_AT(field) ((uint16_t)offsetof(ck_instruction, field))
#define CK_AT_PARAMETER(type, field) ((uint16_t)(offsetof(ck_instruction, parameters) + offsetof(type, field)))

/* Leaves the function with the fault where there is one. */
#define CK_TRY(expression) \
  do { \
    const ck_fault ck_try_fault = (expression); \
    if (ck_try_fault.status != CK_OK) return ck_try_fault; \
  } while (0)
/* Leaves the function with `status` at the parameter unless the condition holds. */
#define CK_REQUIRE(condition, status_code, type, field) \
  do { \
    if (!(condition)) return ck_fail(status_code, CK_AT_PARAMETER(type, field)); \
  } while (0)

/* An s8 output's zero point and inclusive clamp bounds. */
#define CK_REQUIRE_S8_OUTPUT(p, type) \
  do { \
    CK_REQUIRE(ck_is_s8((p).output_zero_point), CK_BAD_PARAMETER, type, output_zero_point); \
    CK_REQUIRE(ck_is_s8((p).output_min), CK_BAD_PARAMETER, type, output_min); \
    CK_REQUIRE(ck_is_s8((p).output_max) && (p).output_min <= (p).output_max, CK_BAD_PARAMETER, type, output_max); \
  } while (0)
/* Declares `name`, the parameters of the instruction. */
#define CK_PARAMETERS(type, name, instruction) \
  type name; \
  __builtin_memcpy(&name, (instruction)->parameters, sizeof name)

static inline ck_fault ck_fail(enum ck_status status, uint16_t offset) { return (ck_fault){(uint16_t)status, offset}; }
static inline ck_fault ck_pass(void) { return (ck_fault){CK_OK, 0}; }

/* Sizes saturate at UINT64_MAX, which no operand, constant or scratch can have: one comparison at the end suffices. A factor 0
 * would hide a saturated one, so counts are proven positive first. */
#define CK_TOO_LARGE UINT64_MAX
static inline uint64_t ck_multiply(uint64_t a, uint64_t b) {
  uint64_t product;
  return __builtin_mul_overflow(a, b, &product) ? CK_TOO_LARGE : product;
}
static inline uint64_t ck_add(uint64_t a, uint64_t b) {
  uint64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? CK_TOO_LARGE : sum;
}
static inline uint64_t ck_multiply3(uint64_t a, uint64_t b, uint64_t c) { return ck_multiply(ck_multiply(a, b), c); }
static inline uint64_t ck_multiply4(uint64_t a, uint64_t b, uint64_t c, uint64_t d) { return ck_multiply(ck_multiply3(a, b, c), d); }
/* Smallest count of `unit`s that hold `a`; unit > 0. */
static inline uint64_t ck_ceil_divide(uint64_t a, uint64_t unit) { return a / unit + (a % unit != 0); }
static inline uint64_t ck_round_up(uint64_t a, uint64_t unit) { return ck_multiply(ck_ceil_divide(a, unit), unit); }

/* Bytes of one element; 0 for what is unknown or narrower than a byte. */
uint32_t ck_dtype_bytes(uint8_t dtype);

/* Counts of operands and constants, flags among `flags`, unused records and reserved bytes as the format wants them, all outputs in the arena. */
typedef struct ck_form {
  uint8_t inputs, outputs, constants;
  uint16_t flags;
  uint16_t parameter_bytes; /* sizeof the parameter struct: the bytes after it are zero */
} ck_form;
ck_fault ck_check_form(const ck_instruction *instruction, const ck_tensor *const *operands, ck_form form);

/* Operand `index` (outputs follow the inputs) has this dtype and exactly these bytes. */
ck_fault ck_check_operand(
    const ck_instruction *instruction, const ck_tensor *const *operands, unsigned index, enum ck_dtype dtype, uint64_t bytes);
/* Constant `index` has exactly these bytes and is aligned to CK_TENSOR_ALIGNMENT. */
ck_fault ck_check_constant(const ck_instruction *instruction, unsigned index, uint64_t bytes);
/* The instruction's scratch holds `bytes` and is aligned to CK_TENSOR_ALIGNMENT. */
ck_fault ck_check_scratch(const ck_instruction *instruction, uint64_t bytes);

/* `scratch` and `ahead` of the operators that have the simplest ones. */
static inline uint64_t ck_no_scratch(const ck_instruction *instruction) {
  (void)instruction;
  return 0;
}
static inline uint64_t ck_disjoint(const ck_instruction *instruction, unsigned input) {
  (void)instruction, (void)input;
  return CK_DISJOINT;
}
/* Element i of the output depends on nothing behind element i of the input. */
static inline uint64_t ck_in_place(const ck_instruction *instruction, unsigned input) {
  (void)instruction, (void)input;
  return 0;
}

/* A multiplier that keeps every f32 product of 32-bit integers finite: 0 < scale <= 2^64, not NaN. */
static inline bool ck_is_scale(float scale) { return scale > 0.0f && scale <= 0x1p64f; }
/* Elements of an operator split into panels of 16, whose number is a uint32_t. */
#define CK_MAX_COUNT (16 * (uint64_t)UINT32_MAX)
static inline bool ck_is_s8(int32_t value) { return value >= -128 && value <= 127; }
/* low <= high, neither NaN; infinities leave a side open. */
static inline bool ck_is_clamp(float low, float high) { return low <= high; }

#endif
