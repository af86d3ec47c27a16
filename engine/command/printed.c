/* SPDX-License-Identifier: MIT
 * What a command prints. The log is opened at the first byte and appended to, so a task that is tried again goes on
 * in the same file. A log that cannot be written (a full disk) never fails a task: it is said once a run.
 * Invariant: the tail holds at most twice TG_TAIL_BYTES and always the newest bytes. */
#include "engine/command/printed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/ascii.h"
#include "engine/base/path.h"
#include "engine/base/utf8.h"
#include "engine/command/outfile.h"

/* ---- for the user -------------------------------------------------------------------------------- */

static void say(tg_ctx *ctx, const char *text, size_t length)
{
    if (ctx->services->log) ctx->services->log(ctx->services->log_data, text, length);
}

void tg_printed_say(tg_ctx *ctx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = tg_alloc_vformat(format, args);
    va_end(args);
    say(ctx, text, strlen(text));
    free(text);
}

void tg_printed_clean(struct tg_buf *b, const char *data, size_t length)
{
    for (size_t i = 0; i < length;) {
        unsigned char c = (unsigned char)data[i];
        size_t n = tg_utf8_length(data + i, length - i);
        bool control = (c < 0x20 && c != '\t') || c == 0x7f || (c == 0xc2 && n == 2 && (unsigned char)data[i + 1] < 0xa0);
        if (n == 0 || control) tg_buf_text(b, "\xef\xbf\xbd");
        else tg_buf_add(b, data + i, n);
        i += n ? n : 1;
    }
}

/* What a terminal would leave of a line that a progress bar wrote over and over. */
static void after_last_return(const char **line, size_t *length)
{
    while (*length > 0 && (*line)[*length - 1] == '\r') --*length;
    const char *back = *length ? memrchr(*line, '\r', *length) : NULL;
    if (!back) return;
    *length -= (size_t)(back + 1 - *line);
    *line = back + 1;
}

static void show_line(struct tg_printed *p, const char *line, size_t length)
{
    struct tg_buf b = {0};
    tg_buf_format(&b, "[%s] ", p->name);
    after_last_return(&line, &length);
    tg_buf_add(&b, line, length);
    say(p->ctx, b.data, b.length);
    tg_buf_done(&b);
}

static void show_whole_lines(struct tg_printed *p)
{
    size_t from = 0;
    const char *end;
    while ((end = memchr(p->held.data + from, '\n', p->held.length - from))) {
        size_t length = (size_t)(end - p->held.data) - from;
        show_line(p, p->held.data + from, length);
        from += length + 1;
    }
    TG_ASSERT(from <= p->held.length);
    if (from == 0 && p->held.length < TG_TAIL_BYTES) return;
    if (from == 0) { /* a line that does not end is shown in pieces */
        show_line(p, p->held.data, p->held.length);
        from = p->held.length;
    }
    p->held.length -= from;
    memmove(p->held.data, p->held.data + from, p->held.length);
}

static void show_group(struct tg_printed *p)
{
    struct tg_buf b = {0};
    tg_buf_format(&b, "[%s]\n", p->name);
    tg_buf_add(&b, p->held.data, p->held.length);
    while (b.data[b.length - 1] == '\n') b.length--;
    if (p->bytes > p->held.length)
        tg_buf_format(&b, "\n... %llu bytes more, see %s", (unsigned long long)(p->bytes - p->held.length),
                      p->log_path ? p->log_path : "no log");
    say(p->ctx, b.data, b.length);
    tg_buf_done(&b);
}

/* ---- the log ------------------------------------------------------------------------------------- */

static void log_fails(struct tg_printed *p, int error)
{
    p->log_failed = true;
    if (!atomic_exchange(&p->place->told, true))
        tg_printed_say(p->ctx, "warning: could not write the log of task '%s' in '%s': %s", p->name, p->place->folder,
                       strerror(error));
}

static void log_write(struct tg_printed *p, const char *data, size_t length)
{
    TG_ASSERT(p->log_failed || p->log_fd >= 0);
    while (length > 0 && !p->log_failed) {
        ssize_t n = write(p->log_fd, data, length);
        if (n > 0) data += n, length -= (size_t)n;
        else if (n == 0 || errno != EINTR) log_fails(p, n == 0 ? EIO : errno);
    }
}

/* The task's name with anything a file name should not have replaced. */
static char *log_name(const struct tg_printed *p)
{
    struct tg_buf b = {0};
    tg_buf_format(&b, "%s/", p->place->folder);
    size_t from = b.length;
    for (const char *at = p->name; *at && b.length - from < 100; at++) {
        bool plain = tg_ascii_is_name_byte(*at) || *at == '-' || (*at == '.' && b.length > from);
        tg_buf_char(&b, plain ? *at : '_');
    }
    tg_buf_format(&b, "-%u.log", p->ctx->task);
    return tg_buf_take(&b);
}

static void log_open(struct tg_printed *p)
{
    if (p->log_path || p->log_failed) return;
    char *path = log_name(p);
    int error = tg_path_make_parents(path);
    if (!error) {
        p->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (p->log_fd < 0) error = errno;
    }
    if (error) {
        free(path);
        log_fails(p, error);
    } else {
        p->log_path = path;
    }
}

void tg_printed_note(struct tg_printed *p, const char *data, size_t length)
{
    log_open(p);
    if (p->title) {
        log_write(p, "$ ", 2);
        log_write(p, p->title, strlen(p->title));
        log_write(p, "\n", 1);
        free(p->title);
        p->title = NULL;
    }
    log_write(p, data, length);
}

/* ---- all of it ----------------------------------------------------------------------------------- */

void tg_printed_init(struct tg_printed *p, struct tg_log_place *place, tg_ctx *ctx, const char *name)
{
    *p = (struct tg_printed){.place = place, .ctx = ctx, .name = name, .log_fd = -1};
}

void tg_printed_step(struct tg_printed *p, const char *title)
{
    free(p->title);
    p->title = tg_alloc_text(title);
}

static void keep_tail(struct tg_printed *p, const char *data, size_t length)
{
    if (length > TG_TAIL_BYTES) {
        data += length - TG_TAIL_BYTES;
        length = TG_TAIL_BYTES;
        p->cut = true;
    }
    if (p->tail.length + length > 2 * TG_TAIL_BYTES) {
        size_t drop = p->tail.length - TG_TAIL_BYTES;
        memmove(p->tail.data, p->tail.data + drop, TG_TAIL_BYTES);
        p->tail.length = TG_TAIL_BYTES;
        p->cut = true;
    }
    tg_buf_add(&p->tail, data, length);
    TG_ASSERT(p->tail.length <= 2 * TG_TAIL_BYTES);
}

void tg_printed_add(struct tg_printed *p, const char *data, size_t length)
{
    p->bytes += length;
    keep_tail(p, data, length);
    tg_printed_note(p, data, length);
    if (p->place->mode == TG_SHOW_GROUPED && p->held.length < TG_GROUPED_BYTES) {
        size_t room = TG_GROUPED_BYTES - p->held.length;
        tg_buf_add(&p->held, data, length < room ? length : room);
        TG_ASSERT(p->held.length <= TG_GROUPED_BYTES);
    } else if (p->place->mode == TG_SHOW_LIVE) {
        tg_buf_add(&p->held, data, length);
        show_whole_lines(p);
    }
}

void tg_printed_end(struct tg_printed *p)
{
    if (p->held.length == 0) return;
    if (p->place->mode == TG_SHOW_GROUPED) show_group(p);
    else show_line(p, p->held.data, p->held.length);
    p->held.length = 0;
}

void tg_printed_tail(const struct tg_printed *p, const char *heading, struct tg_buf *b)
{
    const char *end = p->tail.data + p->tail.length;
    while (p->tail.data && end > p->tail.data && (end[-1] == '\n' || end[-1] == '\r')) end--;
    if (end == p->tail.data) return;
    TG_ASSERT(end > p->tail.data && end <= p->tail.data + p->tail.length);
    const char *from = end;
    for (int lines = 0; from > p->tail.data; from--)
        if (from[-1] == '\n' && ++lines == TG_SHOWN_LINES) break;
    bool cut = p->cut || from > p->tail.data;
    if (cut) tg_buf_format(b, "\n%s, last %d lines:", heading, TG_SHOWN_LINES);
    else tg_buf_format(b, "\n%s:", heading);
    while (from <= end) {
        const char *newline = memchr(from, '\n', (size_t)(end - from));
        const char *line = from;
        size_t length = (size_t)((newline ? newline : end) - from);
        after_last_return(&line, &length);
        tg_buf_text(b, "\n    ");
        tg_printed_clean(b, line, length);
        if (!newline) break;
        from = newline + 1;
    }
}

void tg_printed_done(struct tg_printed *p)
{
    if (p->log_fd >= 0) close(p->log_fd);
    free(p->log_path);
    free(p->title);
    tg_buf_done(&p->tail);
    tg_buf_done(&p->held);
}
