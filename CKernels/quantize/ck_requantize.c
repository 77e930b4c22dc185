#include "ck_requantize.h"

#define AT(field) ((uint16_t)(CK_AT(parameters) + at + offsetof(ck_quantization, field)))

#define ADD_AT(field) ((uint16_t)(CK_AT(parameters) + at + sizeof(ck_quantization) + offsetof(ck_add_parameters, field)))
static bool is_add_scale(float scale) { return scale > 0.0f && scale < CK_ADD_LARGEST_SCALE; }
static ck_fault check_add(const ck_instruction *instruction, size_t at) {
  const ck_add_parameters add = ck_add_at(instruction, at);
  const ck_quantization q = ck_quantization_at(instruction, at);
  if (q.output_min > q.output_zero_point) return ck_fail(CK_BAD_PARAMETER, AT(output_min));
  if (q.output_max < q.output_zero_point) return ck_fail(CK_BAD_PARAMETER, AT(output_max));
  if (!is_add_scale(add.layer_scale)) return ck_fail(CK_BAD_PARAMETER, ADD_AT(layer_scale));
  if (!is_add_scale(add.residual_scale)) return ck_fail(CK_BAD_PARAMETER, ADD_AT(residual_scale));
  if (!ck_is_s8(add.residual_zero_point)) return ck_fail(CK_BAD_PARAMETER, ADD_AT(residual_zero_point));
  if (!ck_is_s8(add.sum_zero_point)) return ck_fail(CK_BAD_PARAMETER, ADD_AT(sum_zero_point));
  if (!ck_is_s8(add.sum_min)) return ck_fail(CK_BAD_PARAMETER, ADD_AT(sum_min));
  if (!ck_is_s8(add.sum_max) || add.sum_min > add.sum_max) return ck_fail(CK_BAD_PARAMETER, ADD_AT(sum_max));
  return ck_pass();
}

ck_fault ck_check_quantization(const ck_instruction *instruction, size_t at) {
  const ck_quantization q = ck_quantization_at(instruction, at);
  if (!ck_is_s8(q.input_zero_point)) return ck_fail(CK_BAD_PARAMETER, AT(input_zero_point));
  if (!ck_is_s8(q.weight_zero_point)) return ck_fail(CK_BAD_PARAMETER, AT(weight_zero_point));
  if (instruction->flags & CK_FLAG_F32_OUTPUT) {
    return ck_is_clamp(q.float_min, q.float_max) ? ck_pass() : ck_fail(CK_BAD_PARAMETER, AT(float_min));
  }
  if (!ck_is_s8(q.output_zero_point)) return ck_fail(CK_BAD_PARAMETER, AT(output_zero_point));
  if (!ck_is_s8(q.output_min)) return ck_fail(CK_BAD_PARAMETER, AT(output_min));
  if (!ck_is_s8(q.output_max) || q.output_min > q.output_max) return ck_fail(CK_BAD_PARAMETER, AT(output_max));
  return instruction->flags & CK_FLAG_ADD ? check_add(instruction, at) : ck_pass();
}

ck_fault ck_check_weighted_operands(
    const ck_instruction *instruction, const ck_tensor *const *operands, uint64_t inputs, uint64_t outputs) {
  const bool f32 = (instruction->flags & CK_FLAG_F32_OUTPUT) != 0;
  const bool adds = (instruction->flags & CK_FLAG_ADD) != 0;
  if (f32 && adds) return ck_fail(CK_BAD_FLAGS, CK_AT(flags));
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_S8, inputs));
  if (adds) {
    CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_S8, outputs));
    if (operands[1]->storage != CK_STORAGE_ARENA) return ck_fail(CK_BAD_OPERANDS, CK_AT(operand) + 4); /* kernels read it in the arena's domain */
  }
  return ck_check_operand(instruction, operands, adds ? 2 : 1, f32 ? CK_DTYPE_F32 : CK_DTYPE_S8, ck_multiply(outputs, f32 ? 4 : 1));
}

ck_fault ck_check_weighted_constants(const ck_instruction *instruction, uint64_t weight_bytes, uint64_t panels) {
  CK_TRY(ck_check_constant(instruction, 0, weight_bytes));
  for (unsigned i = 1; i < 4; i++) CK_TRY(ck_check_constant(instruction, i, ck_multiply(panels, 16 * 4)));
  return ck_pass();
}

ck_fault ck_check_scales(const ck_instruction *instruction, const uint8_t *const *constants, uint32_t groups, uint32_t channels) {
  const bool large = (instruction->flags & (CK_FLAG_LARGE_SCALE | CK_FLAG_F32_OUTPUT)) != 0;
  const uint64_t padded = ck_round_up(channels, 16);
  for (uint64_t i = 0; i < groups * padded; i++) {
    const float scale = ck_load_f32(constants[3] + 4 * i);
    const bool in_range = ck_is_scale(scale) && (large || scale < 1.0f);
    if (!in_range && !(scale == 0.0f && i % padded >= channels)) return ck_fail(CK_BAD_CONSTANT, (uint16_t)(CK_AT(constant) + 16 * 3));
  }
  return ck_pass();
}

uint32_t ck_weighted_traits(const ck_instruction *instruction, size_t at, uint8_t input_xor) {
  uint32_t traits = 0;
  if (ck_quantization_at(instruction, at).weight_zero_point != 0) traits |= CK_TRAIT_WEIGHT_ZERO_POINT;
  if (instruction->flags & CK_FLAG_FULL_RANGE) traits |= CK_TRAIT_FULL_RANGE;
  if (instruction->flags & CK_FLAG_LARGE_SCALE) traits |= CK_TRAIT_LARGE_SCALE;
  if (instruction->flags & CK_FLAG_F32_OUTPUT) traits |= CK_TRAIT_F32_OUTPUT;
  if (instruction->flags & CK_FLAG_ADD) traits |= CK_TRAIT_ADD;
  if (input_xor != CK_ARENA_XOR) traits |= CK_TRAIT_CONSTANT_INPUT;
  return traits;
}
