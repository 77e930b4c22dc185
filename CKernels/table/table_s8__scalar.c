#include "table_s8.h"

enum ck_status ck_table_s8__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_table_parameters, p, bound->instruction);
  /* input + 128 is the byte with its top bit flipped. */
  const uint8_t in_xor = bound->operand_xor[0] ^ 0x80, out_xor = bound->operand_xor[1];
  for (size_t i = 16 * (size_t)range.panel_begin; i < 16 * (size_t)range.panel_end && i < p.count; i++) {
    bound->operand[1][i] = bound->constant[0][bound->operand[0][i] ^ in_xor] ^ out_xor;
  }
  return CK_OK;
}
