/* The process's own malloc, in front of glibc's: definitions in the executable win over those of every library. */
#include "allocations.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

extern void openblas_set_num_threads(int count) __attribute__((weak));

void allocations_keep_blas_single_threaded(void) {
  if (openblas_set_num_threads) openblas_set_num_threads(1);
}

#if defined(__GLIBC__) || (defined(__linux__) && __has_include(<gnu/libc-version.h>))

#include <sys/prctl.h>

static _Thread_local bool counting;
static _Thread_local size_t count;
static char watched_name[16];
static _Atomic bool watching;
static _Atomic size_t watched_count;

static void note(void) {
  count += counting;
  char name[16] = {0};
  if (watching && prctl(PR_GET_NAME, name) == 0 && strcmp(name, watched_name) == 0) watched_count++;
}

void allocations_start(void) {
  count = 0;
  counting = true;
}
size_t allocations_stop(void) {
  counting = false;
  return count;
}

void allocations_start_in_threads(const char *name) {
  watched_count = 0;
  strncpy(watched_name, name, sizeof watched_name - 1);
  watching = true;
}
size_t allocations_stop_in_threads(void) {
  watching = false;
  return watched_count;
}

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t bytes) {
  note();
  return __libc_malloc(bytes);
}
void *calloc(size_t items, size_t bytes) {
  note();
  return __libc_calloc(items, bytes);
}
void *realloc(void *old, size_t bytes) {
  note();
  return __libc_realloc(old, bytes);
}
void *memalign(size_t alignment, size_t bytes) {
  note();
  return __libc_memalign(alignment, bytes);
}
void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }
int posix_memalign(void **result, size_t alignment, size_t bytes) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *memory = memalign(alignment, bytes);
  if (memory == NULL) return ENOMEM;
  *result = memory;
  return 0;
}

#else

void allocations_start(void) {}
size_t allocations_stop(void) { return SIZE_MAX; }
void allocations_start_in_threads(const char *name) { (void)name; }
size_t allocations_stop_in_threads(void) { return SIZE_MAX; }

#endif
