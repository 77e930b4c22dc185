#include "ck_normalize.h"

ck_fault ck_check_normalize(const ck_instruction *instruction, const ck_tensor *const *operands, enum ck_dtype dtype) {
  CK_PARAMETERS(ck_normalize_parameters, p, instruction);
  CK_REQUIRE(p.kind <= CK_NORMALIZE_L1, CK_BAD_PARAMETER, ck_normalize_parameters, kind);
  CK_REQUIRE(p.outer > 0, CK_BAD_PARAMETER, ck_normalize_parameters, outer);
  CK_REQUIRE(p.axis > 0, CK_BAD_PARAMETER, ck_normalize_parameters, axis);
  CK_REQUIRE(p.channels > 0, CK_BAD_PARAMETER, ck_normalize_parameters, channels);
  CK_REQUIRE(p.groups > 0 && p.channels % p.groups == 0, CK_BAD_PARAMETER, ck_normalize_parameters, groups);
  CK_REQUIRE(p.epsilon >= 0.0f && p.epsilon < __builtin_inff(), CK_BAD_PARAMETER, ck_normalize_parameters, epsilon);
  const uint64_t bytes = ck_multiply(ck_multiply3(p.outer, p.axis, p.channels), dtype == CK_DTYPE_F32 ? 4 : 1);
  for (unsigned i = 0; i < 2; i++) CK_TRY(ck_check_operand(instruction, operands, i, dtype, bytes));
  for (unsigned i = 0; i < instruction->constant_count; i++) CK_TRY(ck_check_constant(instruction, i, ck_multiply(p.channels, 4)));
  return ck_pass();
}
