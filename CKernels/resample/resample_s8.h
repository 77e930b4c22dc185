/* resample/resample_s8.h - weighted sums along one axis, requantized. */
#ifndef CK_RESAMPLE_S8_H
#define CK_RESAMPLE_S8_H

#include "ck_resample.h"

#define CK_KERNEL CK_DECLARE_KERNEL
#include "resample_s8.inc"
#undef CK_KERNEL

#endif
