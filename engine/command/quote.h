/* SPDX-License-Identifier: MIT
 * Values in the text of an `sh`. A value never becomes text that a shell reads: it stands in a variable of the shell, and
 * where it was written the text refers to that variable, quoted, so that it is one word whatever it holds. What is read
 * here decides only how the reference is written, and where none may stand: where the shell would take a variable's content
 * for code or arithmetic, and where this reading and the shell's might differ. Thread class: owner. */
#ifndef TG_COMMAND_QUOTE_H
#define TG_COMMAND_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

/* Stands for a value in the text. */
#define TG_QUOTE_MARK '\0'

/* Bytes of the word that ends a here-document. */
#define TG_QUOTE_END_BYTES 64

enum tg_quote_form {
    TG_QUOTE_OPEN,   /* outside of quotes: "${x}" */
    TG_QUOTE_SINGLE, /* inside '..': '"${x}"' */
    TG_QUOTE_DOUBLE, /* inside "..": ${x} */
    TG_QUOTE_HERE,   /* in a here-document: ${x} */
    TG_QUOTE_NUMBER, /* in arithmetic: an int's digits */
};

/* Where a value stands. The texts say it as users read it, and are static. */
struct tg_quote_place {
    enum tg_quote_form form;
    const char *refused; /* why no value can stand here */
    const char *number;  /* where only an int can stand: "in $((..))" */
    const char *code;    /* what reads it as code: "eval" */
    const char *alone;   /* where a list cannot become several words: "in an assignment" */
    bool program;        /* it is, or is part of, the word that names the program */
    bool argument;       /* it is, or is part of, a word that a program is started with */
    bool assigned;       /* a variable gets it */
    bool comment;        /* no shell reads it */
    const char *end;     /* TG_QUOTE_HERE: the line that ends the document, in the text */
    size_t end_length;
    bool path; /* a file that is redirected to or from */
};

/* Finds a place for each mark in the text, in order. */
void tg_quote_read(const char *text, size_t length, struct tg_quote_place *places);
/* Whether the program of that name, found by a value, is one that would read further values as code: 'eval'. */
bool tg_quote_runs_code(const char *program);

#endif
