#include "../isa/ck_fp.h"

#include "matmul_s8.h"

enum ck_status ck_matmul_s8__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_matmul_parameters, p, bound->instruction);
  const bool f32 = (bound->instruction->flags & CK_FLAG_F32_OUTPUT) != 0;
  const uint8_t a_xor = bound->operand_xor[0], b_xor = bound->operand_xor[1];
  const size_t begin = 16 * (size_t)range.panel_begin, end = 16 * (size_t)range.panel_end < p.n ? 16 * (size_t)range.panel_end : p.n;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const ck_matmul_place place = ck_matmul_place_of(&p, row / p.m);
    const uint8_t *a = bound->operand[0] + place.a + row % p.m * p.a_row_stride;
    for (size_t n = begin; n < end; n++) {
      const uint8_t *b = bound->operand[1] + place.b + n * p.b_column_stride;
      uint32_t sum = 0;
      for (size_t k = 0; k < p.k; k++) {
        const int32_t left = (int8_t)(a[k * p.a_depth_stride] ^ a_xor) - p.a_zero_point;
        const int32_t right = (int8_t)(b[k * p.b_depth_stride] ^ b_xor) - p.b_zero_point;
        sum += (uint32_t)(left * right);
      }
      const float value = (float)(int32_t)sum * p.scale;
      const size_t at = place.output + row % p.m * p.output_row_stride + n;
      if (f32) {
        ck_store_f32(bound->operand[2] + 4 * at, ck_clamp_f32(value, p.float_min, p.float_max));
      } else {
        const int32_t q = ck_quantize_s8(value, p.output_zero_point, p.output_min, p.output_max);
        bound->operand[2][at] = (uint8_t)q ^ bound->operand_xor[2];
      }
    }
  }
  return CK_OK;
}
