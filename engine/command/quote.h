/* SPDX-License-Identifier: MIT
 * Values in the text of an `sh`: follows the quotes of the shell through the text, and writes each value so that the
 * shell takes it as text, whatever it holds. Thread class: owner. */
#ifndef TG_COMMAND_QUOTE_H
#define TG_COMMAND_QUOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"

#define TG_QUOTE_DEPTH 64
#define TG_QUOTE_HERE 4  /* here-documents that begin on one line */
#define TG_QUOTE_WORD 64 /* bytes of the word that ends one */

struct tg_here {
    char end[TG_QUOTE_WORD];
    size_t length;
    bool quoted; /* the word was: nothing in the document means anything to the shell */
    bool tabs;   /* <<-: tabs at the start of a line do not count */
};

/* Where in the text we are. A zeroed struct with word_start set is the beginning. */
struct tg_quotes {
    uint8_t stack[TG_QUOTE_DEPTH]; /* what we are inside of, outermost first */
    size_t depth;
    bool word_start;                    /* a '#' here would begin a comment */
    bool backslash;                     /* the last character is one that takes away the next one's meaning */
    bool dollar;                        /* the last character is a '$' that has its meaning */
    bool unsure;                        /* something was there that cannot be followed */
    struct tg_here here[TG_QUOTE_HERE]; /* begun and not ended */
    size_t here_count;
    char line[TG_QUOTE_WORD]; /* of the here-document so far */
    size_t line_length;       /* TG_QUOTE_WORD: longer than any end */
};

/* Goes through a piece of the shell's text. */
void tg_quotes_text(struct tg_quotes *q, const char *text, size_t length);
/* Why no value can stand here ("right after a backslash"); NULL if one can. */
const char *tg_quotes_refuse(const struct tg_quotes *q);
/* Writes a value; words: how many there are, one value each. False where only an int can stand and it is none. Call
 * tg_quotes_refuse first. */
bool tg_quotes_value(struct tg_quotes *q, const char *value, size_t length, struct tg_buf *out);

#endif
