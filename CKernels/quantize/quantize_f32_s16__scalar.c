#include "quantize_f32_s16.h"

enum ck_status ck_quantize_f32_s16__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_quantize_parameters, p, bound->instruction);
  const ck_levels levels = {bound->operand[1], false, 0, 0, -32768, 32767};
  const ck_elements elements = ck_elements_of(range, p.count);
  for (size_t i = elements.begin; i < elements.end; i++) ck_store_level(&levels, i, ck_load_f32(bound->operand[0] + 4 * i) * p.scale);
  return CK_OK;
}
