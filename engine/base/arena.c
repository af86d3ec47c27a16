/* SPDX-License-Identifier: MIT
 * Arenas: chunks that double up to a huge page, and then grow by one, so that what is left over of the last stays small. */
#include "engine/base/arena.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/block.h"
#include "engine/base/pages.h"

#define FIRST_BYTES ((size_t)16 << 10)

struct tg_arena_chunk {
    struct tg_arena_chunk *older;
    size_t bytes;
};

void *tg_arena_alloc_slow(struct tg_arena *a, size_t bytes)
{
    size_t head = tg_pages_round(sizeof(struct tg_arena_chunk), 16);
    if (!a->chunk_bytes) a->chunk_bytes = FIRST_BYTES;
    size_t size = a->chunk_bytes;
    if (size < bytes + head) size = bytes + head;
    if (size >= TG_BLOCK_HUGE) size = tg_pages_round(size, TG_PAGES_HUGE); /* it takes up that much anyway */
    if (a->chunk_bytes < TG_PAGES_HUGE) a->chunk_bytes *= 2;
    else if (a->chunk_bytes < 8 * TG_PAGES_HUGE) a->chunk_bytes += TG_PAGES_HUGE;
    struct tg_arena_chunk *chunk = tg_block_new(size);
    chunk->older = a->chunks;
    chunk->bytes = size;
    a->chunks = chunk;
    a->next = (char *)chunk + head;
    a->end = (char *)chunk + size;
    TG_ASSERT((size_t)(a->end - a->next) >= bytes);
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

char *tg_arena_copy(struct tg_arena *a, const char *data, size_t length)
{
    char *copy = tg_arena_alloc(a, length + 1);
    if (length) memcpy(copy, data, length);
    copy[length] = 0;
    return copy;
}

char *tg_arena_pack(struct tg_arena *a, const char *data, size_t length)
{
    char *copy;
    if ((size_t)(a->end - a->next) > length) {
        copy = a->next;
        a->next += length + 1;
    } else {
        copy = tg_arena_alloc_slow(a, length + 1);
    }
    if (length) memcpy(copy, data, length);
    copy[length] = 0;
    return copy;
}

char *tg_arena_vformat(struct tg_arena *a, const char *format, va_list args)
{
    char *text = tg_alloc_vformat(format, args);
    char *copy = tg_arena_copy(a, text, strlen(text));
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
