/* SPDX-License-Identifier: MIT
 * Texts as values. Their bodies are blocks: large ones lie on huge pages. */
#include "engine/value/str.h"

#include <string.h>

#include "engine/base/block.h"

tg_value tg_str_make(enum tg_kind kind, const void *data, size_t length)
{
    TG_ASSERT(kind == TG_STR || kind == TG_BYTES || kind == TG_FILE);
    size_t bytes = tg_value_str_bytes(length);
    struct tg_str *t = data ? tg_block_new(bytes) : tg_block_zero(bytes);
    t->obj = (struct tg_obj){.refs = 1, .kind = (uint8_t)kind};
    t->length = length;
    if (data) memcpy(t->data, data, length);
    t->data[length] = 0;
    return tg_make_(kind, (uintptr_t)t);
}

tg_value tg_str(const char *text)
{
    return tg_str_make(TG_STR, text, strlen(text));
}
