#include "../isa/ck_fp.h"

#include "quantize_f32_s8.h"

enum ck_status ck_quantize_f32_s8__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_quantize_parameters, p, bound->instruction);
  for (size_t i = 16 * (size_t)range.panel_begin; i < 16 * (size_t)range.panel_end && i < p.count; i++) {
    const float value = ck_load_f32(bound->operand[0] + 4 * i) * p.scale;
    bound->operand[1][i] = (uint8_t)ck_quantize_s8(value, p.zero_point, -128, 127) ^ bound->operand_xor[1];
  }
  return CK_OK;
}
