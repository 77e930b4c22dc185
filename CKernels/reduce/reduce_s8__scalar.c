#include "../isa/ck_fp.h"

#include "reduce_s8.h"

/* The integer that `scale` then multiplies. */
static int32_t reduce(const ck_reduce_parameters *p, const uint8_t *x, uint8_t xor) {
  int32_t result = p->kind == CK_REDUCE_MAX ? -128 - p->input_zero_point : p->kind == CK_REDUCE_MIN ? 127 - p->input_zero_point : 0;
  for (size_t a = 0; a < p->axis; a++) {
    const int32_t value = (int8_t)(x[a * p->inner] ^ xor) - p->input_zero_point;
    if (p->kind == CK_REDUCE_MAX) result = value > result ? value : result;
    else if (p->kind == CK_REDUCE_MIN) result = value < result ? value : result;
    else result += value;
  }
  return result;
}

enum ck_status ck_reduce_s8__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_reduce_parameters, p, bound->instruction);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *slab = bound->operand[0] + row * p.axis * p.inner;
    uint8_t *output = bound->operand[1] + row * p.inner;
    for (size_t i = 16 * (size_t)range.panel_begin; i < 16 * (size_t)range.panel_end && i < p.inner; i++) {
      const float value = (float)reduce(&p, slab + i, bound->operand_xor[0]) * p.scale;
      output[i] = (uint8_t)ck_quantize_s8(value, p.output_zero_point, p.output_min, p.output_max) ^ bound->operand_xor[1];
    }
  }
  return CK_OK;
}
