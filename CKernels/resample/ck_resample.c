#include "../isa/ck_fp.h"

#include "ck_resample.h"

ck_fault ck_check_resample(
    const ck_instruction *instruction, const ck_tensor *const *operands, const ck_resample_parameters *p, enum ck_dtype dtype,
    uint64_t line_bytes) {
  CK_REQUIRE(p->outer > 0, CK_BAD_PARAMETER, ck_resample_parameters, outer);
  CK_REQUIRE(p->in > 0 && p->in <= INT32_MAX, CK_BAD_PARAMETER, ck_resample_parameters, in);
  CK_REQUIRE(p->out > 0 && ck_multiply(p->outer, p->out) <= UINT32_MAX, CK_BAD_PARAMETER, ck_resample_parameters, out);
  CK_REQUIRE(p->inner > 0, CK_BAD_PARAMETER, ck_resample_parameters, inner);
  CK_REQUIRE(p->taps > 0 && p->taps <= p->in, CK_BAD_PARAMETER, ck_resample_parameters, taps);
  CK_TRY(ck_check_operand(instruction, operands, 0, dtype, ck_multiply3(p->outer, p->in, line_bytes)));
  CK_TRY(ck_check_operand(instruction, operands, 1, dtype, ck_multiply3(p->outer, p->out, line_bytes)));
  CK_TRY(ck_check_constant(instruction, 0, ck_multiply(p->out, 4)));
  if (instruction->constant_count > 1) CK_TRY(ck_check_constant(instruction, 1, ck_multiply3(p->out, p->taps, 4)));
  return ck_check_scratch(instruction, 0);
}

ck_fault ck_check_resample_constants(const ck_instruction *instruction, const uint8_t *const *constants) {
  CK_PARAMETERS(ck_resample_parameters, p, instruction);
  const int32_t last = (int32_t)(p.in - p.taps);
  for (size_t j = 0; j < p.out; j++) {
    const int32_t first = ck_load_s32(constants[0] + 4 * j);
    if (first < 0 || first > last) return ck_fail(CK_BAD_CONSTANT, CK_AT(constant));
  }
  return ck_pass();
}
