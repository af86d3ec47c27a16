/* SPDX-License-Identifier: MIT
 * Memory. Small things come from malloc and abort on failure; what grows with the graph comes from columns
 * and arenas on huge pages, since a first touch of 4 KB costs about 12 µs and one of 2 MB 120 µs.
 * Thread class: owner (each object), except where said. */
#ifndef TG_BASE_MEM_H
#define TG_BASE_MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* malloc's family; out of memory prints the size and aborts. Free with free(). */
void *tg_alloc(size_t bytes);
void *tg_alloc_zero(size_t bytes);
void *tg_realloc(void *p, size_t bytes);
char *tg_strdup(const char *text);
char *tg_strndup(const char *text, size_t length);
char *tg_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *tg_vformat(const char *format, va_list args);

/* Blocks of any size: malloc below TG_BLOCK_HUGE bytes, an own mapping on huge pages above. Free and resize
 * with the size that was asked for. New memory of a block of TG_BLOCK_HUGE bytes and more reads as zero. */
#define TG_BLOCK_HUGE (1u << 20)
void *tg_block_new(size_t bytes);
void *tg_block_resize(void *p, size_t old_bytes, size_t new_bytes);
void tg_block_free(void *p, size_t bytes);
/* count * item_bytes; aborts as out of memory where that is more than a size can say. */
size_t tg_array_bytes(size_t count, size_t item_bytes);

/* A column: one growing array whose elements never move. The address range is reserved once and populated
 * by touching it; where the reservation fails (ulimit -v), a smaller one is tried. */
struct tg_column {
    char *base;            /* element 0 */
    size_t reserved_bytes; /* of address space */
    size_t ready_bytes;    /* made writable so far */
};
/* Reserves room for max_bytes; takes no memory until used. Aborts only if not even 64 MB can be reserved. */
void tg_column_init(struct tg_column *c, size_t max_bytes);
void tg_column_done(struct tg_column *c);
/* Makes [0, bytes) usable; new memory reads as zero. False if the reservation is too small. */
bool tg_column_reach(struct tg_column *c, size_t bytes);
/* The same, but aborts as out of memory if the reservation is too small. */
void tg_column_need(struct tg_column *c, size_t bytes);

/* An arena: many objects of one lifetime, 8-byte aligned, freed together. */
struct tg_arena {
    char *next, *end;         /* the free part of the newest chunk */
    struct tg_arena_chunk *chunks; /* newest first */
    size_t chunk_bytes;       /* size of the next chunk; doubles up to 2 MB, then grows to 16 MB */
};
void *tg_arena_alloc_slow(struct tg_arena *a, size_t bytes);
static inline void *tg_arena_alloc(struct tg_arena *a, size_t bytes)
{
    bytes = bytes ? (bytes + 7) & ~(size_t)7 : 8;
    if ((size_t)(a->end - a->next) < bytes) return tg_arena_alloc_slow(a, bytes);
    void *p = a->next;
    a->next += bytes;
    return p;
}
/* A zeroed struct is an empty arena. New memory is not zeroed. */
void tg_arena_done(struct tg_arena *a);
char *tg_arena_strndup(struct tg_arena *a, const char *text, size_t length);
char *tg_arena_format(struct tg_arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *tg_arena_vformat(struct tg_arena *a, const char *format, va_list args);

/* A growing array: TG_VEC(int) v = {0}; tg_vec_push(&v, 3); v.items[0]; tg_vec_done(&v). */
#define TG_VEC(type) struct { type *items; size_t count, room; }
void *tg_vec_grow_(void *items, size_t *room, size_t need, size_t item_bytes);
#define tg_vec_reserve(v, need)                                                                       \
    ((need) > (v)->room ? (void)((v)->items = tg_vec_grow_((v)->items, &(v)->room, (need), sizeof *(v)->items)) \
                        : (void)0)
#define tg_vec_push(v, item) (tg_vec_reserve((v), (v)->count + 1), (void)((v)->items[(v)->count++] = (item)))
#define tg_vec_done(v)                                                                                \
    (tg_block_free((v)->items, (v)->room * sizeof *(v)->items), (v)->items = NULL, (v)->count = (v)->room = 0)

#endif
