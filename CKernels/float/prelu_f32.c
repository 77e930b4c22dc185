/* float/prelu_f32.c - PRELU_F32: x < 0 ? slope * x : x, one slope a channel (ck/parameters.h: ck_prelu_parameters). */
#include "ck_lanes.h"

#include "../prelu/ck_prelu.h"
#include "ck_f32.h"

CK_F32_VARIANTS(prelu_f32)

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 1, CK_FLAG_FAST_FLOAT, sizeof(ck_prelu_parameters)}));
  CK_PARAMETERS(ck_prelu_parameters, p, instruction);
  CK_REQUIRE(ck_is_clamp(p.float_min, p.float_max), CK_BAD_PARAMETER, ck_prelu_parameters, float_min);
  return ck_check_prelu(instruction, operands, CK_DTYPE_F32);
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  const ck_prelu_parameters *p = (const ck_prelu_parameters *)instruction->parameters;
  ck_bind_f32(variants, isa, bound, ck_prelu_rows(p), ck_panel_count(ck_prelu_length(p)));
}

const ck_operator ck_operator_prelu_f32 = {
    CK_OP_PRELU_F32, "prelu_f32", check, NULL, ck_no_scratch, ck_in_place, bind, variants, CK_F32_VARIANT_COUNT,
};
