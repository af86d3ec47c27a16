/* SPDX-License-Identifier: MIT
 * A growing text. */
#include <stdlib.h>
#include <string.h>

#include "text.h"

static bool grow_buffer(struct text_buffer *b, size_t more)
{
    size_t room = b->room ? b->room * 2 : 64;
    if (room < b->length + more) room = b->length + more;
    char *data = realloc(b->data, room);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->room = room;
    return true;
}

void text_buffer_add(struct text_buffer *b, const char *text, size_t length)
{
    if (length == 0 || b->failed || (b->room - b->length < length && !grow_buffer(b, length))) return;
    memcpy(b->data + b->length, text, length);
    b->length += length;
}

void text_buffer_done(struct text_buffer *b)
{
    free(b->data);
    *b = (struct text_buffer){0};
}

int text_buffer_give(tg_ctx *ctx, struct text_buffer *b, tg_value *out)
{
    bool failed = b->failed;
    size_t length = b->length;
    if (!failed) *out = tg_str_new(length ? b->data : "", length);
    text_buffer_done(b);
    return failed ? tg_fail(ctx, "out of memory: a text of more than %zu bytes", length) : TG_OK;
}
