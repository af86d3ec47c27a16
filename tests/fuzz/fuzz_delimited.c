/* SPDX-License-Identifier: MIT
 * Fuzzes reading of delimited text (engine/value/delimited.c): what is read, written with a quote around each cell, must read back
 * as the same rows, and what is refused must come with a message and a line. The first byte is the separator. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/buf.h"
#include "engine/value/delimited.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

/* The row that was read last, every cell in quotes. */
static void write_row(struct tg_buf *to, const struct tg_delimited *d)
{
    for (size_t i = 0; i < d->cells.count; i++) {
        const struct tg_cell *cell = &d->cells.items[i];
        if (i) tg_buf_char(to, d->separator);
        tg_buf_char(to, '"');
        for (size_t k = 0; k < cell->length; k++) {
            if (cell->text[k] == '"') tg_buf_char(to, '"');
            tg_buf_char(to, cell->text[k]);
        }
        tg_buf_char(to, '"');
    }
    tg_buf_char(to, '\n');
}

/* Reads a text, which changes, and writes its rows; false if it was refused. */
static bool rewrite(char *text, size_t length, char separator, struct tg_buf *to)
{
    struct tg_delimited d;
    struct tg_err err = {0};
    size_t line = 0;
    tg_delimited_begin(&d, text, length, separator);
    while (tg_delimited_next(&d, &err)) {
        require(d.cells.count && d.line > line && d.line <= length + 1);
        line = d.line;
        write_row(to, &d);
    }
    bool fine = !err.message;
    require(fine || (err.message[0] && d.line > line && d.line <= length + 1));
    tg_err_done(&err);
    tg_delimited_done(&d);
    return fine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || strchr("\"\r\n", data[0])) return 0; /* NUL is among them */
    char *text = tg_alloc(size);
    struct tg_buf once = {0}, twice = {0};
    memcpy(text, data + 1, size - 1);
    if (rewrite(text, size - 1, (char)data[0], &once)) {
        char *again = tg_alloc(once.length + 1);
        if (once.length) memcpy(again, once.data, once.length);
        require(rewrite(again, once.length, (char)data[0], &twice));
        require(once.length == twice.length && (!once.length || memcmp(once.data, twice.data, once.length) == 0));
        free(again);
    }
    free(text);
    tg_buf_done(&once);
    tg_buf_done(&twice);
    return 0;
}
