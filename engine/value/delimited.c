/* SPDX-License-Identifier: MIT
 * Reads delimited text. Of our own since what the libraries for it do not say is what a message needs: the line in which a quote
 * was opened, and in which a row begins. */
#include "engine/value/delimited.h"

#include <string.h>

#include "engine/base/assert.h"

void tg_delimited_begin(struct tg_delimited *d, char *text, size_t length, char separator)
{
    TG_ASSERT(separator != '"' && separator != '\n' && separator != '\r');
    *d = (struct tg_delimited){.at = text, .end = text + length, .separator = separator, .line = 1, .next_line = 1};
}

void tg_delimited_done(struct tg_delimited *d)
{
    tg_vec_done(&d->cells);
}

static bool ends_line(char c)
{
    return c == '\n' || c == '\r';
}

/* Passes over the end of a line, if one is there. */
static bool take_line_end(struct tg_delimited *d)
{
    if (d->at == d->end || !ends_line(*d->at)) return false;
    d->at += 1 + (*d->at == '\r' && d->at + 1 < d->end && d->at[1] == '\n');
    d->next_line++;
    return true;
}

static void read_plain_cell(struct tg_delimited *d)
{
    const char *start = d->at;
    while (d->at < d->end && *d->at != d->separator && !ends_line(*d->at)) d->at++;
    tg_vec_push(&d->cells, ((struct tg_cell){start, (size_t)(d->at - start)}));
}

static bool fail_quote(struct tg_delimited *d, size_t line, const char *what, struct tg_err *err)
{
    d->line = line;
    return tg_err_set(err, TG_EXIT_USAGE, "%s", what);
}

/* What lies between the quotes moves to the left where a pair of quotes becomes one. */
static bool read_quoted_cell(struct tg_delimited *d, struct tg_err *err)
{
    size_t line = d->next_line;
    char *start = ++d->at, *to = start;
    for (;; d->at++) {
        if (d->at == d->end) return fail_quote(d, line, "the quote that begins a cell here is never closed", err);
        if (*d->at == '"') {
            if (d->at + 1 == d->end || d->at[1] != '"') break;
            d->at++;
        }
        d->next_line += *d->at == '\n' || (*d->at == '\r' && (d->at + 1 == d->end || d->at[1] != '\n'));
        *to++ = *d->at;
    }
    d->at++;
    if (d->at < d->end && *d->at != d->separator && !ends_line(*d->at))
        return fail_quote(d, d->next_line, "a quoted cell goes on behind its closing quote", err);
    tg_vec_push(&d->cells, ((struct tg_cell){start, (size_t)(to - start)}));
    return true;
}

bool tg_delimited_next(struct tg_delimited *d, struct tg_err *err)
{
    while (take_line_end(d)) continue;
    d->cells.count = 0;
    d->line = d->next_line;
    if (d->at == d->end) return false;
    for (;; d->at++) {
        if (d->at == d->end || *d->at != '"') read_plain_cell(d);
        else if (!read_quoted_cell(d, err)) return false;
        if (d->at == d->end || *d->at != d->separator) break;
    }
    take_line_end(d);
    return true;
}
