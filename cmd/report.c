/* SPDX-License-Identifier: MIT
 * Prints diagnostics and errors.
 *
 * Everything is put together in a buffer and written with one call, so that lines of a running command do not come in
 * between. Names and messages may hold anything: control characters are shown as escapes (cmd/term.h). A failure to
 * write to standard error is nobody's to tell, and is passed over. */
#include "cmd/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/excerpt.h"
#include "cmd/screen.h"
#include "engine/base/out.h"
#include "engine/base/secret.h"
#include "engine/draw/needed.h"

#define BOLD "\033[1m"
#define RED "\033[1;31m"
#define MAGENTA "\033[1;35m"
#define CYAN "\033[1;36m"
#define GREEN "\033[1;32m"
#define PLAIN "\033[0m"

void tg_report_init(struct tg_report *r, enum tg_color color)
{
    *r = (struct tg_report){.fd = 2, .color = tg_term_colors(2, color), .width = tg_term_width(2)};
}

/* ---- parts of a block ---------------------------------------------------------------------------- */

static void add_painted(const struct tg_report *r, struct tg_buf *b, const char *color, const char *text)
{
    if (r->color) tg_buf_text(b, color);
    tg_buf_text(b, text);
    if (r->color) tg_buf_text(b, PLAIN);
}

/* Secrets are looked for before controls are escaped, and in the whole again (tg_report_out). */
static void add_text(const struct tg_report *r, struct tg_buf *b, const char *t, unsigned indent)
{
    char *told = tg_secrets_any(r->secrets) ? tg_secrets_hidden(r->secrets, t) : NULL;
    tg_term_text(b, told ? told : t, strlen(told ? told : t), indent);
    free(told);
}

/* "tree.tg:7:12: error: " or "tgrun: error: " */
static void add_head(const struct tg_report *r, struct tg_buf *b, const struct tg_place *place, const char *word,
                     const char *color)
{
    struct tg_buf where = {0};
    if (place) {
        add_text(r, &where, place->source->name, 0);
        tg_buf_format(&where, ":%u:%u: ", place->line, place->column);
    } else {
        tg_buf_text(&where, "tgrun: ");
    }
    add_painted(r, b, BOLD, where.data);
    tg_buf_done(&where);
    add_painted(r, b, color, word);
    tg_buf_text(b, ": ");
}

static bool find_span_place(const struct tg_report *r, tg_span span, struct tg_place *out)
{
    return r->sources && tg_sources_place(r->sources, span, out);
}

/* A message with its place, and the source line below. */
static void add_message(const struct tg_report *r, struct tg_buf *b, tg_span span, const char *word, const char *color,
                        const char *label, const char *said)
{
    struct tg_place place;
    bool placed = find_span_place(r, span, &place);
    add_head(r, b, placed ? &place : NULL, word, color);
    add_text(r, b, label, 2);
    add_text(r, b, said, 2);
    tg_buf_char(b, '\n');
    if (placed) tg_excerpt(b, &place, span, r->width, r->color ? color : "", r->color ? PLAIN : "");
}

void tg_report_hint(const struct tg_report *r, struct tg_buf *b, const char *said)
{
    if (!said || !*said) return;
    add_painted(r, b, GREEN, "hint");
    tg_buf_text(b, ": ");
    add_text(r, b, said, 2);
    tg_buf_char(b, '\n');
}

/* Further lines of a message; NULL or "": none. */
static void add_detail(const struct tg_report *r, struct tg_buf *b, const char *said)
{
    size_t length = said ? strlen(said) : 0;
    while (length && said[length - 1] == '\n') length--;
    if (!length) return;
    char *text = tg_alloc_copy(said, length);
    add_text(r, b, text, 0);
    tg_buf_char(b, '\n');
    free(text);
}

void tg_report_out(const struct tg_report *r, struct tg_buf *b)
{
    tg_secrets_hide(r->secrets, b, 0);
    if (b->length && r->fd == STDERR_FILENO) tg_screen_write(b->data, b->length);
    else tg_out_write(r->fd, b->data, b->length);
    tg_buf_done(b);
}

/* ---- as text ------------------------------------------------------------------------------------- */

void tg_report_diag(const struct tg_report *r, struct tg_buf *b, const struct tg_diag *d)
{
    bool error = d->severity == TG_ERROR;
    add_message(r, b, d->span, error ? "error" : "warning", error ? RED : MAGENTA, "", d->message);
    add_detail(r, b, d->detail);
    for (const struct tg_note *n = d->notes; n; n = n->next) add_message(r, b, n->span, "note", CYAN, "", n->message);
    tg_report_hint(r, b, d->hint);
}

void tg_report_problem(const struct tg_report *r, struct tg_buf *b, enum tg_severity severity, const char *label,
                       const struct tg_err *err, const char *args)
{
    bool error = severity == TG_ERROR;
    add_message(r, b, err->span, error ? "error" : "warning", error ? RED : MAGENTA, label,
                err->message ? err->message : "unknown reason");
    if (args && *args) {
        tg_buf_text(b, "arguments: ");
        add_text(r, b, args, 2);
        tg_buf_char(b, '\n');
    }
    add_detail(r, b, err->detail);
}

void tg_report_error(const struct tg_report *r, struct tg_buf *b, const char *label, const struct tg_err *err, const char *args)
{
    tg_report_problem(r, b, TG_ERROR, label, err, args);
    tg_report_hint(r, b, err->hint);
}

/* ---- as JSON ------------------------------------------------------------------------------------- */

static void json_text(struct tg_buf *b, const char *t)
{
    if (t) tg_buf_json_string(b, t, strlen(t));
    else tg_buf_text(b, "null");
}

static void json_place(const struct tg_report *r, struct tg_buf *b, tg_span span)
{
    struct tg_place from, to;
    if (!find_span_place(r, span, &from)) {
        tg_buf_text(b, "\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null");
        return;
    }
    /* the end is where the last byte stands, plus one column; of an empty span, its start */
    tg_span last = {span.end > span.start ? span.end - 1 : span.start, span.end};
    bool longer = span.end > span.start;
    if (!find_span_place(r, last, &to)) to = from, longer = false;
    tg_buf_text(b, "\"file\":");
    json_text(b, from.source->name);
    tg_buf_format(b, ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u", from.line, from.column, to.line,
                  to.column + longer);
}

void tg_report_diag_json(const struct tg_report *r, struct tg_buf *b, const struct tg_diag *d)
{
    tg_buf_char(b, '{');
    json_place(r, b, d->span);
    tg_buf_format(b, ",\"severity\":\"%s\",\"message\":", d->severity == TG_ERROR ? "error" : "warning");
    json_text(b, d->message);
    if (d->detail) tg_buf_text(b, ",\"detail\":"), json_text(b, d->detail);
    tg_buf_text(b, ",\"hint\":");
    json_text(b, d->hint);
    tg_buf_text(b, ",\"notes\":[");
    for (const struct tg_note *n = d->notes; n; n = n->next) {
        tg_buf_text(b, n == d->notes ? "{" : ",{");
        json_place(r, b, n->span);
        tg_buf_text(b, ",\"message\":");
        json_text(b, n->message);
        tg_buf_char(b, '}');
    }
    tg_buf_text(b, "]}\n");
}

/* ---- printed ------------------------------------------------------------------------------------- */

void tg_report_diags(const struct tg_report *r, const struct tg_diags *d)
{
    struct tg_buf b = {0};
    size_t errors = 0, shown = 0;
    bool *done = tg_alloc_zero(d->items.count + 1);
    for (; shown < d->items.count; shown++) { /* few: the first in the source of those left */
        size_t first = SIZE_MAX;
        for (size_t i = 0; i < d->items.count; i++)
            if (!done[i] && (first == SIZE_MAX || d->items.items[i].span.start < d->items.items[first].span.start)) first = i;
        done[first] = true;
        errors += d->items.items[first].severity == TG_ERROR;
        tg_report_diag(r, &b, &d->items.items[first]);
    }
    free(done);
    size_t more = d->error_count > errors ? d->error_count - errors : 0;
    if (more) tg_buf_format(&b, "and %zu more error%s\n", more, more == 1 ? "" : "s");
    tg_report_out(r, &b);
}

enum tg_exit tg_report_err(const struct tg_report *r, struct tg_err *err)
{
    struct tg_buf b = {0};
    tg_report_error(r, &b, "", err, NULL);
    tg_report_out(r, &b);
    enum tg_exit code = err->code ? err->code : TG_EXIT_FAULT;
    tg_err_done(err);
    return code;
}

void tg_report_warning(const struct tg_report *r, const struct tg_err *err)
{
    struct tg_buf b = {0};
    add_message(r, &b, err->span, "warning", MAGENTA, "", err->message);
    tg_report_hint(r, &b, err->hint);
    tg_report_out(r, &b);
}

void tg_report_note(const struct tg_report *r, struct tg_buf *b, tg_span span, const char *said)
{
    add_message(r, b, span, "note", CYAN, "", said);
}

void tg_report_line(const struct tg_report *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *line = tg_alloc_vformat(format, args);
    va_end(args);
    struct tg_buf b = {0};
    add_text(r, &b, line, 0);
    tg_buf_char(&b, '\n');
    free(line);
    tg_report_out(r, &b);
}
