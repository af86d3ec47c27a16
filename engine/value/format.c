/* SPDX-License-Identifier: MIT
 * Values as text: for people (print), for programs (text), as source text (repr), and as JSON.
 *
 * The walks recurse at most TG_MAX_NESTING deep and print "..." below that. A repr with a limit stops as soon as the
 * text is longer, and is cut there: a list of a million items costs no more than what is shown of it. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "engine/value/value.h"

/* The most of a plugin's description that is taken: it is meant for one line. */
#define MAX_DESCRIPTION ((size_t)1 << 20)

/* The longest run of a text that is copied before the limit is looked at. */
#define RUN_BYTES 4096

struct printer {
    struct tg_buf *b;
    size_t limit; /* of b->length; SIZE_MAX: none */
    bool plain;   /* no float with an exponent */
};

static bool full(const struct printer *p)
{
    return p->b->length > p->limit;
}

/* ---- single values ------------------------------------------------------------------------------- */

static void put_int(struct tg_buf *b, int64_t i)
{
    char digits[20], *at = digits + sizeof digits;
    uint64_t left = i < 0 ? -(uint64_t)i : (uint64_t)i;
    do *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (i < 0) *--at = '-';
    tg_buf_add(b, at, (size_t)(digits + sizeof digits - at));
}

/* 17 digits, a sign, a point and an exponent. */
#define FLOAT_BYTES 40

/* The shortest text that reads back the same; finite. */
static void shortest_float(char text[FLOAT_BYTES], double f)
{
    int digits = fabs(f) < DBL_MIN ? 1 : 15; /* subnormal numbers have fewer */
    do snprintf(text, FLOAT_BYTES, "%.*g", digits, f);
    while (digits++ < 17 && strtod(text, NULL) != f);
    TG_ASSERT(strlen(text) < FLOAT_BYTES - 1);
    char *comma = strchr(text, ','); /* in the locale that some plugin has set */
    if (comma) *comma = '.';
}

/* "-1.5e-07" as -0.00000015: the digits, with zeros before or behind. */
static void put_without_exponent(struct tg_buf *b, const char *text)
{
    const char *e = strchr(text, 'e');
    long point = strtol(e + 1, NULL, 10) + 1; /* how many digits stand before it */
    if (*text == '-') tg_buf_char(b, *text++);
    if (point <= 0) tg_buf_text(b, "0."), tg_buf_fill(b, '0', (size_t)-point);
    for (; text < e; text++)
        if (*text != '.') tg_buf_char(b, *text), point--;
    if (point > 0) tg_buf_fill(b, '0', (size_t)point), tg_buf_text(b, ".0");
}

static void put_float(struct tg_buf *b, double f, bool plain)
{
    char text[FLOAT_BYTES];
    if (!isfinite(f)) {
        tg_buf_text(b, isnan(f) ? "nan" : f < 0 ? "-inf" : "inf");
        return;
    }
    shortest_float(text, f);
    if (plain && strchr(text, 'e')) {
        put_without_exponent(b, text);
        return;
    }
    tg_buf_text(b, text);
    if (!strpbrk(text, ".e")) tg_buf_text(b, ".0");
}

static void put_object(struct tg_buf *b, tg_value v)
{
    const struct tg_object *o = tg_object_of(v);
    char small[256] = "", *text = small;
    size_t size = sizeof small;
    int length = o->type->describe ? o->type->describe(o->payload, small, size) : -1;
    if (length >= (int)size) {
        size = (size_t)length < MAX_DESCRIPTION ? (size_t)length + 1 : MAX_DESCRIPTION;
        text = tg_alloc_zero(size);
        length = o->type->describe(o->payload, text, size);
    }
    /* the text's own end counts: the length is what the plugin says */
    if (length >= 0) tg_buf_add(b, text, strnlen(text, size - 1));
    else tg_buf_format(b, "<%s>", o->type->name);
    if (text != small) free(text);
}

/* ---- quoted texts -------------------------------------------------------------------------------- */

static void put_escape(struct tg_buf *b, unsigned char c)
{
    if (c == '\n') tg_buf_text(b, "\\n");
    else if (c == '\t') tg_buf_text(b, "\\t");
    else if (c == '"' || c == '\\' || c == '$') tg_buf_format(b, "\\%c", c);
    else tg_buf_format(b, "\\x%02x", c);
}

/* Bytes at text that stand for themselves between quotes: 0 if the first is to be escaped. */
static size_t plain_quoted_bytes(const char *text, size_t length, bool utf8)
{
    unsigned char c = (unsigned char)text[0];
    if (c < 0x20 || c == 0x7f || c == '"' || c == '\\') return 0;
    if (c == '$' && utf8 && length > 1 && text[1] == '{') return 0;
    if (c < 0x80) return 1;
    return utf8 ? tg_utf8_length(text, length) : 0;
}

static void put_quoted(struct printer *p, const char *text, size_t length, bool utf8)
{
    tg_buf_char(p->b, '"');
    for (size_t i = 0; i < length && !full(p);) {
        size_t run = 0, n = 1;
        while (run < RUN_BYTES && i + run < length && (n = plain_quoted_bytes(text + i + run, length - i - run, utf8)))
            run += n;
        tg_buf_add(p->b, text + i, run);
        i += run;
        if (n == 0) put_escape(p->b, (unsigned char)text[i++]);
    }
    tg_buf_char(p->b, '"');
}

static void put_text(struct printer *p, tg_value v)
{
    const struct tg_str *t = tg_str_of(v);
    if (tg_kind(v) == TG_BYTES) tg_buf_char(p->b, 'b');
    put_quoted(p, t->data, t->length, tg_kind(v) != TG_BYTES);
}

/* ---- print and repr ------------------------------------------------------------------------------ */

static void put_value(struct printer *p, tg_value v, int depth);

static void put_list(struct printer *p, const struct tg_list *l, int depth)
{
    tg_buf_char(p->b, '[');
    for (size_t i = 0; i < l->count && !full(p); i++) {
        if (i) tg_buf_text(p->b, ", ");
        put_value(p, l->items[i], depth + 1);
    }
    tg_buf_char(p->b, ']');
}

static void put_record(struct printer *p, const struct tg_record *r, int depth)
{
    tg_buf_char(p->b, '{');
    for (size_t i = 0; i < r->count && !full(p); i++) {
        const struct tg_str *key = tg_str_of(r->fields[i].key);
        if (i) tg_buf_text(p->b, ", ");
        if (key->length && tg_ascii_name(key->data, key->length) == key->length) tg_buf_add(p->b, key->data, key->length);
        else put_text(p, r->fields[i].key);
        tg_buf_text(p->b, ": ");
        put_value(p, r->fields[i].value, depth + 1);
    }
    tg_buf_char(p->b, '}');
}

static void put_value(struct printer *p, tg_value v, int depth)
{
    switch (tg_kind(v)) {
    case TG_NIL: tg_buf_text(p->b, "nil"); return;
    case TG_BOOL: tg_buf_text(p->b, tg_as_bool(v) ? "true" : "false"); return;
    case TG_INT: put_int(p->b, v.i); return;
    case TG_FLOAT: put_float(p->b, v.f, p->plain); return;
    case TG_FUTURE: tg_buf_format(p->b, "<task %" PRIu64 ">", v.bits); return;
    case TG_FAILED: tg_buf_text(p->b, "<failed>"); return;
    case TG_STR:
    case TG_BYTES:
    case TG_FILE: put_text(p, v); return;
    case TG_FUNCTION:
        tg_buf_text(p->b, ((struct tg_function *)v.p)->shown ? ((struct tg_function *)v.p)->shown : "<fn>");
        return;
    case TG_OBJECT: put_object(p->b, v); return;
    case TG_LIST:
    case TG_RECORD: break;
    }
    if (depth >= TG_MAX_NESTING) tg_buf_text(p->b, "...");
    else if (tg_kind(v) == TG_LIST) put_list(p, tg_list_of(v), depth);
    else put_record(p, tg_record_of(v), depth);
}

static void put_as_text(struct printer *p, tg_value v)
{
    if (tg_kind(v) == TG_STR || tg_kind(v) == TG_FILE) tg_buf_add(p->b, tg_str_of(v)->data, tg_str_of(v)->length);
    else put_value(p, v, 0);
}

void tg_value_print(struct tg_buf *b, tg_value v)
{
    put_as_text(&(struct printer){.b = b, .limit = SIZE_MAX}, v);
}

void tg_value_text(struct tg_buf *b, tg_value v)
{
    put_as_text(&(struct printer){.b = b, .limit = SIZE_MAX, .plain = true}, v);
}

void tg_value_repr(struct tg_buf *b, tg_value v, size_t max_bytes)
{
    size_t start = b->length, end = start + max_bytes;
    struct printer p = {.b = b, .limit = max_bytes && end > start ? end : SIZE_MAX};
    put_value(&p, v, 0);
    if (!full(&p)) return;
    TG_ASSERT(end < b->length);
    while (end > start && ((unsigned char)b->data[end] & 0xc0) == 0x80) end--; /* not inside a character */
    b->length = end;
    tg_buf_text(b, "...");
}

/* ---- JSON ---------------------------------------------------------------------------------------- */

struct json_printer {
    struct tg_buf *b;
    int indent;
};

static void json_value(const struct json_printer *p, tg_value v, int depth);

static void json_base64(struct tg_buf *b, const unsigned char *data, size_t length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    tg_buf_char(b, '"');
    for (size_t i = 0; i < length; i += 3) {
        size_t n = length - i < 3 ? length - i : 3;
        uint32_t bits = (uint32_t)data[i] << 16;
        if (n > 1) bits |= (uint32_t)data[i + 1] << 8;
        if (n > 2) bits |= data[i + 2];
        char four[4] = {letters[bits >> 18], letters[bits >> 12 & 63], n > 1 ? letters[bits >> 6 & 63] : '=',
                        n > 2 ? letters[bits & 63] : '='};
        tg_buf_add(b, four, 4);
    }
    tg_buf_char(b, '"');
}

/* What has no JSON form of its own, as a string of its printed text. */
static void json_printed(struct tg_buf *b, tg_value v)
{
    struct tg_buf text = {0};
    tg_value_print(&text, v);
    tg_buf_json_string(b, tg_buf_str(&text), text.length);
    tg_buf_done(&text);
}

static void json_line(const struct json_printer *p, int depth)
{
    if (p->indent <= 0) return;
    tg_buf_char(p->b, '\n');
    tg_buf_fill(p->b, ' ', (size_t)p->indent * (size_t)depth);
}

static void json_list(const struct json_printer *p, const struct tg_list *l, int depth)
{
    tg_buf_char(p->b, '[');
    for (size_t i = 0; i < l->count; i++) {
        if (i) tg_buf_char(p->b, ',');
        json_line(p, depth + 1);
        json_value(p, l->items[i], depth + 1);
    }
    if (l->count) json_line(p, depth);
    tg_buf_char(p->b, ']');
}

static void json_record(const struct json_printer *p, const struct tg_record *r, int depth)
{
    tg_buf_char(p->b, '{');
    for (size_t i = 0; i < r->count; i++) {
        const struct tg_str *key = tg_str_of(r->fields[i].key);
        if (i) tg_buf_char(p->b, ',');
        json_line(p, depth + 1);
        tg_buf_json_string(p->b, key->data, key->length);
        tg_buf_text(p->b, p->indent > 0 ? ": " : ":");
        json_value(p, r->fields[i].value, depth + 1);
    }
    if (r->count) json_line(p, depth);
    tg_buf_char(p->b, '}');
}

static void json_value(const struct json_printer *p, tg_value v, int depth)
{
    switch (tg_kind(v)) {
    case TG_NIL: tg_buf_text(p->b, "null"); return;
    case TG_BOOL: tg_buf_text(p->b, tg_as_bool(v) ? "true" : "false"); return;
    case TG_INT: put_int(p->b, v.i); return;
    case TG_FLOAT:
        if (isfinite(v.f)) put_float(p->b, v.f, false);
        else json_printed(p->b, v);
        return;
    case TG_STR:
    case TG_FILE: tg_buf_json_string(p->b, tg_str_of(v)->data, tg_str_of(v)->length); return;
    case TG_BYTES: json_base64(p->b, (const unsigned char *)tg_str_of(v)->data, tg_str_of(v)->length); return;
    case TG_FUTURE:
    case TG_FAILED:
    case TG_FUNCTION:
    case TG_OBJECT: json_printed(p->b, v); return;
    case TG_LIST:
    case TG_RECORD: break;
    }
    if (depth >= TG_MAX_NESTING) tg_buf_text(p->b, "\"...\"");
    else if (tg_kind(v) == TG_LIST) json_list(p, tg_list_of(v), depth);
    else json_record(p, tg_record_of(v), depth);
}

void tg_value_json(struct tg_buf *b, tg_value v, int indent)
{
    json_value(&(struct json_printer){b, indent}, v, 0);
}
