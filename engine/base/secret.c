/* SPDX-License-Identifier: MIT
 * Finding secrets in texts. Each is kept in the forms that it is likely to be written in, in lists by their first byte, which
 * are looked through at every byte of a text; what is covered by any of them, overlapping ones too, becomes one `***`. */
#include "engine/base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/ascii.h"
#include "engine/base/assert.h"
#include "engine/base/utf8.h"

/* Of base64 in the middle of a longer one, the fewest characters that are taken for a secret. */
#define LEAST_BASE64 5

/* So much of the beginning of one is no accident. */
#define LEAST_PART 16

/* What is held back at most of a stream: no secret is as long. */
#define MOST_HELD ((size_t)1 << 20)

void tg_secrets_init(struct tg_secrets *s)
{
    *s = (struct tg_secrets){0};
    atomic_init(&s->any, false);
    pthread_rwlock_init(&s->lock, NULL);
}

void tg_secrets_done(struct tg_secrets *s)
{
    for (size_t i = 0; i < s->forms.count; i++) free(s->forms.items[i].text);
    tg_vec_done(&s->forms);
    pthread_rwlock_destroy(&s->lock);
}

/* ---- forms --------------------------------------------------------------------------------------- */

static bool has_form(const struct tg_secrets *s, const char *text, size_t length)
{
    for (uint32_t i = s->first[(unsigned char)*text]; i; i = s->forms.items[i - 1].next) {
        const struct tg_secret_form *f = &s->forms.items[i - 1];
        if (f->length == length && memcmp(f->text, text, length) == 0) return true;
    }
    return false;
}

static void add_form(struct tg_secrets *s, const char *text, size_t length)
{
    if (length < TG_SECRET_LEAST_BYTES || has_form(s, text, length)) return;
    uint32_t *first = &s->first[(unsigned char)*text];
    tg_vec_push(&s->forms, ((struct tg_secret_form){tg_alloc_copy(text, length), length, *first}));
    *first = (uint32_t)s->forms.count;
}

/* `before` stands before each of the special characters. */
static void add_escaped(struct tg_secrets *s, const char *text, size_t length, const char *special, const char *before)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i < length; i++) {
        if (strchr(special, text[i])) tg_buf_text(&b, before);
        tg_buf_char(&b, text[i]);
    }
    add_form(s, b.data, b.length);
    tg_buf_done(&b);
}

static void add_hex(struct tg_secrets *s, const char *text, size_t length, const char *format)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i < length; i++) tg_buf_format(&b, format, (unsigned char)text[i]);
    add_form(s, b.data, b.length);
    tg_buf_done(&b);
}

/* In a URL letters, digits, `_` and those in `plain` stand for themselves, and a blank is one of `blank`, or as the others. */
static void add_percent(struct tg_secrets *s, const char *text, size_t length, const char *plain, const char *blank)
{
    struct tg_buf upper = {0}, lower = {0};
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        bool same = tg_ascii_is_name_byte(text[i]) || strchr(plain, text[i]);
        if (c == ' ' && *blank) tg_buf_text(&upper, blank), tg_buf_text(&lower, blank);
        else tg_buf_format(&upper, same ? "%c" : "%%%02X", c), tg_buf_format(&lower, same ? "%c" : "%%%02x", c);
    }
    add_form(s, upper.data, upper.length);
    add_form(s, lower.data, lower.length);
    tg_buf_done(&upper);
    tg_buf_done(&lower);
}

/* Programs leave different characters as they are: those of RFC 3986, of JavaScript, Python's with its paths; forms have `+`. */
static void add_urls(struct tg_secrets *s, const char *text, size_t length)
{
    add_percent(s, text, length, "-.~", "");
    add_percent(s, text, length, "-.~!*'()", "");
    add_percent(s, text, length, "-.~/", "");
    add_percent(s, text, length, "-.~", "+");
    add_percent(s, text, length, "-.*", "+");
}

/* With `quotes`, also those, the single one as `quotes` says. */
static void add_xml(struct tg_secrets *s, const char *text, size_t length, const char *quotes)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i < length; i++)
        if (text[i] == '&') tg_buf_text(&b, "&amp;");
        else if (text[i] == '<') tg_buf_text(&b, "&lt;");
        else if (text[i] == '>') tg_buf_text(&b, "&gt;");
        else if (text[i] == '"' && quotes) tg_buf_text(&b, "&quot;");
        else if (text[i] == '\'' && quotes) tg_buf_text(&b, quotes);
        else tg_buf_char(&b, text[i]);
    add_form(s, b.data, b.length);
    tg_buf_done(&b);
}

static void put_utf16(struct tg_buf *b, uint32_t code)
{
    if (code < 0x10000) tg_buf_format(b, "\\u%04x", code);
    else tg_buf_format(b, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
}

/* JSON whose writer gives the number of what is no ASCII, or of those in `special`. */
static void add_numbered_json(struct tg_secrets *s, const char *text, size_t length, bool ascii, const char *special)
{
    struct tg_buf b = {0};
    for (size_t i = 0, n; i < length; i += n) {
        n = tg_utf8_length(text + i, length - i);
        if (n > 1 && ascii) put_utf16(&b, tg_utf8_code(text + i, n));
        else if (n == 1 && strchr(special, text[i])) put_utf16(&b, (unsigned char)text[i]);
        else if (n == 1 && strchr("\"\\", text[i])) tg_buf_char(&b, '\\'), tg_buf_char(&b, text[i]);
        else tg_buf_add(&b, text + i, n ? n : (n = 1));
    }
    add_form(s, b.data, b.length);
    tg_buf_done(&b);
}

/* JSON, also as a text in other JSON. */
static void add_json(struct tg_secrets *s, const char *text, size_t length)
{
    add_escaped(s, text, length, "\"\\", "\\");
    add_escaped(s, text, length, "\"\\/", "\\");
    add_escaped(s, text, length, "\"\\", "\\\\\\");
    add_numbered_json(s, text, length, true, "");
    add_numbered_json(s, text, length, false, "<>&");
}

/* As a part of base64 that began `shift` bytes before: those characters that depend on nothing else. */
static void add_base64(struct tg_secrets *s, const char *text, size_t length, size_t shift, const char *last_two)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct tg_buf b = {0};
    for (size_t k = (shift * 8 + 5) / 6; (k + 1) * 6 <= (shift + length) * 8; k++) {
        unsigned digit = 0;
        for (size_t bit = k * 6; bit < k * 6 + 6; bit++)
            digit = digit << 1 | ((unsigned char)text[bit / 8 - shift] >> (7 - bit % 8) & 1);
        tg_buf_char(&b, digit < 62 ? digits[digit] : last_two[digit - 62]);
    }
    if (b.length >= LEAST_BASE64) add_form(s, b.data, b.length);
    tg_buf_done(&b);
}

/* What has no control characters, which are written in many ways. */
static void add_readable(struct tg_secrets *s, const char *text, size_t length)
{
    if (length < TG_SECRET_LEAST_BYTES) return;
    add_form(s, text, length);
    add_json(s, text, length);
    add_escaped(s, text, length, "\"\\$", "\\");
    add_escaped(s, text, length, "\"\\$`", "\\");
    add_escaped(s, text, length, "\\$`", "\\");
    add_escaped(s, text, length, "'", "'\\'");
    add_escaped(s, text, length, "'", "'\"'\"");
    add_escaped(s, text, length, "'\\", "\\");
    add_escaped(s, text, length, "'", "'");   /* SQL, YAML */
    add_escaped(s, text, length, "\"", "\""); /* CSV */
    add_urls(s, text, length);
    add_xml(s, text, length, NULL);
    add_xml(s, text, length, "'");
    add_xml(s, text, length, "&#39;");
    add_xml(s, text, length, "&#x27;");
    add_xml(s, text, length, "&apos;");
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static void add_json_string(struct tg_secrets *s, const char *text, size_t length)
{
    struct tg_buf b = {0};
    tg_buf_json_string(&b, text, length);
    add_form(s, b.data + 1, b.length - 2);
    tg_buf_done(&b);
}

/* As a text of `.tg`, and as what commands print is shown. */
static void add_as_shown(struct tg_secrets *s, const char *text, size_t length)
{
    struct tg_buf written = {0}, shown = {0};
    for (const char *c = text; c < text + length; c++) {
        bool escaped = strchr("\n\t\"\\", *c) != NULL || (c[0] == '$' && c[1] == '{');
        if (escaped) tg_buf_format(&written, "\\%c", *c == '\n' ? 'n' : *c == '\t' ? 't' : *c);
        else if (is_control(*c)) tg_buf_format(&written, "\\x%02x", (unsigned)*c);
        else tg_buf_char(&written, *c);
        if (is_control(*c) && *c != '\t') tg_buf_text(&shown, "\xef\xbf\xbd");
        else tg_buf_char(&shown, *c);
    }
    add_form(s, written.data, written.length);
    add_form(s, shown.data, shown.length);
    tg_buf_done(&written);
    tg_buf_done(&shown);
}

/* Whole, as parts between its control characters may be too short to be found. */
static void add_whole(struct tg_secrets *s, const char *text, size_t length)
{
    add_form(s, text, length);
    for (size_t i = 0; i < length; i++) {
        if (!is_control(text[i])) continue;
        add_json_string(s, text, length);
        add_as_shown(s, text, length);
        return;
    }
}

bool tg_secrets_add(struct tg_secrets *s, const char *text, size_t length)
{
    if (length < TG_SECRET_LEAST_BYTES) return false;
    pthread_rwlock_wrlock(&s->lock);
    add_whole(s, text, length);
    for (size_t i = 0, end; i < length; i = end + 1) {
        for (end = i; end < length && !is_control(text[end]);) end++;
        add_readable(s, text + i, end - i);
    }
    for (size_t shift = 0; shift < 3; shift++) {
        add_base64(s, text, length, shift, "+/");
        add_base64(s, text, length, shift, "-_");
    }
    add_hex(s, text, length, "%02x");
    add_hex(s, text, length, "%02X");
    atomic_store_explicit(&s->any, true, memory_order_release);
    pthread_rwlock_unlock(&s->lock);
    return true;
}

/* ---- finding them -------------------------------------------------------------------------------- */

/* The bytes from here on that are covered by secrets, and whether more text could make them more. */
struct cover {
    size_t end;
    bool open;
};

static size_t common_length(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t n = 0, most = a_length < b_length ? a_length : b_length;
    while (n < most && a[n] == b[n]) n++;
    return n;
}

/* The mark that our own texts have where they are cut: its length, 0 if there is none. */
static size_t cut_mark(const char *at, size_t length)
{
    if (length >= 3 && (memcmp(at, "...", 3) == 0 || memcmp(at, "\u2026", 3) == 0)) return 3;
    return length >= 4 && memcmp(at, " ...", 4) == 0 ? 4 : 0;
}

/* Where what is there of this one ends, of which n bytes follow each other from `at` on; `at` if that is too little. */
static size_t end_of_part(const struct tg_secret_form *f, size_t n, const char *data, size_t length, size_t at, bool last)
{
    size_t end = at + n;
    bool cut = (last && end == length) || cut_mark(data + end, length - end) > 0;
    if (n < (cut ? TG_SECRET_LEAST_BYTES : LEAST_PART)) return at;
    while (n > 0 && is_control(f->text[n - 1])) n--; /* the end of a line is none of it */
    return at + n;
}

/* The end of one that begins at `at`. Its beginning is enough, where the text ends or is cut. */
static struct cover find_beginning(const struct tg_secrets *s, const char *data, size_t length, size_t at, bool last)
{
    struct cover c = {at, false};
    for (uint32_t i = s->first[(unsigned char)data[at]]; i; i = s->forms.items[i - 1].next) {
        const struct tg_secret_form *f = &s->forms.items[i - 1];
        size_t n = common_length(f->text, f->length, data + at, length - at);
        size_t end = n == f->length ? at + n : end_of_part(f, n, data, length, at, last);
        if (end > c.end) c.end = end;
        if (n < f->length && at + n == length) c.open = true;
    }
    return c;
}

/* The end of one whose beginning is missing, behind the mark of a cut before `at`. */
static size_t find_ending(const struct tg_secrets *s, const char *data, size_t length, size_t at)
{
    size_t found = at;
    if (at < 3 || cut_mark(data + at - 3, 3) == 0) return at;
    for (size_t i = 0; i < s->forms.count; i++) {
        const struct tg_secret_form *f = &s->forms.items[i];
        for (size_t n = f->length - 1; n >= TG_SECRET_LEAST_BYTES; n--)
            if (n <= length - at && at + n > found && memcmp(f->text + f->length - n, data + at, n) == 0) found = at + n;
    }
    return found;
}

/* Adds the text without secrets, up to where one may begin that is not there to its end; how far that is. `covered`: bytes at
 * its beginning that belong to one; out: those that do from there on. The caller has the lock. */
static size_t hide(const struct tg_secrets *s, const char *data, size_t length, bool last, size_t *covered, struct tg_buf *out)
{
    size_t at = 0, end = *covered;
    for (; at < length; at++) {
        struct cover c = find_beginning(s, data, length, at, last);
        size_t ending = last ? find_ending(s, data, length, at) : at;
        if (c.open && !last) break;
        if (ending > c.end) c.end = ending;
        if (c.end > at && at >= end) tg_buf_text(out, TG_SECRET_SHOWN);
        if (c.end > end) end = c.end;
        if (at >= end) tg_buf_char(out, data[at]);
    }
    *covered = end > at ? end - at : 0;
    return at;
}

void tg_secrets_add_hidden(const struct tg_secrets *s, const char *text, size_t length, struct tg_buf *out)
{
    size_t covered = 0;
    if (!tg_secrets_any(s)) {
        tg_buf_add(out, text, length);
        return;
    }
    pthread_rwlock_rdlock((pthread_rwlock_t *)&s->lock);
    hide(s, text, length, true, &covered, out);
    pthread_rwlock_unlock((pthread_rwlock_t *)&s->lock);
}

void tg_secrets_hide(const struct tg_secrets *s, struct tg_buf *b, size_t from)
{
    if (!tg_secrets_any(s) || b->length <= from) return;
    struct tg_buf out = {0};
    tg_secrets_add_hidden(s, b->data + from, b->length - from, &out);
    b->length = from;
    tg_buf_add(b, out.data, out.length);
    tg_buf_done(&out);
}

char *tg_secrets_hidden(const struct tg_secrets *s, const char *text)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, text);
    tg_secrets_hide(s, &b, 0);
    return tg_buf_take(&b);
}

/* ---- streams ------------------------------------------------------------------------------------- */

void tg_secret_stream_add(struct tg_secret_stream *st, const struct tg_secrets *s, const char *data, size_t length, bool last,
                          struct tg_buf *out)
{
    tg_buf_add(&st->held, data, length);
    if (st->held.length == 0) return;
    bool all = last || st->held.length > MOST_HELD;
    pthread_rwlock_rdlock((pthread_rwlock_t *)&s->lock);
    size_t shown = hide(s, st->held.data, st->held.length, all, &st->covered, out);
    pthread_rwlock_unlock((pthread_rwlock_t *)&s->lock);
    TG_ASSERT(shown <= st->held.length && (!all || shown == st->held.length));
    st->held.length -= shown;
    memmove(st->held.data, st->held.data + shown, st->held.length);
}

void tg_secret_stream_done(struct tg_secret_stream *st)
{
    tg_buf_done(&st->held);
    *st = (struct tg_secret_stream){0};
}
