#include "../isa/ck_fp.h"

#include "binary_s8.h"

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

/* Offset of a row's first element. */
static size_t row_offset(const ck_binary_parameters *p, const uint32_t *stride, size_t row) {
  size_t offset = 0;
  for (unsigned i = ck_binary_last(p); i-- > 0; row /= p->dims[i]) offset += row % p->dims[i] * stride[i];
  return offset;
}

enum ck_status ck_binary_s8__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_binary_parameters, p, bound->instruction);
  const unsigned last = ck_binary_last(&p);
  const size_t columns = p.dims[last];
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *a = bound->operand[0] + row_offset(&p, p.a_stride, row), *b = bound->operand[1] + row_offset(&p, p.b_stride, row);
    uint8_t *output = bound->operand[2] + row * columns;
    for (size_t i = 16 * (size_t)range.panel_begin; i < 16 * (size_t)range.panel_end && i < columns; i++) {
      const int32_t x = (int8_t)(a[i * p.a_stride[last]] ^ bound->operand_xor[0]) - p.a_zero_point;
      const int32_t y = (int8_t)(b[i * p.b_stride[last]] ^ bound->operand_xor[1]) - p.b_zero_point;
      const int32_t q = ck_quantize_s8(combine(&p, x, y), p.output_zero_point, p.output_min, p.output_max);
      output[i] = (uint8_t)q ^ bound->operand_xor[2];
    }
  }
  return CK_OK;
}
