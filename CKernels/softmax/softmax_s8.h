/* softmax/softmax_s8.h - softmax over the last axis of [rows, columns] through a table of exponentials (ck/parameters.h:
 * ck_softmax_parameters). One panel; each row is summed before its first element is written, so that it works in place. */
#ifndef CK_SOFTMAX_S8_H
#define CK_SOFTMAX_S8_H

#include "../check/ck_check.h"
#include "../isa/ck_target.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "softmax_s8.inc"
#undef CK_KERNEL

#endif
