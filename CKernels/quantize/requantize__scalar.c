#include "requantize.h"

enum ck_status ck_requantize__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_requantize_parameters, p, bound->instruction);
  const ck_levels levels = ck_requantized_levels(bound, &p);
  const ck_elements elements = ck_elements_of(range, p.count);
  for (size_t i = elements.begin; i < elements.end; i++) {
    const int32_t x =
        p.from == CK_DTYPE_S8 ? (int8_t)(bound->operand[0][i] ^ bound->operand_xor[0]) : ck_load_s16(bound->operand[0] + 2 * i);
    ck_store_level(&levels, i, (float)(x - p.input_zero_point) * p.scale);
  }
  return CK_OK;
}
