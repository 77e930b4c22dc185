/* prelu/ck_prelu.h - what PRELU_S8 and PRELU_F32 share: sizes, operands, the slopes; and how rows and panels divide [outer, channels, inner]. */
#ifndef CK_PRELU_H
#define CK_PRELU_H

#include "../isa/ck_fp.h"

#include "../check/ck_check.h"

static inline ck_fault ck_check_prelu(const ck_instruction *instruction, const ck_tensor *const *operands, enum ck_dtype dtype) {
  CK_PARAMETERS(ck_prelu_parameters, p, instruction);
  CK_REQUIRE(p.outer > 0, CK_BAD_PARAMETER, ck_prelu_parameters, outer);
  CK_REQUIRE(p.channels > 0, CK_BAD_PARAMETER, ck_prelu_parameters, channels);
  CK_REQUIRE(p.inner > 0, CK_BAD_PARAMETER, ck_prelu_parameters, inner);
  CK_REQUIRE(p.inner == 1 || ck_multiply(p.outer, p.channels) <= UINT32_MAX, CK_BAD_PARAMETER, ck_prelu_parameters, outer);
  const uint64_t bytes = ck_multiply4(p.outer, p.channels, p.inner, dtype == CK_DTYPE_F32 ? 4 : 1);
  for (unsigned i = 0; i < 2; i++) CK_TRY(ck_check_operand(instruction, operands, i, dtype, bytes));
  return ck_check_constant(instruction, 0, ck_multiply(p.channels, 4));
}

/* Rows of `length` contiguous elements: all channels of an outer index, or the inner elements of one channel. */
static inline uint32_t ck_prelu_rows(const ck_prelu_parameters *p) { return p->inner == 1 ? p->outer : p->outer * p->channels; }
static inline uint32_t ck_prelu_length(const ck_prelu_parameters *p) { return p->inner == 1 ? p->channels : p->inner; }

#endif
