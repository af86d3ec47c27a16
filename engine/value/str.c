/* SPDX-License-Identifier: MIT
 * Texts as values. Their bodies are blocks: large ones lie on huge pages. */
#include "engine/value/str.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/block.h"
#include "engine/value/mapped.h"

/* The body; *flags: what it has. */
static struct tg_str *new_body(const void *data, size_t length, uint8_t *flags)
{
    if (length > SIZE_MAX / 2) tg_alloc_fail(length); /* what follows would wrap around */
    struct tg_str *mapped = tg_mapped_is_worth(length) ? tg_mapped_new(sizeof *mapped, length + 1) : NULL;
    *flags = mapped ? TG_MAPPED : 0;
    size_t bytes = tg_value_str_bytes(length);
    return mapped ? mapped : data ? tg_block_new(bytes) : tg_block_zero(bytes);
}

tg_value tg_str_make(enum tg_kind kind, const void *data, size_t length)
{
    TG_ASSERT(kind == TG_STR || kind == TG_BYTES || kind == TG_FILE);
    uint8_t flags;
    struct tg_str *t = new_body(data, length, &flags);
    t->obj = (struct tg_obj){.refs = 1, .kind = (uint8_t)kind, .flags = flags};
    t->length = length;
    if (data) memcpy(t->data, data, length);
    t->data[length] = 0;
    return tg_make_(kind, (uintptr_t)t);
}

tg_value tg_str(const char *text)
{
    return tg_str_make(TG_STR, text, strlen(text));
}

/* The text with room for `length` more bytes, doubled where there is none. */
static struct tg_str *text_with_room(struct tg_str *t, size_t length)
{
    size_t before = tg_value_text_bytes(t), need = tg_value_str_bytes(t->length + length);
    if (need <= before) return t;
    uint16_t room = 6;
    while ((size_t)1 << room < need) room++;
    t = tg_block_resize(t, before, (size_t)1 << room);
    t->obj.room = room;
    return t;
}

tg_value tg_str_append(tg_value take_text, const char *data, size_t length)
{
    struct tg_str *t = tg_str_of(take_text);
    if (!tg_value_unique(take_text) || t->obj.flags & (TG_MAPPED | TG_WATCHED)) {
        size_t before = t->length;
        tg_value joined = tg_str_make(tg_kind(take_text), NULL, before + length);
        memcpy(tg_str_of(joined)->data, t->data, before);
        memcpy(tg_str_of(joined)->data + before, data, length);
        tg_value_unref(take_text);
        return joined;
    }
    t = text_with_room(t, length);
    memcpy(t->data + t->length, data, length);
    t->length += length;
    t->data[t->length] = 0;
    return tg_make_(tg_kind(take_text), (uintptr_t)t);
}

/* ---- watched texts ------------------------------------------------------------------------------- */

/* Its watch stands before the body, where nobody who knows texts looks. */
struct watched {
    struct tg_str_watch *watch;
    struct tg_str body;
};

static size_t watched_bytes(size_t length)
{
    return offsetof(struct watched, body) + tg_value_str_bytes(length);
}

tg_value tg_str_watched(tg_value text, struct tg_str_watch *watch)
{
    const struct tg_str *from = tg_str_of(text);
    struct watched *w = tg_block_new(watched_bytes(from->length));
    w->watch = watch;
    w->body.obj = (struct tg_obj){.refs = 1, .kind = from->obj.kind, .flags = TG_WATCHED};
    w->body.length = from->length;
    memcpy(w->body.data, from->data, from->length + 1);
    return tg_make_(tg_kind(text), (uintptr_t)&w->body);
}

void tg_str_free_watched(struct tg_str *body)
{
    struct watched *w = (struct watched *)((char *)body - offsetof(struct watched, body));
    struct tg_str_watch *watch = w->watch;
    tg_block_free(w, watched_bytes(body->length));
    watch->gone(watch);
}
