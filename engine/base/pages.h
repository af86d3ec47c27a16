/* SPDX-License-Identifier: MIT
 * Address space on huge pages, for blocks and columns: a first touch of 4 KB costs about 12 µs and one of 2 MB 120 µs, so
 * what grows with the graph lies on pages of 2 MB. */
#ifndef TG_BASE_PAGES_H
#define TG_BASE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#define TG_PAGES_HUGE ((size_t)2 << 20)

static inline size_t tg_pages_round(size_t bytes, size_t page)
{
    return (bytes + page - 1) / page * page;
}

/* Reserves address space that begins with a huge page, not yet backed by memory, with mmap's protection; NULL if there is
 * none. Free with munmap. */
char *tg_pages_map(size_t bytes, int protection);
/* An address that begins a huge page, with nothing mapped for so many bytes from there, where the kernel will put nothing of
 * its own accord either; NULL if none is known. It is not reserved: that costs no address space, which `ulimit -v` counts. */
char *tg_pages_far(size_t bytes);
/* Maps this piece, whose first byte begins a page; false if there is no memory, or something is there already. */
bool tg_pages_map_at(char *at, size_t bytes);
/* Asks for huge pages: touching then brings 2 MB at a time. */
void tg_pages_make_huge(void *p, size_t bytes);
/* Gives small pages memory at a tenth of what their first touches would cost; where that is not known, they are touched. */
void tg_pages_populate(void *p, size_t bytes);

#endif
