/* CTestSupport.h - what the tests need from C: guard pages and allocation counts. */
#ifndef CTEST_SUPPORT_H
#define CTEST_SUPPORT_H

#include "allocations.h"
#include "guarded.h"

#endif
