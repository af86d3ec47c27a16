/* SPDX-License-Identifier: MIT
 * What the program knows about terminals: width, colours, how wide a character is, and which characters must not
 * reach one raw. Thread class: immutable (no state). */
#ifndef TG_CMD_TERM_H
#define TG_CMD_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

enum tg_color { TG_COLOR_AUTO, TG_COLOR_ALWAYS, TG_COLOR_NEVER };

/* Whether text for this descriptor is coloured: --color, then NO_COLOR, CLICOLOR_FORCE, TERM=dumb, then whether it is
 * a terminal. */
bool tg_term_colors(int fd, enum tg_color wanted);
/* Columns of the terminal behind fd; 100 if it is none. */
unsigned tg_term_width(int fd);
/* Whether the locale's texts are UTF-8. */
bool tg_term_utf8(void);

/* One code point of a text as it is shown. */
struct tg_glyph {
    size_t bytes;   /* taken from the text, at least 1 */
    unsigned width; /* columns on a terminal: 0 (combining) to 2, or the length of `shown`; a tab counts as 1 */
    char shown[12]; /* "": as it is; else what stands for it, such as \x1b or \u202e */
};
/* The code point at text (length > 0). Control characters other than tab, bytes that are not UTF-8, and characters
 * that reorder or hide text are replaced. */
struct tg_glyph tg_term_glyph(const char *text, size_t length);
/* Adds text with such characters replaced; newlines stay, each followed by `indent` spaces. */
void tg_term_text(struct tg_buf *b, const char *text, size_t length, unsigned indent);

/* Adds the first line of a text that is not blank, cut to a width in columns; " ..." where something was left out. */
void tg_term_short(struct tg_buf *b, const char *text, size_t length, unsigned columns);

#endif
