/* reduce/reduce_s16.h - mean, sum, maximum or minimum over the middle axis of [outer, axis, inner], s16 (ck/parameters.h: ck_reduce_parameters).
 *
 * Rows are outer indices, panels 16 inner ones. A kernel reads all of an outer index's slab before it goes on to the next. */
#ifndef CK_REDUCE_S16_H
#define CK_REDUCE_S16_H

#include "../isa/ck_target.h"
#include "../quantize/ck_s16.h"

enum ck_reduce_s16_traits { CK_TRAIT_WORDS_SUM = 1, CK_TRAIT_WORDS_EXTREME = 2 };

#define CK_KERNEL CK_DECLARE_KERNEL
#include "reduce_s16.inc"
#undef CK_KERNEL

#endif
