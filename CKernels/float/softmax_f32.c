/* float/softmax_f32.c - SOFTMAX_F32: exp(x - largest) / sum, row by row; the sum in 16 interleaved partial sums. A row that holds NaN or
 * +infinity, or -infinity alone, becomes NaN. */
#include "ck_lanes.h"

#include "../check/ck_check.h"
#include "ck_f32.h"
#include "ck_math.h"

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

static float largest(const float *x, size_t count) {
  ck_lanes lanes = ck_lanes_splat(-__builtin_inff());
  for (size_t i = 0; i < count; i += CK_LANES) {
    const ck_lanes y = ck_lanes_load_part(x + i, count - i, -__builtin_inff());
    for (int v = 0; v < 4; v++) lanes.v[v] = ck_f32x4_max(lanes.v[v], y.v[v]);
  }
  const ck_f32x4 quarter = ck_f32x4_max(ck_f32x4_max(lanes.v[0], lanes.v[2]), ck_f32x4_max(lanes.v[1], lanes.v[3]));
  const ck_f32x4 eighth = ck_f32x4_max(quarter, (ck_f32x4){quarter[2], quarter[3], quarter[2], quarter[3]});
  return ck_f32x4_max(eighth, ck_f32x4_splat(eighth[1]))[0];
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  const ck_softmax_parameters *p = parameters(bound->instruction);
  const size_t columns = p->columns;
  for (size_t r = range.row_begin; r < range.row_end; r++) {
    const float *in = ck_f32_input(bound, 0) + r * columns;
    float *out = ck_f32_output(bound, 1) + r * columns, lane[CK_LANES];
    const float top = largest(in, columns);
    ck_lanes sum = ck_lanes_splat(0.0f);
    for (size_t i = 0; i < columns; i += CK_LANES) {
      const ck_lanes x = ck_lanes_load_part(in + i, columns - i, -__builtin_inff());
      ck_lanes_store(lane, &x);
      for (size_t j = 0; j < CK_LANES; j++) lane[j] = ck_exp_f32(lane[j] - top);
      const ck_lanes e = ck_lanes_load(lane);
      ck_lanes_add(&sum, &e);
      ck_lanes_store_part(out + i, &e, columns - i);
    }
    const ck_f32x4 total = ck_f32x4_splat(ck_lanes_sum(&sum));
    for (size_t i = 0; i < columns; i += CK_LANES) {
      ck_lanes e = ck_lanes_load_part(out + i, columns - i, 0.0f);
      for (int v = 0; v < 4; v++) e.v[v] /= total;
      ck_lanes_store_part(out + i, &e, columns - i);
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  ck_bind_plain(bound, run, parameters(instruction)->rows, 1);
}

const ck_operator ck_operator_softmax_f32 = {
    CK_OP_SOFTMAX_F32, "softmax_f32", check, NULL, ck_no_scratch, ck_in_place, bind, NULL, 0,
};
