/* allocations.h - counts heap allocations of one thread, or of all that bear a name. */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stddef.h>

/* Starts counting the calling thread's calls of malloc, calloc, realloc and the aligned forms, from any library. */
void allocations_start(void);
/* Stops, and gives the count; SIZE_MAX where this platform cannot count. */
size_t allocations_stop(void);
/* Keeps OpenBLAS, where it is linked, to the calling thread: its threaded products take a table of jobs from the heap at every call. */
void allocations_keep_blas_single_threaded(void);

/* The same for all threads of this name, whoever starts and stops. */
void allocations_start_in_threads(const char *name);
size_t allocations_stop_in_threads(void);

#endif
