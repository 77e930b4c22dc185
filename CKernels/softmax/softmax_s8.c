#include "../isa/ck_fp.h"

#include "softmax_s8.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "softmax_s8.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 1, 0, sizeof(ck_softmax_parameters)}));
  CK_PARAMETERS(ck_softmax_parameters, p, instruction);
  CK_REQUIRE(p.rows > 0, CK_BAD_PARAMETER, ck_softmax_parameters, rows);
  CK_REQUIRE(p.columns > 0, CK_BAD_PARAMETER, ck_softmax_parameters, columns);
  CK_REQUIRE(ck_is_scale(p.output_scale_inverse), CK_BAD_PARAMETER, ck_softmax_parameters, output_scale_inverse);
  CK_REQUIRE(ck_is_s8(p.output_zero_point), CK_BAD_PARAMETER, ck_softmax_parameters, output_zero_point);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_S8, ck_multiply(p.rows, p.columns)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_S8, ck_multiply(p.rows, p.columns)));
  CK_TRY(ck_check_constant(instruction, 0, 256 * 4));
  return ck_check_scratch(instruction, 0);
}

/* exponent[0] = exp(0) keeps every sum at 1 or more. */
static ck_fault check_constants(const ck_instruction *instruction, const uint8_t *const *constants) {
  (void)instruction;
  for (size_t d = 0; d < 256; d++) {
    const float exponent = ck_load_f32(constants[0] + 4 * d);
    if (!(exponent >= 0.0f && exponent <= 1.0f) || (d == 0 && exponent != 1.0f)) return ck_fail(CK_BAD_CONSTANT, CK_AT(constant));
  }
  return ck_pass();
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_softmax_parameters, p, instruction);
  bound->rows = p.rows;
  bound->panels = 1;
  /* A row shorter than a block gains nothing from vectors. */
  ck_bind_variant(variants, variant_count, p.columns < 16 ? CK_ISA_SCALAR : isa, 0, bound);
}

/* A row is read again while it is written, each element just before its own place. */
const ck_operator ck_operator_softmax_s8 = {
    CK_OP_SOFTMAX_S8, "softmax_s8", check, check_constants, ck_no_scratch, ck_in_place, bind, variants, variant_count};
