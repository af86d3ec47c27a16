/* SPDX-License-Identifier: MIT
 * Columns. A column opens its range in steps: a page, then the rest of SMALL_BYTES of small pages, then whole huge pages.
 * It begins that much before the boundary of a huge page, since a huge page cannot take the place of small ones. */
#include "engine/base/column.h"

#include <stdint.h>
#include <sys/mman.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/pages.h"
#include "engine/base/shortage.h"

#define MIN_BYTES ((size_t)64 << 20)
#define PAGE_BYTES ((size_t)4 << 10)
#define SMALL_BYTES ((size_t)64 << 10)
#define STEP_BYTES ((size_t)64 << 20)

/* The range begins so much before what this gives. */
#define BEFORE_BYTES (TG_PAGES_HUGE - SMALL_BYTES)

static char *reserve(size_t *max_bytes)
{
    char *start;
    while (!(start = tg_pages_map(TG_PAGES_HUGE + *max_bytes, PROT_NONE))) {
        if (*max_bytes <= MIN_BYTES) tg_alloc_fail(*max_bytes);
        *max_bytes = tg_pages_round(*max_bytes / 2, TG_PAGES_HUGE);
    }
    munmap(start, BEFORE_BYTES);
    return start;
}

void tg_column_init(struct tg_column *c, size_t max_bytes)
{
    size_t limit = tg_shortage_limit();
    max_bytes = tg_pages_round(max_bytes, TG_PAGES_HUGE);
    char *start = limit < SIZE_MAX ? tg_pages_far(TG_PAGES_HUGE + max_bytes) : NULL;
    c->chosen = start != NULL;
    if (!start) start = reserve(&max_bytes);
    c->base = start + BEFORE_BYTES;
    TG_ASSERT((uintptr_t)(c->base + SMALL_BYTES) % TG_PAGES_HUGE == 0);
    c->reserved_bytes = SMALL_BYTES + max_bytes;
    c->ready_bytes = 0;
}

void tg_column_done(struct tg_column *c)
{
    size_t mapped = c->chosen ? c->ready_bytes : c->reserved_bytes;
    if (c->base && mapped) munmap(c->base, mapped);
    *c = (struct tg_column){0};
}

/* The end of the step that makes `bytes` usable. */
static size_t step_end(const struct tg_column *c, size_t bytes)
{
    if (c->ready_bytes == 0 && bytes <= PAGE_BYTES) return PAGE_BYTES;
    if (bytes <= SMALL_BYTES) return SMALL_BYTES;
    size_t more = c->ready_bytes < STEP_BYTES ? c->ready_bytes : STEP_BYTES;
    if (c->ready_bytes + more > bytes) bytes = c->ready_bytes + more;
    bytes = SMALL_BYTES + tg_pages_round(bytes - SMALL_BYTES, TG_PAGES_HUGE);
    return bytes < c->reserved_bytes ? bytes : c->reserved_bytes;
}

static bool open_until(struct tg_column *c, size_t end)
{
    char *from = c->base + c->ready_bytes;
    size_t bytes = end - c->ready_bytes;
    if (c->chosen) return tg_pages_map_at(from, bytes);
    return mprotect(from, bytes, PROT_READ | PROT_WRITE) == 0;
}

bool tg_column_reach(struct tg_column *c, size_t bytes)
{
    if (bytes <= c->ready_bytes) return true;
    if (bytes > c->reserved_bytes) return false;
    size_t end = step_end(c, bytes);
    TG_ASSERT(end >= bytes && end > c->ready_bytes && end <= c->reserved_bytes);
    if (!open_until(c, end)) { /* then no more than it takes */
        end = tg_pages_round(bytes, PAGE_BYTES);
        if (!open_until(c, end)) return false;
    }
    if (end > SMALL_BYTES) {
        size_t from = c->ready_bytes > SMALL_BYTES ? c->ready_bytes : SMALL_BYTES;
        tg_pages_make_huge(c->base + from, end - from);
    } else if (end > PAGE_BYTES) {
        tg_pages_populate(c->base + c->ready_bytes, end - c->ready_bytes);
    }
    c->ready_bytes = end;
    return true;
}

void tg_column_need(struct tg_column *c, size_t bytes)
{
    if (!tg_column_reach(c, bytes)) tg_alloc_fail(bytes);
}
