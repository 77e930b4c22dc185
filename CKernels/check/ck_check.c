#include "ck_check.h"

uint32_t ck_dtype_bytes(uint8_t dtype) {
  switch (dtype) {
  case CK_DTYPE_S8:
  case CK_DTYPE_U8:
  case CK_DTYPE_BOOL: return 1;
  case CK_DTYPE_S16:
  case CK_DTYPE_F16: return 2;
  case CK_DTYPE_S32:
  case CK_DTYPE_F32: return 4;
  case CK_DTYPE_S64: return 8;
  default: return 0;
  }
}

ck_fault ck_check_form(const ck_instruction *instruction, const ck_tensor *const *operands, ck_form form) {
  if (instruction->flags & ~(unsigned)form.flags) return ck_fail(CK_BAD_FLAGS, CK_AT(flags));
  if (instruction->input_count != form.inputs) return ck_fail(CK_BAD_OPERANDS, CK_AT(input_count));
  if (instruction->output_count != form.outputs) return ck_fail(CK_BAD_OPERANDS, CK_AT(output_count));
  if (instruction->constant_count != form.constants) return ck_fail(CK_BAD_CONSTANT, CK_AT(constant_count));
  if (instruction->reserved != 0) return ck_fail(CK_BAD_PARAMETER, CK_AT(reserved));
  for (unsigned i = form.inputs + form.outputs; i < CK_MAX_OPERANDS; i++) {
    if (instruction->operand[i] != CK_NONE) return ck_fail(CK_BAD_OPERANDS, (uint16_t)(CK_AT(operand) + 4 * i));
  }
  for (unsigned i = form.inputs; i < (unsigned)form.inputs + form.outputs; i++) {
    if (operands[i]->storage != CK_STORAGE_ARENA) return ck_fail(CK_BAD_OPERANDS, (uint16_t)(CK_AT(operand) + 4 * i));
  }
  for (unsigned i = form.constants; i < CK_MAX_CONSTANTS; i++) {
    if (instruction->constant[i].offset != 0 || instruction->constant[i].bytes != 0) {
      return ck_fail(CK_BAD_CONSTANT, (uint16_t)(CK_AT(constant) + 16 * i));
    }
  }
  for (unsigned i = form.parameter_bytes; i < CK_PARAMETER_BYTES; i++) {
    if (instruction->parameters[i] != 0) return ck_fail(CK_BAD_PARAMETER, (uint16_t)(CK_AT(parameters) + i));
  }
  return ck_pass();
}

ck_fault ck_check_operand(
    const ck_instruction *instruction, const ck_tensor *const *operands, unsigned index, enum ck_dtype dtype, uint64_t bytes) {
  const uint16_t offset = (uint16_t)(CK_AT(operand) + 4 * index);
  (void)instruction;
  if (operands[index]->dtype != dtype) return ck_fail(CK_BAD_OPERANDS, offset);
  if (bytes == CK_TOO_LARGE || operands[index]->bytes != bytes) return ck_fail(CK_BAD_EXTENT, offset);
  return ck_pass();
}

ck_fault ck_check_constant(const ck_instruction *instruction, unsigned index, uint64_t bytes) {
  const ck_constant constant = instruction->constant[index];
  const uint16_t offset = (uint16_t)(CK_AT(constant) + 16 * index);
  if (constant.offset % CK_TENSOR_ALIGNMENT != 0) return ck_fail(CK_BAD_CONSTANT, offset);
  if (bytes == CK_TOO_LARGE || constant.bytes != bytes) return ck_fail(CK_BAD_CONSTANT, (uint16_t)(offset + 8));
  return ck_pass();
}

ck_fault ck_check_scratch(const ck_instruction *instruction, uint64_t bytes) {
  if (bytes == CK_TOO_LARGE || instruction->scratch_bytes < bytes) return ck_fail(CK_BAD_SCRATCH, CK_AT(scratch_bytes));
  if (instruction->scratch_offset % CK_TENSOR_ALIGNMENT != 0) return ck_fail(CK_BAD_SCRATCH, CK_AT(scratch_offset));
  return ck_pass();
}
