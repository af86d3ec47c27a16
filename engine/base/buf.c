/* SPDX-License-Identifier: MIT
 * A growing byte string. */
#include "engine/base/buf.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/utf8.h"

void tg_buf_done(struct tg_buf *b)
{
    free(b->data);
    *b = (struct tg_buf){0};
}

char *tg_buf_reserve(struct tg_buf *b, size_t more)
{
    TG_ASSERT(b->data ? b->length < b->room : b->length == 0 && b->room == 0);
    size_t need = b->length + more + 1;
    if (need > b->room) {
        size_t room = b->room ? b->room * 2 : 64;
        if (room < need) room = need;
        b->data = tg_alloc_resize(b->data, room);
        b->room = room;
    }
    return b->data + b->length;
}

/* What is added must not lie in the buffer, which may move before it is copied. */
static bool is_apart(const struct tg_buf *b, const char *data, size_t length)
{
    return !b->data || !length || data + length <= b->data || data >= b->data + b->room;
}

void tg_buf_add(struct tg_buf *b, const void *data, size_t length)
{
    TG_ASSERT(is_apart(b, data, length));
    char *at = tg_buf_reserve(b, length);
    if (length) memcpy(at, data, length);
    b->length += length;
    b->data[b->length] = 0;
}

void tg_buf_text(struct tg_buf *b, const char *text)
{
    tg_buf_add(b, text, strlen(text));
}

void tg_buf_char(struct tg_buf *b, char c)
{
    tg_buf_add(b, &c, 1);
}

void tg_buf_fill(struct tg_buf *b, char c, size_t count)
{
    memset(tg_buf_reserve(b, count), c, count);
    b->length += count;
    b->data[b->length] = 0;
}

void tg_buf_format(struct tg_buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char small[128];
    int length = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (length < (int)sizeof small) {
        if (length > 0) tg_buf_add(b, small, (size_t)length);
    } else {
        vsnprintf(tg_buf_reserve(b, (size_t)length), (size_t)length + 1, format, again);
        b->length += (size_t)length;
    }
    va_end(again);
}

const char *tg_buf_str(const struct tg_buf *b)
{
    if (!b->data) return "";
    TG_ASSERT(b->length < b->room);
    b->data[b->length] = 0; /* after a tg_buf_reserve that the caller filled */
    return b->data;
}

char *tg_buf_take(struct tg_buf *b)
{
    char *text = b->data ? b->data : tg_alloc_text("");
    text[b->length] = 0;
    *b = (struct tg_buf){0};
    return text;
}

/* Bytes at text that stand for themselves in JSON. */
static size_t plain_json_bytes(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length) {
        unsigned char c = (unsigned char)text[n];
        size_t more = c < 0x80 ? c >= 0x20 && c != 0x7f && c != '"' && c != '\\' : tg_utf8_length(text + n, length - n);
        if (!more) break;
        n += more;
    }
    return n;
}

void tg_buf_json_string(struct tg_buf *b, const char *text, size_t length)
{
    static const char short_escape[] = "btn\0fr"; /* for bytes 8 to 13 */
    tg_buf_char(b, '"');
    for (size_t i = 0; i < length; i++) {
        size_t plain = plain_json_bytes(text + i, length - i);
        tg_buf_add(b, text + i, plain);
        i += plain;
        if (i >= length) break;
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80) b->replaced = true, tg_buf_text(b, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\') tg_buf_format(b, "\\%c", c);
        else if (c >= 8 && c <= 13 && c != 11) tg_buf_format(b, "\\%c", short_escape[c - 8]);
        else tg_buf_format(b, "\\u%04x", c);
    }
    tg_buf_char(b, '"');
}
