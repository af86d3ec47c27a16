/* SPDX-License-Identifier: MIT
 * Address space on huge pages. */
#include "engine/base/pages.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/assert.h"
#include "engine/base/shortage.h"

#ifndef MAP_FIXED_NOREPLACE /* since Linux 4.17; an older kernel takes the address for a hint */
#define MAP_FIXED_NOREPLACE 0x100000
#endif

#define FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

char *tg_pages_map(size_t bytes, int protection)
{
    size_t all = bytes + TG_PAGES_HUGE;
    char *p = mmap(NULL, all, protection, FLAGS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    char *start = (char *)tg_pages_round((uintptr_t)p, TG_PAGES_HUGE);
    if (start > p) munmap(p, (size_t)(start - p));
    TG_ASSERT(start >= p && start + bytes <= p + all);
    size_t tail = (size_t)(p + all - (start + bytes));
    if (tail) munmap(start + bytes, tail);
    return start;
}

/* The kernel puts mappings one beside the other, from where it puts one now, up or down. A process that may have `limit` bytes
 * of them so never gets as far below as that by itself. Atomic: the lowest address that was given; 0: none yet. */
static _Atomic uintptr_t lowest_far;

static uintptr_t first_far(size_t limit)
{
    void *probe = mmap(NULL, 1, PROT_NONE, FLAGS, -1, 0);
    if (probe == MAP_FAILED) return 0;
    munmap(probe, 1);
    uintptr_t here = (uintptr_t)probe, below = limit + TG_PAGES_HUGE;
    return here > below ? (here - below) / TG_PAGES_HUGE * TG_PAGES_HUGE : 0;
}

char *tg_pages_far(size_t bytes)
{
    size_t limit = tg_shortage_limit();
    if (bytes > SIZE_MAX / 4 || limit > SIZE_MAX / 4) return NULL;
    bytes = tg_pages_round(bytes, TG_PAGES_HUGE) + TG_PAGES_HUGE; /* and a gap */
    uintptr_t before = atomic_load_explicit(&lowest_far, memory_order_relaxed), at;
    do {
        uintptr_t from = before > 2 * bytes ? before : first_far(limit); /* at the end of them it begins anew */
        if (from < 2 * bytes) return NULL;
        at = from - bytes;
    } while (!atomic_compare_exchange_weak_explicit(&lowest_far, &before, at, memory_order_relaxed, memory_order_relaxed));
    return (char *)at;
}

bool tg_pages_map_at(char *at, size_t bytes)
{
    void *p = mmap(at, bytes, PROT_READ | PROT_WRITE, FLAGS | MAP_FIXED_NOREPLACE, -1, 0);
    if (p == at) return true;
    if (p != MAP_FAILED) munmap(p, bytes);
    return false;
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
