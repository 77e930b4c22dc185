/* guarded.h - buffers that end at an unreadable page, so that one byte too far is a fault. */
#ifndef GUARDED_H
#define GUARDED_H

#include <stddef.h>

/* `bytes` bytes that end exactly at a page without access and start after one, where the size is a multiple of the page size
 * (the gap before a smaller one is filled with 0xA5 and checked by guarded_free; under the address sanitizer it must not be read either,
 * but for the last seven bytes at most). NULL where mapping fails. */
void *guarded_allocate(size_t bytes);
/* Releases; 0, or the number of bytes before the buffer that were overwritten. */
size_t guarded_free(void *buffer, size_t bytes);

#endif
