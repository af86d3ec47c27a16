/* SPDX-License-Identifier: MIT
 * Address space on huge pages. */
#include "engine/base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#include "engine/base/assert.h"

char *tg_pages_map(size_t bytes, int protection)
{
    size_t all = bytes + TG_PAGES_HUGE;
    char *p = mmap(NULL, all, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return NULL;
    char *start = (char *)tg_pages_round((uintptr_t)p, TG_PAGES_HUGE);
    if (start > p) munmap(p, (size_t)(start - p));
    TG_ASSERT(start >= p && start + bytes <= p + all);
    size_t tail = (size_t)(p + all - (start + bytes));
    if (tail) munmap(start + bytes, tail);
    return start;
}

void tg_pages_make_huge(void *p, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    madvise(p, bytes, MADV_HUGEPAGE);
#else
    (void)p, (void)bytes;
#endif
}

void tg_pages_populate(void *p, size_t bytes)
{
#ifdef MADV_POPULATE_WRITE
    madvise(p, bytes, MADV_POPULATE_WRITE);
#else
    (void)p, (void)bytes;
#endif
}
