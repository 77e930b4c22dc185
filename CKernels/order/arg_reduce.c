/* ARG_REDUCE - the place of the largest or smallest along the middle axis (ck/parameters.h: ck_arg_reduce_parameters). Rows are outer indices,
 * panels 16 inner ones. */
#include "ck_order.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, 0, sizeof(ck_arg_reduce_parameters)}));
  CK_PARAMETERS(ck_arg_reduce_parameters, p, instruction);
  CK_REQUIRE(p.kind <= CK_ARG_MIN, CK_BAD_PARAMETER, ck_arg_reduce_parameters, kind);
  CK_REQUIRE(p.outer > 0, CK_BAD_PARAMETER, ck_arg_reduce_parameters, outer);
  CK_REQUIRE(p.axis > 0 && p.axis <= INT32_MAX, CK_BAD_PARAMETER, ck_arg_reduce_parameters, axis);
  CK_REQUIRE(p.inner > 0, CK_BAD_PARAMETER, ck_arg_reduce_parameters, inner);
  CK_REQUIRE(p.takes_last <= 1, CK_BAD_PARAMETER, ck_arg_reduce_parameters, takes_last);
  CK_REQUIRE(ck_is_ordered_type(p.type), CK_BAD_PARAMETER, ck_arg_reduce_parameters, type);
  const uint64_t bytes = ck_multiply4(p.outer, p.axis, p.inner, ck_dtype_bytes((uint8_t)p.type));
  CK_TRY(ck_check_operand(instruction, operands, 0, (enum ck_dtype)p.type, bytes));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_S32, ck_multiply3(p.outer, p.inner, 4)));
  return ck_check_scratch(instruction, 0);
}

/* A minimum takes a NaN too. */
static bool replaces(const ck_arg_reduce_parameters *p, const uint8_t *values, size_t candidate, size_t best, uint8_t xor) {
  const int order = ck_order(values, candidate, best, p->type, xor);
  if (order == 0) return p->takes_last != 0;
  if (p->kind == CK_ARG_MIN && p->type == CK_DTYPE_F32) {
    const float a = ck_load_f32(values + 4 * candidate), b = ck_load_f32(values + 4 * best);
    if (a != a || b != b) return a != a;
  }
  return p->kind == CK_ARG_MAX ? order > 0 : order < 0;
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_arg_reduce_parameters, p, bound->instruction);
  for (size_t o = range.row_begin; o < range.row_end; o++) {
    for (size_t i = 16 * (size_t)range.panel_begin; i < 16 * (size_t)range.panel_end && i < p.inner; i++) {
      const size_t first = o * p.axis * p.inner + i;
      size_t best = 0;
      for (size_t j = 1; j < p.axis; j++) {
        if (replaces(&p, bound->operand[0], first + j * p.inner, first + best * p.inner, bound->operand_xor[0])) best = j;
      }
      ck_s32_set(bound->operand[1], o * p.inner + i, (int32_t)best);
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_arg_reduce_parameters, p, instruction);
  bound->rows = p.outer;
  bound->panels = (uint32_t)ck_ceil_divide(p.inner, 16);
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

const ck_operator ck_operator_arg_reduce = {CK_OP_ARG_REDUCE, "arg_reduce", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
