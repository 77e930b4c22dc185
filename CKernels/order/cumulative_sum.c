/* CUMULATIVE_SUM - running sums along the middle axis (ck/parameters.h: ck_cumulative_sum_parameters). Rows are outer indices, panels 16 inner
 * ones; sums run one element after the other. */
#include "../isa/ck_fp.h"

#include "../integer/ck_integer.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, 0, sizeof(ck_cumulative_sum_parameters)}));
  CK_PARAMETERS(ck_cumulative_sum_parameters, p, instruction);
  CK_REQUIRE(p.outer > 0, CK_BAD_PARAMETER, ck_cumulative_sum_parameters, outer);
  CK_REQUIRE(p.axis > 0, CK_BAD_PARAMETER, ck_cumulative_sum_parameters, axis);
  CK_REQUIRE(p.inner > 0, CK_BAD_PARAMETER, ck_cumulative_sum_parameters, inner);
  CK_REQUIRE(p.is_exclusive <= 1, CK_BAD_PARAMETER, ck_cumulative_sum_parameters, is_exclusive);
  CK_REQUIRE(p.is_reverse <= 1, CK_BAD_PARAMETER, ck_cumulative_sum_parameters, is_reverse);
  CK_REQUIRE(p.type == CK_DTYPE_F32 || ck_is_integer_type(p.type), CK_BAD_PARAMETER, ck_cumulative_sum_parameters, type);
  const enum ck_dtype dtype = p.type == CK_DTYPE_F32 ? CK_DTYPE_F32 : CK_DTYPE_S32;
  const uint64_t bytes = ck_multiply4(p.outer, p.axis, p.inner, 4);
  CK_TRY(ck_check_operand(instruction, operands, 0, dtype, bytes));
  CK_TRY(ck_check_operand(instruction, operands, 1, dtype, bytes));
  return ck_check_scratch(instruction, 0);
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_cumulative_sum_parameters, p, bound->instruction);
  const uint8_t *from = bound->operand[0];
  uint8_t *to = bound->operand[1];
  for (size_t o = range.row_begin; o < range.row_end; o++) {
    for (size_t i = 16 * (size_t)range.panel_begin; i < 16 * (size_t)range.panel_end && i < p.inner; i++) {
      float sum = 0.0f;
      uint32_t total = 0;
      for (size_t j = 0; j < p.axis; j++) {
        const size_t at = (o * p.axis + (p.is_reverse ? p.axis - 1 - j : j)) * p.inner + i;
        if (p.type == CK_DTYPE_F32) {
          const float before = sum;
          sum += ck_load_f32(from + 4 * at);
          ck_store_f32(to + 4 * at, p.is_exclusive ? before : sum);
        } else {
          const uint32_t before = total;
          total += (uint32_t)ck_s32_at(from, at);
          ck_s32_set(to, at, ck_wrap_s32(p.is_exclusive ? before : total, p.type));
        }
      }
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_cumulative_sum_parameters, p, instruction);
  bound->rows = p.outer;
  bound->panels = (uint32_t)ck_ceil_divide(p.inner, 16);
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

const ck_operator ck_operator_cumulative_sum = {
    CK_OP_CUMULATIVE_SUM, "cumulative_sum", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
