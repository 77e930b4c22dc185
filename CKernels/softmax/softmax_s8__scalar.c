#include "../isa/ck_fp.h"

#include "softmax_s8.h"

enum ck_status ck_softmax_s8__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_softmax_parameters, p, bound->instruction);
  const uint8_t *exponent = bound->constant[0], in_xor = bound->operand_xor[0], out_xor = bound->operand_xor[1];
  if (range.panel_begin == range.panel_end) return CK_OK;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *x = bound->operand[0] + row * p.columns;
    uint8_t *output = bound->operand[1] + row * p.columns;
    int32_t largest = -128;
    for (size_t c = 0; c < p.columns; c++) {
      const int32_t value = (int8_t)(x[c] ^ in_xor);
      largest = value > largest ? value : largest;
    }
    float sums[16] = {0};
    for (size_t c = 0; c < p.columns; c++) sums[c % 16] += ck_load_f32(exponent + 4 * (largest - (int8_t)(x[c] ^ in_xor)));
    for (size_t half = 8; half > 0; half /= 2) {
      for (size_t i = 0; i < half; i++) sums[i] += sums[i + half];
    }
    const float scale = p.output_scale_inverse / sums[0];
    for (size_t c = 0; c < p.columns; c++) {
      const float value = ck_load_f32(exponent + 4 * (largest - (int8_t)(x[c] ^ in_xor))) * scale;
      output[c] = (uint8_t)ck_quantize_s8(value, p.output_zero_point, -128, 127) ^ out_xor;
    }
  }
  return CK_OK;
}
