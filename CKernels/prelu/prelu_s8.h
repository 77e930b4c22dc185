/* prelu/prelu_s8.h - max(x, 0) + slope * min(x, 0), one slope a channel (ck/parameters.h: ck_prelu_parameters). A block of 16 is read
 * before it is written. */
#ifndef CK_PRELU_S8_H
#define CK_PRELU_S8_H

#include "../isa/ck_target.h"
#include "ck_prelu.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "prelu_s8.inc"
#undef CK_KERNEL

#endif
