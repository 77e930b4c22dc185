/* allocations.h - counts heap allocations of one thread. */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stddef.h>

/* Starts counting the calling thread's calls of malloc, calloc, realloc and the aligned forms, from any library. */
void allocations_start(void);
/* Stops, and gives the count; SIZE_MAX where this platform cannot count. */
size_t allocations_stop(void);

#endif
