/* SPDX-License-Identifier: MIT
 * An arena: many objects of one lifetime, 8-byte aligned, freed together. Thread class: owner. */
#ifndef TG_BASE_ARENA_H
#define TG_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/assert.h"

struct tg_arena {
    char *next, *end;              /* the free part of the newest chunk */
    struct tg_arena_chunk *chunks; /* newest first */
    size_t chunk_bytes;            /* size of the next chunk; doubles up to 2 MB, then grows to 16 MB */
};
void *tg_arena_alloc_slow(struct tg_arena *a, size_t bytes);
static inline void *tg_arena_alloc(struct tg_arena *a, size_t bytes)
{
    TG_ASSERT(a->next <= a->end && ((uintptr_t)a->next & 7) == 0); /* nothing was packed into it */
    bytes = bytes ? (bytes + 7) & ~(size_t)7 : 8;
    if ((size_t)(a->end - a->next) < bytes) return tg_arena_alloc_slow(a, bytes);
    void *p = a->next;
    a->next += bytes;
    return p;
}
/* A zeroed struct is an empty arena. New memory is not zeroed. */
void tg_arena_done(struct tg_arena *a);
char *tg_arena_copy(struct tg_arena *a, const char *data, size_t length);
/* The same without a gap before it: only in an arena that has nothing but such copies. */
char *tg_arena_pack(struct tg_arena *a, const char *data, size_t length);
char *tg_arena_format(struct tg_arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *tg_arena_vformat(struct tg_arena *a, const char *format, va_list args);

#endif
