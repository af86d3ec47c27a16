/* SPDX-License-Identifier: MIT
 * Rows of recorded tasks. A column is copied once; the texts of its lists are what stands in the copy, with a NUL in the place of the
 * quote that ends them. What is not exactly as it would be written is not read. */
#include "engine/store/ledgerrow.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/compiler.h"
#include "engine/base/digits.h"

#define HEX_DIGITS (TG_LEDGERROW_HEX - 1)
#define HALF (HEX_DIGITS / 2)

static const char *const kinds[] = {
    [TG_CONTENT_NONE] = "none",
    [TG_CONTENT_FILE] = "file",
    [TG_CONTENT_FOLDER] = "folder",
    [TG_CONTENT_OTHER] = "other",
};
#define KINDS (sizeof kinds / sizeof *kinds)

/* ---- writing ------------------------------------------------------------------------------------- */

static char *put_hex(char *to, uint64_t word)
{
    for (int shift = 60; shift >= 0; shift -= 4) *to++ = "0123456789abcdef"[word >> shift & 15];
    return to;
}

void tg_ledgerrow_hex(struct tg_digest digest, char hex[TG_LEDGERROW_HEX])
{
    *put_hex(put_hex(hex, digest.high), digest.low) = 0;
}

static void write_digest(struct tg_buf *b, struct tg_digest digest)
{
    char *to = tg_buf_reserve(b, HEX_DIGITS + 2);
    *to = '"';
    *put_hex(put_hex(to + 1, digest.high), digest.low) = '"';
    b->length += HEX_DIGITS + 2;
}

/* All bytes stay what they are, but for those that JSON cannot have in a text. */
static void write_string(struct tg_buf *b, const char *text)
{
    tg_buf_char(b, '"');
    for (const char *c = text; *c;) {
        const char *plain = c;
        while ((unsigned char)*c >= ' ' && *c != '"' && *c != '\\') c++;
        tg_buf_add(b, plain, (size_t)(c - plain));
        if (!*c) break;
        if (*c == '"' || *c == '\\') tg_buf_format(b, "\\%c", *c);
        else tg_buf_format(b, "\\u%04x", (unsigned)*c);
        c++;
    }
    tg_buf_char(b, '"');
}

static void write_count(struct tg_buf *b, uint64_t number)
{
    char *to = tg_buf_reserve(b, TG_DIGITS + 1);
    b->length += (size_t)(tg_digits_put(to, number) - to);
    tg_buf_char(b, ',');
}

static void write_signed(struct tg_buf *b, int64_t number)
{
    if (number < 0) tg_buf_char(b, '-');
    write_count(b, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

static void write_recorded_part(struct tg_buf *b, const struct tg_recorded_part *p)
{
    tg_buf_char(b, '[');
    write_string(b, p->name);
    tg_buf_char(b, ',');
    write_digest(b, p->digest);
    tg_buf_char(b, ',');
    if (p->shown) write_string(b, p->shown);
    else tg_buf_text(b, "null");
    tg_buf_char(b, ']');
}

static void write_recorded_file(struct tg_buf *b, const struct tg_recorded_file *f)
{
    const struct tg_stamp *s = &f->content.stamp;
    tg_buf_char(b, '[');
    write_string(b, f->path);
    tg_buf_char(b, ',');
    write_count(b, f->flags);
    write_string(b, kinds[f->content.kind]);
    tg_buf_char(b, ',');
    write_count(b, s->size);
    write_signed(b, s->mtime_ns);
    write_signed(b, s->ctime_ns);
    write_count(b, s->inode);
    write_count(b, s->racy);
    write_digest(b, f->content.digest);
    tg_buf_char(b, ']');
}

static void write_files(struct tg_buf *b, const struct tg_recorded_file *files, size_t count)
{
    tg_buf_char(b, '[');
    for (size_t i = 0; i < count; i++) {
        if (i) tg_buf_char(b, ',');
        write_recorded_file(b, &files[i]);
    }
    tg_buf_add(b, "]", 2); /* with a NUL */
}

static void write_parts(struct tg_buf *b, const struct tg_recorded *t)
{
    tg_buf_char(b, '[');
    for (size_t i = 0; i < t->part_count; i++) {
        if (i) tg_buf_char(b, ',');
        write_recorded_part(b, &t->parts[i]);
    }
    tg_buf_add(b, "]", 2);
}

static struct tg_ledgerdb_value text_at(const struct tg_buf *b, size_t from, size_t end)
{
    return (struct tg_ledgerdb_value){TG_LEDGERDB_TEXT, 0, b->data + from, end - from - 1};
}

/* The texts one behind the other in the buffer, each with a NUL; they are pointed to when it does not move any more. */
static void write_texts(const struct tg_recorded *t, struct tg_buf *b, struct tg_ledgerdb_value *values)
{
    char hex[TG_LEDGERROW_HEX];
    size_t at[6] = {b->length};
    tg_ledgerrow_hex(t->identity, hex);
    tg_buf_add(b, hex, sizeof hex);
    at[1] = b->length;
    tg_ledgerrow_hex(t->key, hex);
    tg_buf_add(b, hex, sizeof hex);
    at[2] = b->length;
    write_parts(b, t);
    at[3] = b->length;
    write_files(b, t->inputs, t->input_count);
    at[4] = b->length;
    write_files(b, t->results, t->result_count);
    at[5] = b->length;
    values[TG_LEDGERROW_IDENTITY] = text_at(b, at[0], at[1]);
    values[TG_LEDGERROW_KEY] = text_at(b, at[1], at[2]);
    values[TG_LEDGERROW_PARTS] = text_at(b, at[2], at[3]);
    values[TG_LEDGERROW_INPUTS] = text_at(b, at[3], at[4]);
    values[TG_LEDGERROW_RESULTS] = text_at(b, at[4], at[5]);
}

void tg_ledgerrow_write(const struct tg_recorded *t, int64_t day, struct tg_buf *texts,
                        struct tg_ledgerdb_value values[TG_LEDGERROW_COLUMNS])
{
    write_texts(t, texts, values);
    values[TG_LEDGERROW_ID] = tg_ledgerdb_number(tg_ledgerrow_id(t->identity));
    values[TG_LEDGERROW_WORKFLOW] = tg_ledgerdb_text(t->workflow);
    values[TG_LEDGERROW_TASK] = tg_ledgerdb_text(t->task);
    values[TG_LEDGERROW_INSTANCE] = tg_ledgerdb_text(t->instance);
    values[TG_LEDGERROW_VALUE] = (struct tg_ledgerdb_value){TG_LEDGERDB_BYTES, 0, t->value, t->value_length};
    if (!t->value) values[TG_LEDGERROW_VALUE].kind = TG_LEDGERDB_NULL;
    values[TG_LEDGERROW_ENDED] = tg_ledgerdb_number(t->ended_ns);
    values[TG_LEDGERROW_TOOK] = tg_ledgerdb_number((int64_t)t->took_ns);
    values[TG_LEDGERROW_CPU] = tg_ledgerdb_number((int64_t)t->used.cpu_ns);
    values[TG_LEDGERROW_MEMORY] = tg_ledgerdb_number((int64_t)t->used.peak_bytes);
    values[TG_LEDGERROW_RUN] = tg_ledgerdb_number((int64_t)t->run);
    values[TG_LEDGERROW_SEEN] = tg_ledgerdb_number(day);
}

/* ---- reading ------------------------------------------------------------------------------------- */

/* A place in a copy of a column, which ends with a NUL. */
struct ledgerrow_reader {
    char *at;
    const char *end;
    bool wrong;
};

static void expect(struct ledgerrow_reader *r, char c)
{
    if (TG_LIKELY(*r->at == c)) r->at++;
    else r->wrong = true;
}

/* What a digit is digit_worth; all bits set: it is none. */
static const uint8_t digit_worth[256] = {
    [0 ... '0' - 1] = 255,   ['0'] = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ['9' + 1 ... 'a' - 1] = 255, ['a'] = 10, 11, 12, 13, 14, 15,
    ['f' + 1 ... 255] = 255,
};

#define EACH_BYTE(byte) (UINT64_MAX / 255 * (byte))

/* Eight digits at once. What is no digit is not what its half byte is written as. */
static bool read_eight(const char *hex, uint32_t *out)
{
    uint64_t bytes, halves, letters;
    memcpy(&bytes, hex, sizeof bytes);
    halves = (bytes & EACH_BYTE(0x0f)) + 9 * (bytes >> 6 & EACH_BYTE(1));
    letters = (halves + EACH_BYTE(6)) >> 4 & EACH_BYTE(1);
    bool digits = !(halves & EACH_BYTE(0xf0)) && halves + EACH_BYTE('0') + letters * ('a' - '9' - 1) == bytes;
    halves = be64toh(halves); /* the first digit counts most */
    halves = (halves | halves >> 4) & UINT64_C(0x00ff00ff00ff00ff);
    halves = (halves | halves >> 8) & UINT64_C(0x0000ffff0000ffff);
    *out = (uint32_t)(halves | halves >> 16);
    return digits;
}

static bool read_half_of(const char *hex, uint64_t *out)
{
    uint32_t upper, lower;
    if (!read_eight(hex, &upper) || !read_eight(hex + HALF / 2, &lower)) return false;
    *out = (uint64_t)upper << 32 | lower;
    return true;
}

/* Of HEX_DIGITS bytes. */
static bool read_hex(const char *hex, struct tg_digest *out)
{
    return read_half_of(hex, &out->high) && read_half_of(hex + HALF, &out->low);
}

static void read_digest_of(struct ledgerrow_reader *r, struct tg_digest *out)
{
    expect(r, '"');
    if (!r->wrong && r->end - r->at > HEX_DIGITS && read_hex(r->at, out)) r->at += HEX_DIGITS;
    else r->wrong = true;
    expect(r, '"');
}

/* What stands behind a backslash, as one byte; 0: none that is written. */
static char unescape(struct ledgerrow_reader *r)
{
    char c = *++r->at;
    if (!c) return 0;
    r->at++;
    if (c == '"' || c == '\\') return c;
    if (c != 'u' || strncmp(r->at, "00", 2) != 0 || (r->at[2] != '0' && r->at[2] != '1')) return 0;
    int high = digit_worth[(unsigned char)r->at[2]], low = digit_worth[(unsigned char)r->at[3]];
    if (low >= 16) return 0;
    r->at += 4;
    return (char)(high << 4 | low);
}

static bool stands_for_itself(char c)
{
    return (unsigned char)c >= ' ' && c != '"' && c != '\\';
}

/* Some byte of eight is less than `than`, or has its highest bit set; no other byte can hide that. */
static uint64_t has_less(uint64_t bytes, unsigned than)
{
    return ((bytes - EACH_BYTE(than)) | bytes) & EACH_BYTE(0x80);
}

/* Past bytes that stand for themselves, eight at a time: the others are looked at one by one. */
static char *pass_plain(char *at, const char *end)
{
    for (uint64_t bytes; end - at >= (ptrdiff_t)sizeof bytes; at += sizeof bytes) {
        memcpy(&bytes, at, sizeof bytes);
        if (has_less(bytes, ' ') | has_less(bytes ^ EACH_BYTE('"'), 1) | has_less(bytes ^ EACH_BYTE('\\'), 1)) break;
    }
    while (stands_for_itself(*at)) at++;
    return at;
}

/* The text is made of what stands there, in its place. */
static const char *read_string(struct ledgerrow_reader *r)
{
    expect(r, '"');
    char *text = r->at, *to = text;
    if (r->wrong) return "";
    to = pass_plain(to, r->end);
    for (r->at = to; *r->at != '"';) {
        if (stands_for_itself(*r->at)) *to++ = *r->at++;
        else if (*r->at == '\\' && (*to = unescape(r)) != 0) to++;
        else return r->wrong = true, "";
    }
    r->at++;
    *to = 0;
    return text;
}

static const char *read_string_or_null(struct ledgerrow_reader *r)
{
    if (strncmp(r->at, "null", 4) != 0) return read_string(r);
    r->at += 4;
    return NULL;
}

/* So many fit in a number for certain. */
#define SAFE_DIGITS 18

/* A number and the comma behind it. */
static uint64_t read_number_of(struct ledgerrow_reader *r, uint64_t most)
{
    uint64_t number = 0, digit;
    const char *from = r->at, *at = from;
    while ((digit = (uint64_t)(unsigned char)*at - '0') <= 9 && at - from < SAFE_DIGITS) number = number * 10 + digit, at++;
    for (; (digit = (uint64_t)(unsigned char)*at - '0') <= 9; at++) {
        if (number > (most - digit) / 10) r->wrong = true;
        number = number * 10 + digit;
    }
    if (number > most || at == from || (*from == '0' && at - from > 1)) r->wrong = true;
    r->at += at - from;
    expect(r, ',');
    return number;
}

static int64_t read_signed(struct ledgerrow_reader *r)
{
    if (*r->at != '-') return (int64_t)read_number_of(r, INT64_MAX);
    r->at++;
    return (int64_t)-read_number_of(r, (uint64_t)INT64_MAX + 1);
}

static enum tg_content_kind read_content_kind(struct ledgerrow_reader *r)
{
    const char *word = read_string(r);
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(word, kinds[i]) == 0) return (enum tg_content_kind)i;
    r->wrong = true;
    return TG_CONTENT_NONE;
}

static void read_one_part(struct ledgerrow_reader *r, void *out)
{
    struct tg_recorded_part *p = out;
    p->name = read_string(r);
    expect(r, ',');
    read_digest_of(r, &p->digest);
    expect(r, ',');
    p->shown = read_string_or_null(r);
}

static void read_one_file(struct ledgerrow_reader *r, void *out)
{
    struct tg_recorded_file *f = out;
    struct tg_stamp *s = &f->content.stamp;
    f->path = read_string(r);
    expect(r, ',');
    f->flags = (uint32_t)read_number_of(r, UINT32_MAX);
    f->content.kind = read_content_kind(r);
    expect(r, ',');
    s->size = read_number_of(r, UINT64_MAX);
    s->mtime_ns = read_signed(r);
    s->ctime_ns = read_signed(r);
    s->inode = read_number_of(r, UINT64_MAX);
    s->racy = read_number_of(r, 1) != 0;
    read_digest_of(r, &f->content.digest);
}

/* No item has fewer: the digits, and what stands around them. */
#define LEAST_BYTES HEX_DIGITS

/* Reads a column; false: it is not in the form. */
static bool read_list(const struct tg_ledgerdb_value *v, struct tg_arena *arena, size_t bytes,
                      void (*one)(struct ledgerrow_reader *r, void *item), void *items, size_t *count)
{
    if (v->kind != TG_LEDGERDB_TEXT || memchr(v->text, 0, v->length)) return false;
    struct ledgerrow_reader r = {.at = tg_arena_copy(arena, v->text, v->length)};
    size_t most = v->length / LEAST_BYTES + 1;
    r.end = r.at + v->length;
    *count = 0;
    if (strcmp(r.at, "[]") == 0) return true;
    char *item = tg_arena_alloc(arena, most * bytes);
    memcpy(items, &item, sizeof item);
    do {
        r.at++;
        expect(&r, '[');
        if (!r.wrong) one(&r, item);
        expect(&r, ']');
        item += bytes;
        ++*count;
    } while (!r.wrong && *r.at == ',' && *count < most);
    expect(&r, ']');
    return !r.wrong && *v->text == '[' && r.at == r.end;
}

static bool read_digest_column(const struct tg_ledgerdb_value *v, struct tg_digest *out)
{
    return v->kind == TG_LEDGERDB_TEXT && v->length == HEX_DIGITS && read_hex(v->text, out);
}

static bool read_text_column(const struct tg_ledgerdb_value *v, struct tg_arena *arena, const char **out)
{
    *out = v->kind == TG_LEDGERDB_TEXT ? tg_arena_copy(arena, v->text, v->length) : NULL;
    return v->kind == TG_LEDGERDB_TEXT || v->kind == TG_LEDGERDB_NULL;
}

static bool read_texts(const struct tg_ledgerdb_value *values, struct tg_arena *arena, struct tg_recorded *out)
{
    return read_digest_column(&values[TG_LEDGERROW_IDENTITY], &out->identity) &&
           read_digest_column(&values[TG_LEDGERROW_KEY], &out->key) &&
           read_text_column(&values[TG_LEDGERROW_WORKFLOW], arena, &out->workflow) &&
           read_text_column(&values[TG_LEDGERROW_TASK], arena, &out->task) &&
           read_text_column(&values[TG_LEDGERROW_INSTANCE], arena, &out->instance);
}

static bool read_value_column(const struct tg_ledgerdb_value *v, struct tg_arena *arena, struct tg_recorded *out)
{
    if (v->kind == TG_LEDGERDB_NULL) return true;
    out->value = tg_arena_copy(arena, v->text, v->length);
    out->value_length = v->length;
    return v->kind == TG_LEDGERDB_BYTES;
}

static bool read_numbers(const struct tg_ledgerdb_value *values, struct tg_recorded *out)
{
    for (int i = TG_LEDGERROW_ENDED; i < TG_LEDGERROW_COLUMNS; i++)
        if (values[i].kind != TG_LEDGERDB_NUMBER) return false;
    out->ended_ns = values[TG_LEDGERROW_ENDED].number;
    out->took_ns = (uint64_t)values[TG_LEDGERROW_TOOK].number;
    out->used.cpu_ns = (uint64_t)values[TG_LEDGERROW_CPU].number;
    out->used.peak_bytes = (uint64_t)values[TG_LEDGERROW_MEMORY].number;
    out->run = (uint64_t)values[TG_LEDGERROW_RUN].number;
    return true;
}

bool tg_ledgerrow_read(const struct tg_ledgerdb_value values[TG_LEDGERROW_COLUMNS], struct tg_arena *arena,
                       struct tg_recorded *out)
{
    *out = (struct tg_recorded){0};
    return read_texts(values, arena, out) && read_numbers(values, out) &&
           read_list(&values[TG_LEDGERROW_PARTS], arena, sizeof *out->parts, read_one_part, &out->parts, &out->part_count) &&
           read_list(&values[TG_LEDGERROW_INPUTS], arena, sizeof *out->inputs, read_one_file, &out->inputs,
                     &out->input_count) &&
           read_list(&values[TG_LEDGERROW_RESULTS], arena, sizeof *out->results, read_one_file, &out->results,
                     &out->result_count) &&
           read_value_column(&values[TG_LEDGERROW_VALUE], arena, out);
}
