/* SPDX-License-Identifier: MIT
 * What the readers of type terms (type.c) and of signatures (sig.c) share: a place in a text, and errors that name it.
 * Thread class: owner. */
#ifndef TG_VALUE_SIGTEXT_H
#define TG_VALUE_SIGTEXT_H

#include "engine/value/sig.h"

struct tg_reader {
    const char *text;
    size_t length, at;
    const char *what;     /* "signature" or "type", for messages */
    enum tg_exit code;    /* of an error */
    const char *const *object_names; /* of the types that plugins define */
    size_t object_count;
    struct tg_arena *arena;
    struct tg_err *err;
};

/* Sets the error "in WHAT 'TEXT': MESSAGE at column N" for the byte offset `at`; always false. */
bool tg_reader_fail(const struct tg_reader *r, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "WANTED expected, found 'x'" at the present place; always false. */
bool tg_reader_expected(const struct tg_reader *r, const char *wanted);
void tg_reader_blanks(struct tg_reader *r);
/* Moves past blanks and then `token`, if it comes next. */
bool tg_reader_take(struct tg_reader *r, const char *token);
/* Moves past blanks and a name (letters, digits, '_'); *name is a copy in the arena. An error if there is none. */
bool tg_reader_name(struct tg_reader *r, const char *wanted, const char **name);
/* Reads a type term; blanks before it are passed over. */
bool tg_reader_type(struct tg_reader *r, struct tg_type *out);

#endif
