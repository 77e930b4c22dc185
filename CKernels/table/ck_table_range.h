/* table/ck_table_range.h - what the kernels of TABLE_S8 make of a bound instruction. */
#ifndef CK_TABLE_RANGE_H
#define CK_TABLE_RANGE_H

#include "table_s8.h"

/* output[i] = table[input[i] ^ in_xor] ^ out_xor for begin <= i < end. */
typedef struct ck_table_range {
  const uint8_t *table, *input;
  uint8_t *output;
  size_t begin, end;
  uint8_t in_xor, out_xor;
} ck_table_range;

static inline ck_table_range ck_table_range_of(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_table_parameters, p, bound->instruction);
  const size_t begin = 16 * (size_t)range.panel_begin, end = 16 * (size_t)range.panel_end;
  /* input + 128 is the byte with its top bit flipped. */
  return (ck_table_range){bound->constant[0], bound->operand[0], bound->operand[1], begin, end < p.count ? end : p.count,
                          bound->operand_xor[0] ^ 0x80, bound->operand_xor[1]};
}

/* One element after the other from `i` on: the whole of the scalar kernel, and the others' last elements. */
static inline void ck_table_rest(const ck_table_range *r, size_t i) {
  for (; i < r->end; i++) r->output[i] = r->table[r->input[i] ^ r->in_xor] ^ r->out_xor;
}

#endif
