/* What the operating system can do for a large block of memory. */
#if defined(__linux__)
#define _DEFAULT_SOURCE /* for madvise */
#include <sys/mman.h>
#endif

#include "large_pages.h"

#include <stdint.h>

/* Worlds that outgrow the caches are read all over; large pages spare the processor most of the work of
 * finding out where each piece lies. */
void prefer_large_pages(void *block, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    enum { LARGE_PAGE = 1 << 21 };
    uintptr_t first = ((uintptr_t)block + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    uintptr_t last = ((uintptr_t)block + bytes) / LARGE_PAGE * LARGE_PAGE;
    if (first < last) (void)madvise((void *)first, last - first, MADV_HUGEPAGE);
#else
    (void)block;
    (void)bytes;
#endif
}
