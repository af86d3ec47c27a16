/* SPDX-License-Identifier: MIT
 * Blocks of any size. One on huge pages grows by moving its pages, without copying them. */
#include "engine/base/block.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/pages.h"

static size_t huge_bytes(size_t bytes)
{
    if (bytes > SIZE_MAX / 2) tg_alloc_fail(bytes);
    return tg_pages_round(bytes, TG_PAGES_HUGE);
}

/* A block is where its size says, or somebody freed it with another size than the one it was made with. */
static bool is_where_its_size_says(const void *p, size_t bytes)
{
    return !p || bytes < TG_BLOCK_HUGE || (uintptr_t)p % TG_PAGES_HUGE == 0;
}

static void *map_huge(size_t bytes)
{
    bytes = huge_bytes(bytes);
    char *p = tg_pages_map(bytes, PROT_READ | PROT_WRITE);
    if (!p) tg_alloc_fail(bytes);
    tg_pages_make_huge(p, bytes);
    return p;
}

/* Moves the pages of a mapping to where it can be larger; NULL if the kernel does not want to. */
static void *move_huge(void *p, size_t old_bytes, size_t new_bytes)
{
    new_bytes = huge_bytes(new_bytes);
    char *place = tg_pages_map(new_bytes, PROT_NONE);
    if (!place) tg_alloc_fail(new_bytes);
    if (mremap(p, huge_bytes(old_bytes), new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place) == place) return place;
    return NULL; /* the place is left alone: it may have been freed already and be another thread's by now */
}

size_t tg_block_bytes(size_t count, size_t item_bytes)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, item_bytes, &bytes)) tg_alloc_fail(SIZE_MAX);
    return bytes;
}

void *tg_block_new(size_t bytes)
{
    return bytes < TG_BLOCK_HUGE ? tg_alloc(bytes) : map_huge(bytes);
}

void *tg_block_zero(size_t bytes)
{
    return bytes < TG_BLOCK_HUGE ? tg_alloc_zero(bytes) : map_huge(bytes);
}

void tg_block_free(void *p, size_t bytes)
{
    TG_ASSERT(is_where_its_size_says(p, bytes));
    if (!p) return;
    if (bytes < TG_BLOCK_HUGE) free(p);
    else munmap(p, huge_bytes(bytes));
}

void *tg_block_resize(void *p, size_t old_bytes, size_t new_bytes)
{
    TG_ASSERT(is_where_its_size_says(p, old_bytes));
    bool was_huge = old_bytes >= TG_BLOCK_HUGE, is_huge = new_bytes >= TG_BLOCK_HUGE;
    if (!was_huge && !is_huge) return tg_alloc_resize(p, new_bytes);
    if (was_huge && is_huge && huge_bytes(old_bytes) == huge_bytes(new_bytes)) return p;
    if (p && was_huge && new_bytes > old_bytes) {
        void *moved = move_huge(p, old_bytes, new_bytes);
        if (moved) return moved;
    }
    void *copy = tg_block_new(new_bytes);
    if (p) memcpy(copy, p, old_bytes < new_bytes ? old_bytes : new_bytes);
    tg_block_free(p, old_bytes);
    return copy;
}
