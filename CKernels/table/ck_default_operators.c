#include "ck/operator.h"

const ck_operator *const ck_default_operators[] = {
#define CK_OPCODE(number, NAME, name, parameters) &ck_operator_##name,
#include "ck/opcodes.inc"
#undef CK_OPCODE
    NULL,
};

const ck_operator *ck_find_operator(const ck_operator *const *table, uint16_t opcode) {
  while (*table != NULL && (*table)->opcode != opcode) table++;
  return *table;
}
