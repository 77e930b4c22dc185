/* In a file of its own: a firmware that gives a shorter table does not link this one, nor the operators it lacks. */
#include "ck/operator.h"

const ck_operator *const ck_default_operators[] = {
#define CK_OPCODE(number, NAME, name, parameters) &ck_operator_##name,
#include "ck/opcodes.inc"
#undef CK_OPCODE
    NULL,
};
