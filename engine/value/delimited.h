/* SPDX-License-Identifier: MIT
 * Reads delimited text, such as CSV and TSV, row by row, as RFC 4180 says: a cell that begins with a quote goes on to the next
 * single one, over separators and line ends; two quotes in it are one. Beyond that, a line may end with LF, CR LF or CR, what
 * stands in an empty line is no row, and a quote inside a cell that does not begin with one is a character as any other.
 * Thread class: owner. */
#ifndef TG_VALUE_DELIMITED_H
#define TG_VALUE_DELIMITED_H

#include "engine/base/err.h"
#include "engine/base/vec.h"

/* A part of the text, which is not NUL-terminated. */
struct tg_cell {
    const char *text;
    size_t length;
};

struct tg_delimited {
    char *at, *end; /* what is still to be read; quoted cells are unquoted in place */
    char separator;
    size_t line; /* of the row read last, where it begins; after an error the line of that */
    size_t next_line;
    TG_VEC(struct tg_cell) cells; /* of the row read last */
};

/* Over a text that is the caller's, and changes. */
void tg_delimited_begin(struct tg_delimited *d, char *text, size_t length, char separator);
/* Reads a row; false at the end, or after an error. */
bool tg_delimited_next(struct tg_delimited *d, struct tg_err *err);
void tg_delimited_done(struct tg_delimited *d);

#endif
