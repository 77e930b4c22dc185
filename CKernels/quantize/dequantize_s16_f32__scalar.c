#include "dequantize_s16_f32.h"

enum ck_status ck_dequantize_s16_f32__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_quantize_parameters, p, bound->instruction);
  const ck_elements elements = ck_elements_of(range, p.count);
  for (size_t i = elements.begin; i < elements.end; i++) {
    ck_store_f32(bound->operand[1] + 4 * i, (float)ck_load_s16(bound->operand[0] + 2 * i) * p.scale);
  }
  return CK_OK;
}
