#include "prelu_s8.h"

enum ck_status ck_prelu_s8__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_prelu_parameters, p, bound->instruction);
  const size_t length = ck_prelu_length(&p), end = 16 * (size_t)range.panel_end < length ? 16 * (size_t)range.panel_end : length;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    for (size_t i = 16 * (size_t)range.panel_begin; i < end; i++) {
      const size_t channel = p.inner == 1 ? i : row % p.channels;
      const int32_t value = (int8_t)(bound->operand[0][row * length + i] ^ bound->operand_xor[0]) - p.input_zero_point;
      const float factor = value >= 0 ? p.scale : ck_load_f32(bound->constant[0] + 4 * channel);
      const int32_t q = ck_quantize_s8((float)value * factor, p.output_zero_point, p.output_min, p.output_max);
      bound->operand[1][row * length + i] = (uint8_t)q ^ bound->operand_xor[1];
    }
  }
  return CK_OK;
}
