#include "ck/operator.h"

const ck_operator *ck_find_operator(const ck_operator *const *table, uint16_t opcode) {
  for (; *table != NULL; table++) {
    if ((*table)->opcode == opcode) return *table;
  }
  return NULL;
}
