/* reduce/reduce_s8.h - mean, sum, maximum or minimum over the middle axis of [outer, axis, inner] (ck/parameters.h: ck_reduce_parameters).
 *
 * Rows are outer indices, panels 16 inner ones. A kernel reads all of an outer index's slab before it goes on to the next. */
#ifndef CK_REDUCE_S8_H
#define CK_REDUCE_S8_H

#include "../check/ck_check.h"
#include "../isa/ck_target.h"

enum ck_reduce_traits { CK_TRAIT_REDUCE_CONSTANT = 1 /* the input is not in the arena's domain */ };

#define CK_KERNEL CK_DECLARE_KERNEL
#include "reduce_s8.inc"
#undef CK_KERNEL

#endif
