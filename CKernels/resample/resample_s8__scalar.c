#include "../isa/ck_fp.h"

#include "resample_s8.h"

enum ck_status ck_resample_s8__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_resample_parameters, p, bound->instruction);
  const int32_t *first = ck_resample_first(bound);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t j = row % p.out;
    const uint8_t *lines = bound->operand[0] + (row / p.out * p.in + (size_t)first[j]) * p.inner;
    const float *weights = ck_resample_weights(bound) + j * p.taps;
    uint8_t *output = bound->operand[1] + row * p.inner;
    for (size_t i = 16 * (size_t)range.panel_begin; i < 16 * (size_t)range.panel_end && i < p.inner; i++) {
      float sum = 0.0f;
      for (size_t t = 0; t < p.taps; t++) {
        const int32_t x = (int8_t)(lines[t * p.inner + i] ^ bound->operand_xor[0]) - p.input_zero_point;
        sum += weights[t] * (float)x;
      }
      output[i] = (uint8_t)ck_quantize_s8(sum, p.output_zero_point, p.output_min, p.output_max) ^ bound->operand_xor[1];
    }
  }
  return CK_OK;
}
