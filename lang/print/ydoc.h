/* SPDX-License-Identifier: MIT
 * A YAML document to be written: scalars, lists and mappings with comments, laid out on one line where they fit
 * (ydoc.c). Documents lie in the caller's arena. Private to print_yaml*.c. Thread class: owner. */
#ifndef TG_PRINT_YDOC_H
#define TG_PRINT_YDOC_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"

struct tg_ycomment {
    const char *text; /* from the '#' */
    uint32_t length;
    struct tg_ycomment *next;
};

struct tg_ydoc {
    enum { TG_YD_SCALAR, TG_YD_LINES, TG_YD_LIST, TG_YD_MAP } kind;
    bool broken;     /* never on one line */
    uint32_t length; /* of text */
    uint32_t key_length;
    const char *text; /* of a scalar: as YAML writes it; of lines: the bytes */
    const char *key;  /* as YAML writes it, where this is a value of a mapping */
    struct tg_ydoc *first, *last, *next;
    struct tg_ycomment *comments, **comments_end; /* before it */
    struct tg_ycomment *trailing;                 /* on its line */
};

/* Does the text have only what YAML has outside of quotes, newlines among it? */
bool tg_ydoc_is_printable(const char *text, size_t length);
/* Puts a '?' where that is not so, in place; the length that is left. */
size_t tg_ydoc_clean(char *text, size_t length);

/* A scalar that is written as it is; a text, in quotes where it needs them. Both copy. */
struct tg_ydoc *tg_ydoc_plain(struct tg_arena *a, const char *bytes, size_t length);
struct tg_ydoc *tg_ydoc_text(struct tg_arena *a, const char *bytes, size_t length);
/* A printable text that ends in a newline and does not begin with a blank, as a literal block. */
struct tg_ydoc *tg_ydoc_lines(struct tg_arena *a, const char *bytes, size_t length);
struct tg_ydoc *tg_ydoc_list(struct tg_arena *a);
struct tg_ydoc *tg_ydoc_map(struct tg_arena *a);
void tg_ydoc_add(struct tg_ydoc *list, struct tg_ydoc *item);
void tg_ydoc_put(struct tg_arena *a, struct tg_ydoc *map, const char *key, size_t length, struct tg_ydoc *value);
void tg_ydoc_break(struct tg_ydoc *d);
void tg_ydoc_comment(struct tg_arena *a, struct tg_ydoc *d, const char *text, size_t length);
void tg_ydoc_trailing(struct tg_arena *a, struct tg_ydoc *d, const char *text, size_t length);
/* Writes the entries of a mapping as a whole file, and behind them the comments of `last`. */
void tg_ydoc_print(struct tg_buf *b, const struct tg_ydoc *map, const struct tg_ydoc *last);

#endif
