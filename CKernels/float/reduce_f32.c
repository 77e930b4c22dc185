/* float/reduce_f32.c - REDUCE_F32: [outer, axis, inner] to [outer, inner]. Inner positions are 16 lanes that each run over the axis in
 * order; where inner is 1 the axis itself runs through 16 interleaved partial results. */
#include "ck_lanes.h"

#include "../check/ck_check.h"
#include "ck_f32.h"

CK_F32_VARIANTS(reduce_f32)

static const ck_reduce_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_reduce_parameters *)instruction->parameters;
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, CK_FLAG_FAST_FLOAT, sizeof(ck_reduce_parameters)}));
  const ck_reduce_parameters *p = parameters(instruction);
  CK_REQUIRE(p->kind <= CK_REDUCE_PRODUCT, CK_BAD_PARAMETER, ck_reduce_parameters, kind);
  CK_REQUIRE(p->outer > 0, CK_BAD_PARAMETER, ck_reduce_parameters, outer);
  CK_REQUIRE(p->axis > 0, CK_BAD_PARAMETER, ck_reduce_parameters, axis);
  CK_REQUIRE(p->inner > 0, CK_BAD_PARAMETER, ck_reduce_parameters, inner);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply4(p->outer, p->axis, p->inner, 4)));
  return ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply3(p->outer, p->inner, 4));
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  const ck_reduce_parameters *p = parameters(instruction);
  ck_bind_f32(variants, isa, bound, p->outer, ck_panel_count(p->inner));
}

/* In place: an output lies before or on the first of its own inputs, and rows and panels are finished in order. */
const ck_operator ck_operator_reduce_f32 = {
    CK_OP_REDUCE_F32, "reduce_f32", check, NULL, ck_no_scratch, ck_in_place, bind, variants, CK_F32_VARIANT_COUNT,
};
