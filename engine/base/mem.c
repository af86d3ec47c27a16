/* SPDX-License-Identifier: MIT
 * Memory: malloc that aborts, blocks, columns and arenas on huge pages. */
#include "engine/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define COLUMN_MIN ((size_t)64 << 20)
#define COLUMN_PAGE ((size_t)4 << 10)
#define COLUMN_SMALL ((size_t)64 << 10)
#define COLUMN_STEP ((size_t)64 << 20)
#define ARENA_FIRST ((size_t)16 << 10)

static _Noreturn void die(size_t bytes)
{
    fprintf(stderr, "tgrun: out of memory (%zu bytes)\n", bytes);
    abort();
}

void *tg_alloc(size_t bytes)
{
    void *p = malloc(bytes ? bytes : 1);
    if (!p) die(bytes);
    return p;
}

void *tg_alloc_zero(size_t bytes)
{
    void *p = calloc(1, bytes ? bytes : 1);
    if (!p) die(bytes);
    return p;
}

void *tg_realloc(void *p, size_t bytes)
{
    p = realloc(p, bytes ? bytes : 1);
    if (!p) die(bytes);
    return p;
}

char *tg_strndup(const char *text, size_t length)
{
    char *copy = tg_alloc(length + 1);
    if (length) memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

char *tg_strdup(const char *text)
{
    return tg_strndup(text, strlen(text));
}

char *tg_vformat(const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0) die(0);
    return text;
}

char *tg_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = tg_vformat(format, args);
    va_end(args);
    return text;
}

/* ---- mappings on huge pages ---------------------------------------------------------------------- */

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* Address space aligned to a huge page, not yet backed by memory; NULL if there is none. */
static char *map_aligned(size_t bytes, int protection)
{
    size_t all = bytes + HUGE_PAGE;
    char *p = mmap(NULL, all, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return NULL;
    char *start = (char *)round_up((uintptr_t)p, HUGE_PAGE);
    if (start > p) munmap(p, (size_t)(start - p));
    size_t tail = (size_t)(p + all - (start + bytes));
    if (tail) munmap(start + bytes, tail);
    return start;
}

static void advise_huge(void *p, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    madvise(p, bytes, MADV_HUGEPAGE);
#else
    (void)p, (void)bytes;
#endif
}

/* Gives small pages memory at a tenth of what their first touches would cost; where that is not known, they are touched. */
static void populate(void *p, size_t bytes)
{
#ifdef MADV_POPULATE_WRITE
    madvise(p, bytes, MADV_POPULATE_WRITE);
#else
    (void)p, (void)bytes;
#endif
}

static void *huge_new(size_t bytes)
{
    if (bytes > SIZE_MAX / 2) die(bytes);
    bytes = round_up(bytes, HUGE_PAGE);
    char *p = map_aligned(bytes, PROT_READ | PROT_WRITE);
    if (!p) die(bytes);
    advise_huge(p, bytes);
    return p;
}

/* Grows a mapping by moving its pages, without copying them; NULL if the kernel does not want to. */
static void *huge_move(void *p, size_t old_bytes, size_t new_bytes)
{
    if (new_bytes > SIZE_MAX / 2) die(new_bytes);
    old_bytes = round_up(old_bytes, HUGE_PAGE);
    new_bytes = round_up(new_bytes, HUGE_PAGE);
    char *place = map_aligned(new_bytes, PROT_NONE);
    if (!place) die(new_bytes);
    if (mremap(p, old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place) == place) return place;
    return NULL; /* the place is left alone: it may have been freed already and be another thread's by now */
}

size_t tg_array_bytes(size_t count, size_t item_bytes)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, item_bytes, &bytes)) die(SIZE_MAX);
    return bytes;
}

void *tg_block_new(size_t bytes)
{
    return bytes < TG_BLOCK_HUGE ? tg_alloc(bytes) : huge_new(bytes);
}

void tg_block_free(void *p, size_t bytes)
{
    if (!p) return;
    if (bytes < TG_BLOCK_HUGE) free(p);
    else munmap(p, round_up(bytes, HUGE_PAGE));
}

void *tg_block_resize(void *p, size_t old_bytes, size_t new_bytes)
{
    if (old_bytes < TG_BLOCK_HUGE && new_bytes < TG_BLOCK_HUGE) return tg_realloc(p, new_bytes);
    if (old_bytes >= TG_BLOCK_HUGE && round_up(old_bytes, HUGE_PAGE) == round_up(new_bytes, HUGE_PAGE) &&
        new_bytes >= TG_BLOCK_HUGE)
        return p;
    if (p && old_bytes >= TG_BLOCK_HUGE && new_bytes > old_bytes) {
        void *moved = huge_move(p, old_bytes, new_bytes);
        if (moved) return moved;
    }
    void *copy = tg_block_new(new_bytes);
    if (p) memcpy(copy, p, old_bytes < new_bytes ? old_bytes : new_bytes);
    tg_block_free(p, old_bytes);
    return copy;
}

void *tg_vec_grow_(void *items, size_t *room, size_t need, size_t item_bytes)
{
    size_t new_room = *room ? *room * 2 : 8;
    if (new_room < need) new_room = need;
    items = tg_block_resize(items, *room * item_bytes, tg_array_bytes(new_room, item_bytes));
    *room = new_room;
    return items;
}

/* ---- columns ------------------------------------------------------------------------------------- */

/* A column opens its range in steps: a page, then the rest of COLUMN_SMALL bytes of small pages, then whole huge pages.
 * It begins that much before the boundary of a huge page, since a huge page cannot take the place of small ones. */
void tg_column_init(struct tg_column *c, size_t max_bytes)
{
    max_bytes = round_up(max_bytes, HUGE_PAGE);
    char *start;
    while (!(start = map_aligned(HUGE_PAGE + max_bytes, PROT_NONE))) {
        if (max_bytes <= COLUMN_MIN) die(max_bytes);
        max_bytes = round_up(max_bytes / 2, HUGE_PAGE);
    }
    c->base = start + HUGE_PAGE - COLUMN_SMALL;
    munmap(start, HUGE_PAGE - COLUMN_SMALL);
    c->reserved_bytes = COLUMN_SMALL + max_bytes;
    c->ready_bytes = 0;
}

void tg_column_done(struct tg_column *c)
{
    if (c->base) munmap(c->base, c->reserved_bytes);
    *c = (struct tg_column){0};
}

/* The end of the step that makes `bytes` usable. */
static size_t column_step(const struct tg_column *c, size_t bytes)
{
    if (c->ready_bytes == 0 && bytes <= COLUMN_PAGE) return COLUMN_PAGE;
    if (bytes <= COLUMN_SMALL) return COLUMN_SMALL;
    size_t more = c->ready_bytes < COLUMN_STEP ? c->ready_bytes : COLUMN_STEP;
    if (c->ready_bytes + more > bytes) bytes = c->ready_bytes + more;
    bytes = COLUMN_SMALL + round_up(bytes - COLUMN_SMALL, HUGE_PAGE);
    return bytes < c->reserved_bytes ? bytes : c->reserved_bytes;
}

bool tg_column_reach(struct tg_column *c, size_t bytes)
{
    if (bytes <= c->ready_bytes) return true;
    if (bytes > c->reserved_bytes) return false;
    size_t end = column_step(c, bytes);
    if (mprotect(c->base + c->ready_bytes, end - c->ready_bytes, PROT_READ | PROT_WRITE) != 0) die(end);
    if (end > COLUMN_SMALL) {
        size_t from = c->ready_bytes > COLUMN_SMALL ? c->ready_bytes : COLUMN_SMALL;
        advise_huge(c->base + from, end - from);
    } else if (end > COLUMN_PAGE) {
        populate(c->base + c->ready_bytes, end - c->ready_bytes);
    }
    c->ready_bytes = end;
    return true;
}

void tg_column_need(struct tg_column *c, size_t bytes)
{
    if (!tg_column_reach(c, bytes)) die(bytes);
}

/* ---- arenas -------------------------------------------------------------------------------------- */

struct tg_arena_chunk {
    struct tg_arena_chunk *older;
    size_t bytes;
};

void *tg_arena_alloc_slow(struct tg_arena *a, size_t bytes)
{
    size_t head = round_up(sizeof(struct tg_arena_chunk), 16);
    if (!a->chunk_bytes) a->chunk_bytes = ARENA_FIRST;
    size_t size = a->chunk_bytes;
    if (size < bytes + head) size = bytes + head;
    if (size >= TG_BLOCK_HUGE) size = round_up(size, HUGE_PAGE); /* it takes up that much anyway */
    if (a->chunk_bytes < HUGE_PAGE) a->chunk_bytes *= 2;
    else if (a->chunk_bytes < 8 * HUGE_PAGE) a->chunk_bytes += HUGE_PAGE;
    struct tg_arena_chunk *chunk = tg_block_new(size);
    chunk->older = a->chunks;
    chunk->bytes = size;
    a->chunks = chunk;
    a->next = (char *)chunk + head;
    a->end = (char *)chunk + size;
    void *p = a->next;
    a->next += bytes;
    return p;
}

void tg_arena_done(struct tg_arena *a)
{
    struct tg_arena_chunk *older;
    for (struct tg_arena_chunk *chunk = a->chunks; chunk; chunk = older) {
        older = chunk->older;
        tg_block_free(chunk, chunk->bytes);
    }
    *a = (struct tg_arena){0};
}

char *tg_arena_strndup(struct tg_arena *a, const char *text, size_t length)
{
    char *copy = tg_arena_alloc(a, length + 1);
    if (length) memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

char *tg_arena_vformat(struct tg_arena *a, const char *format, va_list args)
{
    char *text = tg_vformat(format, args);
    char *copy = tg_arena_strndup(a, text, strlen(text));
    free(text);
    return copy;
}

char *tg_arena_format(struct tg_arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = tg_arena_vformat(a, format, args);
    va_end(args);
    return text;
}
