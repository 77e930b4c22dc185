#include "binary_s16.h"

/* The real result in output steps, before rounding. */
static float combine(const ck_binary_parameters *p, int32_t a, int32_t b) {
  const float x = (float)a * p->a_scale, y = (float)b * p->b_scale;
  switch (p->kind) {
  case CK_BINARY_ADD: return x + y;
  case CK_BINARY_SUBTRACT: return x - y;
  case CK_BINARY_MAXIMUM: return x > y ? x : y;
  case CK_BINARY_MINIMUM: return x < y ? x : y;
  case CK_BINARY_MULTIPLY: return (float)(a * b) * p->a_scale;
  default: break;
  }
  if (b == 0) return a == 0 ? 0.0f : a > 0 ? 0x1p127f : -0x1p127f; /* an infinity that the clamp closes */
  return (float)a / (float)b * p->a_scale;
}

enum ck_status ck_binary_s16__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_binary_parameters, p, bound->instruction);
  const ck_levels levels = CK_LEVELS_OF(bound, 2, p);
  const unsigned last = p.rank - 1;
  const ck_elements columns = ck_elements_of(range, p.dims[last]);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *a = bound->operand[0] + 2 * ck_walk_row(p.rank, p.dims, p.a_stride, row);
    const uint8_t *b = bound->operand[1] + 2 * ck_walk_row(p.rank, p.dims, p.b_stride, row);
    for (size_t i = columns.begin; i < columns.end; i++) {
      const int32_t x = ck_load_s16(a + 2 * i * p.a_stride[last]), y = ck_load_s16(b + 2 * i * p.b_stride[last]);
      ck_store_level(&levels, row * p.dims[last] + i, combine(&p, x, y));
    }
  }
  return CK_OK;
}
