/* float/reduce_f32.c - REDUCE_F32: [outer, axis, inner] to [outer, inner]. Inner positions are 16 lanes that each run over the axis in
 * order; where inner is 1 the axis itself runs through 16 interleaved partial results. */
#include "ck_lanes.h"

#include "../check/ck_check.h"
#include "ck_f32.h"

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

static inline ck_f32x4 combine(uint32_t kind, ck_f32x4 a, ck_f32x4 b) {
  switch (kind) {
  case CK_REDUCE_MAX: return ck_f32x4_max(a, b);
  case CK_REDUCE_MIN: return ck_f32x4_min(a, b);
  case CK_REDUCE_PRODUCT: return a * b;
  default: return a + b;
  }
}
static inline float identity(uint32_t kind) {
  switch (kind) {
  case CK_REDUCE_MAX: return -__builtin_inff();
  case CK_REDUCE_MIN: return __builtin_inff();
  case CK_REDUCE_PRODUCT: return 1.0f;
  default: return 0.0f;
  }
}
static inline void combine_lanes(uint32_t kind, ck_lanes *result, const ck_lanes *x) {
  for (int v = 0; v < 4; v++) result->v[v] = combine(kind, result->v[v], x->v[v]);
}
static inline float join(uint32_t kind, const ck_lanes *lanes) {
  const ck_f32x4 quarter = combine(kind, combine(kind, lanes->v[0], lanes->v[2]), combine(kind, lanes->v[1], lanes->v[3]));
  const ck_f32x4 eighth = combine(kind, quarter, (ck_f32x4){quarter[2], quarter[3], quarter[2], quarter[3]});
  return combine(kind, eighth, ck_f32x4_splat(eighth[1]))[0];
}

static inline void reduce(const ck_reduce_parameters *p, const float *in, float *out, ck_range range, uint32_t kind) {
  const float divisor = kind == CK_REDUCE_MEAN ? (float)p->axis : 1.0f;
  const ck_span span = ck_panel_span(range, p->inner);
  for (size_t o = range.row_begin; o < range.row_end; o++) {
    const float *row = in + o * p->axis * p->inner;
    if (p->inner == 1) {
      ck_lanes result = ck_lanes_splat(identity(kind));
      for (size_t a = 0; a < p->axis; a += CK_LANES) {
        const ck_lanes x = ck_lanes_load_part(row + a, p->axis - a, identity(kind));
        combine_lanes(kind, &result, &x);
      }
      out[o] = join(kind, &result) / divisor;
      continue;
    }
    for (size_t i = span.begin; i < span.begin + span.count; i += CK_LANES) {
      const size_t count = span.begin + span.count - i;
      ck_lanes result = ck_lanes_splat(identity(kind));
      for (size_t a = 0; a < p->axis; a++) {
        const ck_lanes x = ck_lanes_load_part(row + a * p->inner + i, count, 0.0f);
        combine_lanes(kind, &result, &x);
      }
      for (int v = 0; v < 4; v++) result.v[v] /= ck_f32x4_splat(divisor);
      ck_lanes_store_part(out + o * p->inner + i, &result, count);
    }
  }
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  const ck_reduce_parameters *p = parameters(bound->instruction);
  const float *in = ck_f32_input(bound, 0);
  float *out = ck_f32_output(bound, 1);
  switch (p->kind) {
  case CK_REDUCE_MEAN: reduce(p, in, out, range, CK_REDUCE_MEAN); break;
  case CK_REDUCE_SUM: reduce(p, in, out, range, CK_REDUCE_SUM); break;
  case CK_REDUCE_MAX: reduce(p, in, out, range, CK_REDUCE_MAX); break;
  case CK_REDUCE_MIN: reduce(p, in, out, range, CK_REDUCE_MIN); break;
  default: reduce(p, in, out, range, CK_REDUCE_PRODUCT); break;
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  const ck_reduce_parameters *p = parameters(instruction);
  ck_bind_plain(bound, run, p->outer, ck_panel_count(p->inner));
}

/* In place: an output lies before or on the first of its own inputs, and rows and panels are finished in order. */
const ck_operator ck_operator_reduce_f32 = {
    CK_OP_REDUCE_F32, "reduce_f32", check, NULL, ck_no_scratch, ck_in_place, bind, NULL, 0,
};
