/* SPDX-License-Identifier: MIT
 * Reading a text word by word. */
#include "engine/value/sigtext.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"

/* The most of a text that a message repeats. */
#define EXCERPT_BYTES 200

/* A text of others inside a message: one line, valid UTF-8, not too long. */
static void put_excerpt(struct tg_buf *b, const char *text, size_t length)
{
    size_t shown = 0;
    while (shown < length && shown < EXCERPT_BYTES) {
        size_t n = tg_utf8_length(text + shown, length - shown);
        bool plain = n && (unsigned char)text[shown] >= 0x20 && text[shown] != 0x7f;
        tg_buf_add(b, plain ? text + shown : "?", plain ? n : 1);
        shown += plain ? n : 1;
    }
    if (shown < length) tg_buf_text(b, "...");
}

bool tg_sigtext_fail(const struct tg_sigtext *t, size_t at, const char *format, ...)
{
    TG_ASSERT(at <= t->length);
    va_list args;
    va_start(args, format);
    char *message = tg_alloc_vformat(format, args);
    va_end(args);
    struct tg_buf text = {0};
    put_excerpt(&text, t->text, t->length);
    tg_err_set(t->err, t->code, "in %s '%s': %s at column %zu", t->what, tg_buf_str(&text), message,
               tg_utf8_count(t->text, at) + 1);
    tg_buf_done(&text);
    free(message);
    return false;
}

bool tg_sigtext_expected(const struct tg_sigtext *t, const char *wanted)
{
    if (t->at >= t->length) return tg_sigtext_fail(t, t->at, "%s expected", wanted);
    struct tg_buf found = {0};
    size_t n = tg_utf8_length(t->text + t->at, t->length - t->at);
    put_excerpt(&found, t->text + t->at, n ? n : 1);
    tg_sigtext_fail(t, t->at, "%s expected, found '%s'", wanted, tg_buf_str(&found));
    tg_buf_done(&found);
    return false;
}

void tg_sigtext_blanks(struct tg_sigtext *t)
{
    while (t->at < t->length && (t->text[t->at] == ' ' || t->text[t->at] == '\t' || t->text[t->at] == '\n')) t->at++;
}

bool tg_sigtext_take(struct tg_sigtext *t, const char *token)
{
    tg_sigtext_blanks(t);
    TG_ASSERT(*token && t->at <= t->length);
    if (t->at == t->length || t->text[t->at] != *token) return false; /* as mostly */
    size_t n = strlen(token);
    if (t->length - t->at < n || memcmp(t->text + t->at, token, n) != 0) return false;
    t->at += n;
    return true;
}

bool tg_sigtext_name(struct tg_sigtext *t, const char *wanted, const char **name)
{
    tg_sigtext_blanks(t);
    size_t n = tg_ascii_name(t->text + t->at, t->length - t->at);
    if (n == 0) return tg_sigtext_expected(t, wanted);
    if (n > TG_MAX_NAME_BYTES) return tg_sigtext_fail(t, t->at, "name longer than %d bytes", TG_MAX_NAME_BYTES);
    *name = tg_arena_copy(t->arena, t->text + t->at, n);
    t->at += n;
    return true;
}
