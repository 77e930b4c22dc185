/* pool/pool_s8.h - maximum or average over the taps of a window that lie inside the image (ck/parameters.h: ck_pool_parameters).
 *
 * Rows are output rows of all images, panels 16 channels. The input is read in place (CK_ROWS_DIRECT). */
#ifndef CK_POOL_S8_H
#define CK_POOL_S8_H

#include "../check/ck_window.h"
#include "../isa/ck_target.h"

enum ck_pool_traits { CK_TRAIT_POOL_MAX = 1, CK_TRAIT_POOL_AVERAGE = 2 };

#define CK_KERNEL CK_DECLARE_KERNEL
#include "pool_s8.inc"
#undef CK_KERNEL

#endif
