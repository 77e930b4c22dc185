#include "reduce_s16.h"

/* The integer that `scale` then multiplies. */
static int64_t reduce(const ck_reduce_parameters *p, const uint8_t *x) {
  int64_t result = p->kind == CK_REDUCE_MAX ? -32768 : p->kind == CK_REDUCE_MIN ? 32767 : 0;
  for (size_t a = 0; a < p->axis; a++) {
    const int32_t value = ck_load_s16(x + 2 * a * p->inner);
    if (p->kind == CK_REDUCE_MAX) result = value > result ? value : result;
    else if (p->kind == CK_REDUCE_MIN) result = value < result ? value : result;
    else result += value;
  }
  return result;
}

enum ck_status ck_reduce_s16__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_reduce_parameters, p, bound->instruction);
  const ck_levels levels = CK_LEVELS_OF(bound, 1, p);
  const ck_elements inner = ck_elements_of(range, p.inner);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *slab = bound->operand[0] + 2 * row * p.axis * p.inner;
    for (size_t i = inner.begin; i < inner.end; i++) {
      ck_store_level(&levels, row * p.inner + i, ck_float_s64(reduce(&p, slab + 2 * i)) * p.scale);
    }
  }
  return CK_OK;
}
