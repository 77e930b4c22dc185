#define _GNU_SOURCE
#include "guarded.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(SANITIZED)
#include <sanitizer/asan_interface.h>
#else /* nothing to tell */
#define ASAN_POISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#endif

static size_t page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }
static size_t rounded(size_t bytes) { return (bytes + page_bytes() - 1) / page_bytes() * page_bytes(); }

void *guarded_allocate(size_t bytes) {
  const size_t page = page_bytes(), inside = rounded(bytes), gap = inside - bytes;
  uint8_t *base = mmap(NULL, inside + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return NULL;
  if (inside > 0 && mprotect(base + page, inside, PROT_READ | PROT_WRITE) != 0) return NULL;
  memset(base + page, 0xA5, gap);
  ASAN_POISON_MEMORY_REGION(base + page, gap);
  return base + page + gap;
}

size_t guarded_free(void *buffer, size_t bytes) {
  const size_t page = page_bytes(), inside = rounded(bytes), gap = inside - bytes;
  uint8_t *start = (uint8_t *)buffer - gap;
  size_t changed = 0;
  ASAN_UNPOISON_MEMORY_REGION(start, gap);
  for (size_t i = 0; i < gap; i++) changed += start[i] != 0xA5;
  munmap(start - page, inside + 2 * page);
  return changed;
}
