/* SPDX-License-Identifier: MIT
 * A line of source with a mark.
 *
 * The line becomes a row of cells (one a code point) with the column each starts at. A line that fits is shown whole,
 * its tabs kept in both lines, so that the mark stands right whatever the tab width is. One that does not is cut to a
 * window around the mark, with `...` where something is missing and tabs as single spaces. Only bytes near the mark
 * are looked at, so that a generated line of many megabytes costs nothing. */
#include "cmd/excerpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/term.h"
#include "engine/base/alloc.h"

#define TAB_COLUMNS 8   /* the most a tab takes */
#define NEAR_BYTES 4096 /* looked at on each side of the mark */
#define DOTS 3          /* the width of "..." */

struct cell {
    const char *text;
    struct tg_glyph glyph;
    unsigned column; /* where it starts in the whole slice */
};

struct row {
    struct cell *cells;
    size_t count;
    unsigned columns;         /* of all cells */
    unsigned mark, mark_end;  /* columns; mark_end > mark */
    bool cut_left, cut_right; /* the slice is not the whole line */
};

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The cells of line[start..end), and the columns of its bytes [from, to). */
static struct row make_row(const char *line, size_t start, size_t end, size_t from, size_t to)
{
    struct row row = {.cells = tg_alloc((end - start + 1) * sizeof *row.cells)};
    bool marked = false;
    for (size_t i = start; i < end;) {
        struct cell *c = &row.cells[row.count++];
        *c = (struct cell){line + i, tg_term_glyph(line + i, end - i), row.columns};
        if (!marked && i >= from) row.mark = row.columns, marked = true;
        row.columns += line[i] == '\t' ? TAB_COLUMNS : c->glyph.width;
        if (i < to) row.mark_end = row.columns;
        i += c->glyph.bytes;
    }
    if (!marked) row.mark = row.columns;
    if (row.mark_end <= row.mark) row.mark_end = row.mark + 1;
    return row;
}

/* The window [*from, *to) of columns to show in `room` columns, dots included. */
static void window(const struct row *row, unsigned room, unsigned *from, unsigned *to)
{
    *from = 0;
    *to = row->columns;
    if (!row->cut_left && !row->cut_right && row->columns <= room) return;
    if (!row->cut_left && row->mark_end + DOTS <= room) {
        *to = room - DOTS;
        return;
    }
    unsigned inner = room - 2 * DOTS, before = inner / 3;
    *from = row->mark > before ? row->mark - before : 0;
    if (row->columns - *from <= inner + DOTS && !row->cut_right) { /* the end fits: show more before it */
        *from = row->columns > inner + DOTS ? row->columns - inner - DOTS : 0;
        if (*from > row->mark) *from = row->mark;
    } else if (*from + inner < *to) {
        *to = *from + inner;
    }
}

static void add_cell(struct tg_buf *b, const struct cell *c, bool cut)
{
    if (c->text[0] == '\t') tg_buf_text(b, cut ? " " : "\t");
    else if (c->glyph.shown[0]) tg_buf_text(b, c->glyph.shown);
    else tg_buf_add(b, c->text, c->glyph.bytes);
}

/* The shown line; under each cell before the mark goes a space or tab into `pad`, and *mark_width counts. */
static void add_window(struct tg_buf *b, const struct row *row, unsigned room, struct tg_buf *pad, unsigned *mark_width)
{
    unsigned from, to;
    window(row, room, &from, &to);
    bool left = from > 0 || row->cut_left, right = to < row->columns || row->cut_right, cut = left || right;
    *mark_width = 0;
    if (left) tg_buf_text(b, "..."), tg_buf_fill(pad, ' ', DOTS);
    for (size_t i = 0; i < row->count; i++) {
        const struct cell *c = &row->cells[i];
        if (c->column < from || c->column >= to) continue;
        unsigned width = c->text[0] == '\t' ? 1 : c->glyph.width;
        add_cell(b, c, cut);
        if (c->column >= row->mark && c->column < row->mark_end) *mark_width += width;
        else if (c->column >= row->mark) continue;
        else if (c->text[0] == '\t' && !cut) tg_buf_char(pad, '\t');
        else tg_buf_fill(pad, ' ', width);
    }
    if (right) tg_buf_text(b, "...");
    if (*mark_width == 0) *mark_width = 1;
}

void tg_excerpt(struct tg_buf *b, const struct tg_place *place, tg_span span, unsigned width, const char *mark_on,
                const char *mark_off)
{
    const char *line = place->line_text;
    size_t length = place->line_length;
    if (length && line[length - 1] == '\n') length--;
    if (length && line[length - 1] == '\r') length--;
    size_t from = span.start - place->line_base, to = span.end > span.start ? span.end - place->line_base : from;
    if (from > length) from = length;
    if (to > length) to = length;
    size_t start = from > NEAR_BYTES ? from - NEAR_BYTES : 0;
    size_t end = length - from > NEAR_BYTES ? from + NEAR_BYTES : length;
    while (start > 0 && continues(line[start])) start--;
    while (end < length && continues(line[end])) end++;

    struct row row = make_row(line, start, end, from, to);
    row.cut_left = start > 0;
    row.cut_right = end < length;
    struct tg_buf pad = {0};
    char number[16];
    int gutter = snprintf(number, sizeof number, "%3u", place->line);
    unsigned taken = (unsigned)gutter + 3, mark_width, room = width > taken + 20 ? width - taken : 20;
    tg_buf_format(b, "%s | ", number);
    add_window(b, &row, room, &pad, &mark_width);
    tg_buf_format(b, "\n%*s | %s%s^", gutter, "", tg_buf_str(&pad), mark_on);
    tg_buf_fill(b, '~', mark_width - 1);
    tg_buf_format(b, "%s\n", mark_off);
    tg_buf_done(&pad);
    free(row.cells);
}
