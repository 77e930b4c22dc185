/* float/normalize_f32.c - NORMALIZE_F32: layer, RMS, instance and group norm, L1 and L2 norm (ck/parameters.h: ck_normalize_parameters). */
#include "ck_lanes.h"

#include "../normalize/ck_normalize.h"
#include "ck_f32.h"

CK_F32_VARIANTS(normalize_f32)

static const ck_normalize_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_normalize_parameters *)instruction->parameters;
}

/* Of each channel its sum, which becomes the mean, and what its values are divided by. */
static uint64_t scratch(const ck_instruction *instruction) {
  const ck_normalize_parameters *p = parameters(instruction);
  return p->axis == 1 ? 0 : ck_multiply(ck_round_up(p->channels, CK_LANES), 8);
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  const uint8_t constants = instruction->constant_count == 0 ? 0 : 2;
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, constants, CK_FLAG_FAST_FLOAT, sizeof(ck_normalize_parameters)}));
  CK_TRY(ck_check_normalize(instruction, operands, CK_DTYPE_F32));
  CK_REQUIRE(
      ck_is_clamp(parameters(instruction)->float_min, parameters(instruction)->float_max), CK_BAD_PARAMETER, ck_normalize_parameters,
      float_min);
  return ck_check_scratch(instruction, scratch(instruction));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  ck_bind_f32(variants, isa, bound, parameters(instruction)->outer, 1);
}

const ck_operator ck_operator_normalize_f32 = {
    CK_OP_NORMALIZE_F32, "normalize_f32", check, NULL, scratch, ck_in_place, bind, variants, CK_F32_VARIANT_COUNT,
};
