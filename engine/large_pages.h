/* What the operating system can do for a large block of memory. */
#ifndef NMMO_LARGE_PAGES_H
#define NMMO_LARGE_PAGES_H

#include <stddef.h>

/* Asks for large pages under a block that has not been touched yet; a request, no more. */
void prefer_large_pages(void *block, size_t bytes);

#endif
