#include "ck_weighted_s16.h"

#define AT(field) ((uint16_t)(CK_AT(parameters) + at + offsetof(ck_quantization, field)))

ck_fault ck_check_quantization_s16(const ck_instruction *instruction, size_t at) {
  const ck_quantization q = ck_quantization_at(instruction, at);
  const bool s8 = (instruction->flags & CK_FLAG_S8_OUTPUT) != 0;
  if (q.input_zero_point != 0) return ck_fail(CK_BAD_PARAMETER, AT(input_zero_point));
  if (q.weight_zero_point != 0) return ck_fail(CK_BAD_PARAMETER, AT(weight_zero_point));
  if (instruction->flags & CK_FLAG_F32_OUTPUT) {
    if (s8) return ck_fail(CK_BAD_FLAGS, CK_AT(flags));
    return ck_is_clamp(q.float_min, q.float_max) ? ck_pass() : ck_fail(CK_BAD_PARAMETER, AT(float_min));
  }
  if (s8 ? !ck_is_s8(q.output_zero_point) : q.output_zero_point != 0) return ck_fail(CK_BAD_PARAMETER, AT(output_zero_point));
  if (!ck_is_level(s8, q.output_min)) return ck_fail(CK_BAD_PARAMETER, AT(output_min));
  if (!ck_is_level(s8, q.output_max) || q.output_min > q.output_max) return ck_fail(CK_BAD_PARAMETER, AT(output_max));
  return ck_pass();
}

ck_fault ck_check_weighted_operands_s16(
    const ck_instruction *instruction, const ck_tensor *const *operands, uint64_t inputs, uint64_t outputs) {
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_S16, ck_multiply(inputs, 2)));
  return ck_check_operand(
      instruction, operands, 1, ck_s16_output_dtype(instruction), ck_multiply(outputs, ck_s16_output_bytes(instruction)));
}

ck_fault ck_check_weighted_constants_s16(const ck_instruction *instruction, uint64_t weight_bytes, uint64_t panels) {
  CK_TRY(ck_check_constant(instruction, 0, weight_bytes));
  CK_TRY(ck_check_constant(instruction, 1, ck_multiply(panels, 16 * 8)));
  CK_TRY(ck_check_constant(instruction, 2, ck_multiply(panels, 16 * 4)));
  return ck_check_constant(instruction, 3, ck_multiply(panels, 16 * 4));
}

ck_fault ck_check_side_arrays_s16(const ck_instruction *instruction, const uint8_t *const *constants, uint32_t groups, uint32_t channels) {
  const uint64_t padded = ck_round_up(channels, 16);
  for (uint64_t i = 0; i < groups * padded; i++) {
    const float scale = ck_load_f32(constants[3] + 4 * i);
    const int64_t bias = ck_load_s64(constants[1] + 8 * i);
    const bool is_padding = i % padded >= channels;
    if (!ck_is_scale(scale) && !(scale == 0.0f && is_padding)) return ck_fail(CK_BAD_CONSTANT, (uint16_t)(CK_AT(constant) + 16 * 3));
    if (bias < -CK_S16_MAX_BIAS || bias > CK_S16_MAX_BIAS) return ck_fail(CK_BAD_CONSTANT, (uint16_t)(CK_AT(constant) + 16 * 1));
  }
  (void)instruction;
  return ck_pass();
}
