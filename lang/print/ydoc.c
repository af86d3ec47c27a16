/* SPDX-License-Identifier: MIT
 * Lays a YAML document out: on one line in flow style where that fits into 100 columns, else in block style with two
 * columns a level. A text stands plain only where nobody could take it for something else, also not a reader of
 * YAML 1.1; in single quotes where double ones would need escapes; over several lines as a literal block. */
#include "lang/print/ydoc.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

#define COLUMNS 100
#define STEP 2

/* ---- scalars ------------------------------------------------------------------------------------- */

static struct tg_ydoc *new_doc(struct tg_arena *a, int kind)
{
    struct tg_ydoc *d = tg_arena_alloc(a, sizeof *d);
    memset(d, 0, sizeof *d);
    d->kind = kind;
    d->comments_end = &d->comments;
    return d;
}

static bool equals_ignoring_case(const char *text, size_t length, const char *lower)
{
    if (strlen(lower) != length) return false;
    for (size_t i = 0; i < length; i++)
        if ((text[i] | 0x20) != lower[i]) return false;
    return true;
}

/* Words that some reader of YAML takes for something else than text. */
static bool is_reserved(const char *text, size_t length)
{
    static const char *const words[] = {"true", "false", "null", "yes", "no", "on", "off"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (equals_ignoring_case(text, length, words[i])) return true;
    return false;
}

static bool stands_plain(const char *text, size_t length)
{
    if (length == 0 || !(tg_ascii_name(text, 1) || text[0] == '/') || text[length - 1] == ' ') return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (!tg_ascii_is_name_byte(c) && c != '.' && c != '/' && c != '-' && c != ' ') return false;
    }
    return !is_reserved(text, length);
}

/* May the code point stand in YAML without an escape? */
static bool is_printable(uint32_t code)
{
    return code == '\t' || (code >= 0x20 && code < 0x7f) || code == 0x85 || (code >= 0xa0 && code < 0xd800) ||
           (code >= 0xe000 && code < 0xfffe && code != 0xfeff) || (code >= 0x10000 && code <= 0x10ffff);
}

static bool is_line_break(uint32_t code)
{
    return code == 0x85 || code == 0x2028 || code == 0x2029;
}

bool tg_ydoc_is_printable(const char *text, size_t length)
{
    for (size_t i = 0, n; i < length; i += n) {
        n = tg_utf8_length(text + i, length - i);
        if (n == 0) return false;
        uint32_t code = tg_utf8_code(text + i, n);
        if (code != '\n' && (!is_printable(code) || is_line_break(code))) return false;
    }
    return true;
}

size_t tg_ydoc_clean(char *text, size_t length)
{
    size_t written = 0;
    for (size_t i = 0, n; i < length; i += n) {
        n = tg_utf8_length(text + i, length - i);
        bool fine = n && tg_ydoc_is_printable(text + i, n);
        if (n == 0) n = 1;
        if (fine) memmove(text + written, text + i, n);
        else text[written] = '?';
        written += fine ? n : 1;
    }
    return written;
}

static void add_escape(struct tg_buf *b, uint32_t code)
{
    if (code == '\n') tg_buf_text(b, "\\n");
    else if (code == '\r') tg_buf_text(b, "\\r");
    else if (code < 0x100) tg_buf_format(b, "\\x%02X", code);
    else if (code < 0x10000) tg_buf_format(b, "\\u%04X", code);
    else tg_buf_format(b, "\\U%08X", code);
}

static void double_quoted(struct tg_buf *b, const char *text, size_t length)
{
    tg_buf_char(b, '"');
    for (size_t i = 0, n; i < length; i += n) {
        n = tg_utf8_length(text + i, length - i);
        uint32_t code = n ? tg_utf8_code(text + i, n) : (unsigned char)text[i];
        if (n == 0) n = 1;
        if (code == '"' || code == '\\') tg_buf_char(b, '\\');
        if (code == '\t') tg_buf_text(b, "\\t");
        else if (is_printable(code) && !is_line_break(code)) tg_buf_add(b, text + i, n);
        else add_escape(b, code);
    }
    tg_buf_char(b, '"');
}

static void single_quoted(struct tg_buf *b, const char *text, size_t length)
{
    tg_buf_char(b, '\'');
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'') tg_buf_char(b, '\'');
        tg_buf_char(b, text[i]);
    }
    tg_buf_char(b, '\'');
}

/* A text on one line: its bytes for YAML. */
static void quote(struct tg_buf *b, const char *text, size_t length)
{
    bool quotes = memchr(text, '"', length) || memchr(text, '\\', length);
    bool escapes = !tg_ydoc_is_printable(text, length) || memchr(text, '\n', length) || memchr(text, '\t', length);
    if (stands_plain(text, length)) tg_buf_add(b, text, length);
    else if (quotes && !escapes) single_quoted(b, text, length);
    else double_quoted(b, text, length);
}

/* Can it stand as a literal block? Its first line must show the indentation, and no line be blanks alone. */
static bool fits_block(const char *text, size_t length)
{
    const char *end = text + length, *newline = length ? memchr(text, '\n', length) : NULL;
    if (!newline || newline + 1 == end || strchr(" \t\n", text[0]) || !tg_ydoc_is_printable(text, length)) return false;
    for (const char *line = text; line < end; line = newline + 1) {
        newline = memchr(line, '\n', (size_t)(end - line));
        if (!newline) newline = end;
        const char *first = line;
        while (first < newline && (*first == ' ' || *first == '\t')) first++;
        if (first == newline && first > line) return false;
    }
    return true;
}

struct tg_ydoc *tg_ydoc_plain(struct tg_arena *a, const char *bytes, size_t length)
{
    struct tg_ydoc *d = new_doc(a, TG_YD_SCALAR);
    d->text = tg_arena_copy(a, bytes, length);
    d->length = (uint32_t)length;
    return d;
}

struct tg_ydoc *tg_ydoc_lines(struct tg_arena *a, const char *bytes, size_t length)
{
    struct tg_ydoc *d = tg_ydoc_plain(a, bytes, length);
    d->kind = TG_YD_LINES;
    return d;
}

struct tg_ydoc *tg_ydoc_text(struct tg_arena *a, const char *bytes, size_t length)
{
    if (length && fits_block(bytes, length)) return tg_ydoc_lines(a, bytes, length);
    struct tg_buf b = {0};
    quote(&b, bytes ? bytes : "", length);
    struct tg_ydoc *d = tg_ydoc_plain(a, b.data, b.length);
    tg_buf_done(&b);
    return d;
}

/* ---- lists and mappings -------------------------------------------------------------------------- */

struct tg_ydoc *tg_ydoc_list(struct tg_arena *a)
{
    return new_doc(a, TG_YD_LIST);
}

struct tg_ydoc *tg_ydoc_map(struct tg_arena *a)
{
    return new_doc(a, TG_YD_MAP);
}

void tg_ydoc_break(struct tg_ydoc *d)
{
    d->broken = true;
}

void tg_ydoc_add(struct tg_ydoc *list, struct tg_ydoc *item)
{
    if (list->last) list->last->next = item;
    else list->first = item;
    list->last = item;
}

void tg_ydoc_put(struct tg_arena *a, struct tg_ydoc *map, const char *key, size_t length, struct tg_ydoc *value)
{
    struct tg_buf b = {0};
    quote(&b, key, length);
    value->key = tg_arena_copy(a, b.data, b.length);
    value->key_length = (uint32_t)b.length;
    tg_buf_done(&b);
    tg_ydoc_add(map, value);
}

static struct tg_ycomment *new_comment(struct tg_arena *a, const char *text, size_t length)
{
    struct tg_ycomment *c = tg_arena_alloc(a, sizeof *c);
    while (length > 0 && strchr(" \t\r\f", text[length - 1])) length--;
    char *clean = tg_arena_copy(a, text, length);
    *c = (struct tg_ycomment){clean, (uint32_t)tg_ydoc_clean(clean, length), NULL};
    return c;
}

void tg_ydoc_comment(struct tg_arena *a, struct tg_ydoc *d, const char *text, size_t length)
{
    struct tg_ycomment *c = new_comment(a, text, length);
    *d->comments_end = c;
    d->comments_end = &c->next;
}

void tg_ydoc_trailing(struct tg_arena *a, struct tg_ydoc *d, const char *text, size_t length)
{
    d->trailing = new_comment(a, text, length);
}

/* ---- layout -------------------------------------------------------------------------------------- */

static void flow(struct tg_buf *b, const struct tg_ydoc *d)
{
    if (d->kind == TG_YD_SCALAR) {
        tg_buf_add(b, d->text, d->length);
        return;
    }
    tg_buf_char(b, d->kind == TG_YD_LIST ? '[' : '{');
    for (const struct tg_ydoc *item = d->first; item; item = item->next) {
        if (item != d->first) tg_buf_text(b, ", ");
        if (d->kind == TG_YD_MAP) {
            tg_buf_add(b, item->key, item->key_length);
            tg_buf_text(b, ": ");
        }
        flow(b, item);
    }
    tg_buf_char(b, d->kind == TG_YD_LIST ? ']' : '}');
}

static void new_line(struct tg_buf *b, size_t indent)
{
    tg_buf_char(b, '\n');
    tg_buf_fill(b, ' ', indent);
}

static void put_trailing(struct tg_buf *b, const struct tg_ydoc *d)
{
    if (!d->trailing) return;
    tg_buf_text(b, "  ");
    tg_buf_add(b, d->trailing->text, d->trailing->length);
}

static void lines(struct tg_buf *b, const struct tg_ydoc *d, size_t indent)
{
    const char *end = d->text + d->length;
    bool ends = end[-1] == '\n', more = ends && end[-2] == '\n';
    tg_buf_text(b, more ? "|+" : ends ? "|" : "|-");
    put_trailing(b, d);
    for (const char *line = d->text; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
        tg_buf_char(b, '\n');
        if (stop > line) tg_buf_fill(b, ' ', indent);
        tg_buf_add(b, line, (size_t)(stop - line));
        line = newline ? newline + 1 : end;
    }
}

/* The columns that are left of `room` behind the document on one line; negative: it does not fit there, or never stands on
 * one line. Looks no further than the room goes. */
static int64_t room_behind(const struct tg_ydoc *d, int64_t room)
{
    if (d->kind == TG_YD_LINES || d->broken) return -1;
    if (d->kind == TG_YD_SCALAR) return room - d->length;
    room -= 2;
    for (const struct tg_ydoc *item = d->first; item && room >= 0; item = item->next) {
        if (item->comments || item->trailing) return -1;
        room -= (item != d->first ? 2 : 0) + (item->key ? item->key_length + 2 : 0);
        if (room >= 0) room = room_behind(item, room);
    }
    return room;
}

/* Does the value stand on the line of its key or dash, where it begins at `column`? */
static bool on_one_line(const struct tg_ydoc *d, size_t column)
{
    if (d->kind == TG_YD_SCALAR) return true;
    if (d->kind == TG_YD_LINES) return false;
    return !d->first || (column <= COLUMNS && room_behind(d, (int64_t)(COLUMNS - column)) >= 0);
}

static void entries(struct tg_buf *b, const struct tg_ydoc *d, size_t indent, bool begun);

/* A value behind its key or dash; column: where it begins; indent: of the line that has the key or dash. */
static void value(struct tg_buf *b, const struct tg_ydoc *d, size_t column, size_t indent, bool after_key)
{
    if (after_key && (d->kind == TG_YD_LINES || on_one_line(d, column))) tg_buf_char(b, ' ');
    if (on_one_line(d, column)) {
        flow(b, d);
        put_trailing(b, d);
    } else if (d->kind == TG_YD_LINES) {
        lines(b, d, indent + STEP);
    } else {
        if (after_key) put_trailing(b, d);
        entries(b, d, indent + STEP, !after_key);
    }
}

static void comment_line(struct tg_buf *b, const struct tg_ycomment *c, size_t indent)
{
    if (b->length) new_line(b, indent);
    tg_buf_add(b, c->text, c->length);
}

/* The comments before an item; also one behind an item that takes several lines and has no key to stand at. */
static void comments(struct tg_buf *b, const struct tg_ydoc *d, size_t indent, bool in_list)
{
    for (const struct tg_ycomment *c = d->comments; c; c = c->next) comment_line(b, c, indent);
    bool several = d->kind != TG_YD_LINES && !on_one_line(d, indent + STEP);
    if (in_list && d->trailing && several) comment_line(b, d->trailing, indent);
}

static size_t column_of(const struct tg_buf *b)
{
    const char *newline = b->length ? memrchr(b->data, '\n', b->length) : NULL;
    return newline ? (size_t)(b->data + b->length - newline - 1) : b->length;
}

/* The items of a list or mapping, a line each. begun: the first stands on the line at hand. */
static void entries(struct tg_buf *b, const struct tg_ydoc *d, size_t indent, bool begun)
{
    for (const struct tg_ydoc *item = d->first; item; item = item->next) {
        bool here = begun && item == d->first && !item->comments && !item->trailing;
        if (!here) comments(b, item, indent, d->kind == TG_YD_LIST);
        if (!here && b->length) new_line(b, indent);
        if (d->kind == TG_YD_LIST) tg_buf_text(b, "- ");
        else {
            tg_buf_add(b, item->key, item->key_length);
            tg_buf_char(b, ':');
        }
        bool map = d->kind == TG_YD_MAP;
        value(b, item, column_of(b) + map, indent, map);
    }
}

void tg_ydoc_print(struct tg_buf *b, const struct tg_ydoc *map, const struct tg_ydoc *last)
{
    struct tg_buf own = {0};
    comments(&own, map, 0, false);
    if (map->comments && (map->first || last->comments)) tg_buf_char(&own, '\n'); /* an empty line keeps them apart */
    if (map->first) entries(&own, map, 0, false);
    comments(&own, last, 0, false);
    if (own.length) {
        tg_buf_char(&own, '\n');
        tg_buf_add(b, own.data, own.length);
    }
    tg_buf_done(&own);
}
