#include "../isa/ck_fp.h"

#include "dequantize_s8_f32.h"

enum ck_status ck_dequantize_s8_f32__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_quantize_parameters, p, bound->instruction);
  for (size_t i = 16 * (size_t)range.panel_begin; i < 16 * (size_t)range.panel_end && i < p.count; i++) {
    const int32_t q = (int8_t)(bound->operand[0][i] ^ bound->operand_xor[0]);
    ck_store_f32(bound->operand[1] + 4 * i, (float)(q - p.zero_point) * p.scale);
  }
  return CK_OK;
}
