/* float/softmax_f32.c - SOFTMAX_F32: exp(x - largest) / sum, row by row; the sum in 16 interleaved partial sums. A row that holds NaN or
 * +infinity, or -infinity alone, becomes NaN. */
#include "ck_lanes.h"

#include "../check/ck_check.h"
#include "ck_f32.h"

CK_F32_VARIANTS(softmax_f32)

static const ck_softmax_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_softmax_parameters *)instruction->parameters;
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, CK_FLAG_FAST_FLOAT, sizeof(ck_softmax_parameters)}));
  const ck_softmax_parameters *p = parameters(instruction);
  CK_REQUIRE(p->rows > 0, CK_BAD_PARAMETER, ck_softmax_parameters, rows);
  CK_REQUIRE(p->columns > 0, CK_BAD_PARAMETER, ck_softmax_parameters, columns);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply3(p->rows, p->columns, 4)));
  return ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply3(p->rows, p->columns, 4));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  ck_bind_f32(variants, isa, bound, parameters(instruction)->rows, 1);
}

const ck_operator ck_operator_softmax_f32 = {
    CK_OP_SOFTMAX_F32, "softmax_f32", check, NULL, ck_no_scratch, ck_in_place, bind, variants, CK_F32_VARIANT_COUNT,
};
