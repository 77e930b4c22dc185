/* CKernels.h - umbrella of the kernels, the operators and the records of the .swl format. */
#ifndef CKERNELS_H
#define CKERNELS_H

#include "ck/codec.h"
#include "ck/format.h"
#include "ck/isa.h"
#include "ck/operator.h"
#include "ck/parameters.h"

#endif
