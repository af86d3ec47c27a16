/* SPDX-License-Identifier: MIT
 * Sources: reads files whole, checks them, finds lines and columns.
 *
 * A text is one block of length + 2 bytes; a large one is on huge pages and is read without a copy. A source that
 * fails its checks stays in the list, so that the error's span has a place to show. */
#include "lang/text/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"

#define STREAM_FIRST ((size_t)64 << 10)
#define NULS 2 /* after the text */

/* ---- the list -------------------------------------------------------------------------------------------- */

static size_t bytes_of_lines(size_t count)
{
    return sizeof(struct tg_source_lines) + count * sizeof(uint32_t);
}

void tg_sources_done(struct tg_sources *s)
{
    for (size_t i = 0; i < s->files.count; i++) {
        struct tg_source *f = s->files.items[i];
        if (!f->borrowed) tg_block_free(f->text, (size_t)f->length + NULS);
        struct tg_source_lines *lines = atomic_load_explicit(&f->lines, memory_order_relaxed);
        if (lines) tg_block_free(lines, bytes_of_lines(lines->count));
        free(f->name);
        free(f);
    }
    tg_vec_done(&s->files);
}

/* The offset after everything there is: texts are one byte apart, so that the end of one is not the next. */
static uint64_t next_base(const struct tg_sources *s)
{
    if (s->files.count == 0) return 1;
    const struct tg_source *last = s->files.items[s->files.count - 1];
    return (uint64_t)last->base + last->length + 1;
}

/* Takes the text, a block of length + 2 bytes. */
static struct tg_source *append_source(struct tg_sources *s, const char *name, char *text, size_t length, struct tg_err *err)
{
    uint64_t base = next_base(s);
    if (base + length + 1 > UINT32_MAX) {
        tg_err_set(err, TG_EXIT_USAGE, "cannot read workflow '%s': all files together have more than 4 GB", name);
        tg_block_free(text, length + NULS);
        return NULL;
    }
    struct tg_source *f = tg_alloc_zero(sizeof *f);
    f->name = tg_alloc_text(name);
    f->text = text;
    f->length = (uint32_t)length;
    f->base = (uint32_t)base;
    memset(text + length, 0, NULS);
    TG_ASSERT(f->base > 0); /* an offset of 0 is nowhere */
    tg_vec_push(&s->files, f);
    return f;
}

/* ---- checks ------------------------------------------------------------------------------------------------ */

static uint32_t line_number(const struct tg_source *f, size_t at)
{
    uint32_t line = 1;
    const char *p = f->text, *end = f->text + at;
    while ((p = memchr(p, '\n', (size_t)(end - p)))) line++, p++;
    return line;
}

static struct tg_source *check_content(struct tg_source *f, struct tg_err *err)
{
    const char *nul = memchr(f->text, 0, f->length);
    size_t valid = tg_utf8_valid(f->text, f->length);
    if (!nul && valid == f->length) return f;
    size_t at = nul && (size_t)(nul - f->text) < valid ? (size_t)(nul - f->text) : valid;
    tg_span span = {f->base + (uint32_t)at, f->base + (uint32_t)at + 1};
    if (at < valid) {
        tg_err_at(err, TG_EXIT_USAGE, span, "a NUL byte in line %u", line_number(f, at));
        tg_err_hint(err, "'%s' does not look like a text file", f->name);
    } else {
        tg_err_at(err, TG_EXIT_USAGE, span, "byte 0x%02x is not valid UTF-8", (unsigned char)f->text[at]);
        tg_err_hint(err, "save the file as UTF-8");
    }
    return NULL;
}

struct tg_source *tg_sources_add(struct tg_sources *s, const char *name, const char *text, size_t length, struct tg_err *err)
{
    if (length > TG_MAX_SOURCE_BYTES) {
        tg_err_set(err, TG_EXIT_USAGE, "cannot read workflow '%s': larger than %u MB", name, TG_MAX_SOURCE_BYTES >> 20);
        return NULL;
    }
    char *copy = tg_block_new(length + NULS);
    if (length) memcpy(copy, text, length);
    struct tg_source *f = append_source(s, name, copy, length, err);
    return f ? check_content(f, err) : NULL;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

/* A text being read: `length` bytes of a block of `room`. */
struct input {
    const char *name, *what; /* for messages */
    int fd;
    char *text;
    size_t length, room;
};

static bool read_failed(const struct input *in, struct tg_err *err)
{
    return tg_err_set(err, TG_EXIT_USAGE, "cannot read %s '%s': %s", in->what, in->name, strerror(errno));
}

static bool report_too_large(const struct input *in, struct tg_err *err)
{
    return tg_err_set(err, TG_EXIT_USAGE, "cannot read %s '%s': larger than %u MB", in->what, in->name,
                      TG_MAX_SOURCE_BYTES >> 20);
}

/* Reads to the end; what a file's size promised was only a guess. */
static bool read_until_end(struct input *in, struct tg_err *err)
{
    for (;;) {
        if (in->length + NULS >= in->room) {
            if (in->length > TG_MAX_SOURCE_BYTES) return report_too_large(in, err);
            in->text = tg_block_resize(in->text, in->room, in->room * 2);
            in->room *= 2;
        }
        ssize_t got = read(in->fd, in->text + in->length, in->room - NULS - in->length);
        if (got == 0) return in->length <= TG_MAX_SOURCE_BYTES || report_too_large(in, err);
        if (got > 0) in->length += (size_t)got;
        else if (errno != EINTR) return read_failed(in, err);
    }
}

/* Whether the descriptor is something to read a text from, and how large it says it is. */
static bool inspect(const struct input *in, size_t *size, struct tg_err *err)
{
    struct stat st;
    if (fstat(in->fd, &st) != 0) return read_failed(in, err);
    if (S_ISDIR(st.st_mode))
        return tg_err_set(err, TG_EXIT_USAGE, "cannot read %s '%s': it is a directory", in->what, in->name);
    if (S_ISBLK(st.st_mode)) return tg_err_set(err, TG_EXIT_USAGE, "cannot read %s '%s': it is a device", in->what, in->name);
    if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > TG_MAX_SOURCE_BYTES) return report_too_large(in, err);
    *size = S_ISREG(st.st_mode) ? (size_t)st.st_size : 0;
    return true;
}

static void drop_byte_order_mark(struct input *in)
{
    if (in->length < 3 || memcmp(in->text, "\xef\xbb\xbf", 3) != 0) return;
    in->length -= 3;
    memmove(in->text, in->text + 3, in->length);
}

static struct tg_source *read_descriptor(struct tg_sources *s, struct input *in, struct tg_err *err)
{
    size_t size = 0;
    if (!inspect(in, &size, err)) return NULL;
    in->room = size ? size + NULS + 1 : STREAM_FIRST; /* one more: the read that finds the end needs room */
    in->text = tg_block_new(in->room);
    if (!read_until_end(in, err)) {
        tg_block_free(in->text, in->room);
        return NULL;
    }
    drop_byte_order_mark(in);
    TG_ASSERT(in->length + NULS <= in->room);
    in->text = tg_block_resize(in->text, in->room, in->length + NULS);
    struct tg_source *f = append_source(s, in->name, in->text, in->length, err);
    return f ? check_content(f, err) : NULL;
}

struct tg_source *tg_sources_read(struct tg_sources *s, const char *path, struct tg_err *err)
{
    return tg_sources_read_as(s, "workflow", path, err);
}

struct tg_source *tg_sources_read_as(struct tg_sources *s, const char *what, const char *path, struct tg_err *err)
{
    if (strcmp(path, "-") == 0) {
        struct input in = {.name = "<stdin>", .what = what, .fd = STDIN_FILENO};
        return read_descriptor(s, &in, err);
    }
    struct input in = {.name = path, .what = what};
    do in.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (in.fd < 0 && errno == EINTR);
    if (in.fd < 0) {
        tg_err_set(err, TG_EXIT_USAGE, "cannot open %s '%s': %s", what, path, strerror(errno));
        return NULL;
    }
    struct tg_source *f = read_descriptor(s, &in, err);
    close(in.fd);
    return f;
}

/* ---- places ------------------------------------------------------------------------------------------------- */

/* Workers whose tasks fail may ask at the same time: the first index is everybody's. */
static const struct tg_source_lines *index_lines(struct tg_source *f)
{
    uint32_t count = line_number(f, f->length), i = 0;
    struct tg_source_lines *lines = tg_block_new(bytes_of_lines(count)), *first = NULL;
    const char *p = f->text, *end = f->text + f->length;
    lines->count = count;
    lines->starts[i++] = 0;
    while ((p = memchr(p, '\n', (size_t)(end - p)))) lines->starts[i++] = (uint32_t)(++p - f->text);
    TG_ASSERT(i == count);
    if (atomic_compare_exchange_strong(&f->lines, &first, lines)) return lines;
    tg_block_free(lines, bytes_of_lines(count));
    return first;
}

static const struct tg_source_lines *lines_of(struct tg_source *f)
{
    const struct tg_source_lines *lines = atomic_load_explicit(&f->lines, memory_order_acquire);
    return lines ? lines : index_lines(f);
}

static struct tg_source *find_source(const struct tg_sources *s, uint32_t offset)
{
    size_t low = 0, high = s->files.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->files.items[middle]->base <= offset) low = middle + 1;
        else high = middle;
    }
    if (low == 0) return NULL;
    struct tg_source *f = s->files.items[low - 1];
    return offset - f->base <= f->length ? f : NULL;
}

/* The line, from 0, that holds byte `at`. */
static uint32_t find_line(const struct tg_source_lines *lines, uint32_t at)
{
    uint32_t low = 0, high = lines->count;
    TG_ASSERT(high > 0);
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (lines->starts[middle] <= at) low = middle;
        else high = middle;
    }
    return low;
}

bool tg_sources_place(const struct tg_sources *s, tg_span span, struct tg_place *out)
{
    struct tg_source *f = span.start ? find_source(s, span.start) : NULL;
    if (!f) return false;
    const struct tg_source_lines *lines = lines_of(f);
    uint32_t at = span.start - f->base, line = find_line(lines, at), start = lines->starts[line];
    uint32_t end = line + 1 < lines->count ? lines->starts[line + 1] - 1 : f->length;
    if (end > start && f->text[end - 1] == '\r') end--;
    *out = (struct tg_place){
        .source = f,
        .line = line + 1,
        .column = (uint32_t)tg_utf8_count(f->text + start, at - start) + 1,
        .line_text = f->text + start,
        .line_length = end - start,
        .line_base = f->base + start,
    };
    return true;
}

/* "FILE:LINE:COLUMN" of this file. */
static bool is_place_in(const struct tg_source *f, const char *place, unsigned *line, unsigned *column)
{
    size_t length = strlen(f->name);
    return strncmp(place, f->name, length) == 0 && sscanf(place + length, ":%u:%u", line, column) == 2;
}

tg_span tg_sources_find(const struct tg_sources *s, const char *place)
{
    unsigned line, column;
    for (size_t i = 0; i < s->files.count; i++) {
        struct tg_source *f = s->files.items[i];
        if (!is_place_in(f, place, &line, &column)) continue;
        const struct tg_source_lines *lines = lines_of(f);
        if (line == 0 || line > lines->count) break;
        uint32_t at = lines->starts[line - 1];
        for (; column > 1 && at < f->length && f->text[at] != '\n'; column--)
            at += tg_utf8_length(f->text + at, f->length - at) ? (uint32_t)tg_utf8_length(f->text + at, f->length - at) : 1;
        return (tg_span){f->base + at, f->base + at + 1};
    }
    return (tg_span){0, 0};
}
