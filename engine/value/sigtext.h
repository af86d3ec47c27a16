/* SPDX-License-Identifier: MIT
 * The text of a signature or a type term while it is read: a place in it, and errors that name the place.
 * Thread class: owner. */
#ifndef TG_VALUE_SIGTEXT_H
#define TG_VALUE_SIGTEXT_H

#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"

struct tg_sigtext {
    const char *text;
    size_t length, at;
    const char *what;                /* "signature" or "type", for messages */
    enum tg_exit code;               /* of an error */
    const char *const *object_names; /* of the types that plugins define */
    size_t object_count;
    bool secrets; /* there is a type of them */
    struct tg_arena *arena;
    struct tg_err *err;
};

/* Sets the error "in WHAT 'TEXT': MESSAGE at column N" for the byte offset `at`; always false. */
bool tg_sigtext_fail(const struct tg_sigtext *t, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "WANTED expected, found 'x'" at the present place; always false. */
bool tg_sigtext_expected(const struct tg_sigtext *t, const char *wanted);
void tg_sigtext_blanks(struct tg_sigtext *t);
/* Moves past blanks and then `token`, if it comes next. */
bool tg_sigtext_take(struct tg_sigtext *t, const char *token);
/* Moves past blanks and a name (letters, digits, '_'); *name is a copy in the arena. An error if there is none. */
bool tg_sigtext_name(struct tg_sigtext *t, const char *wanted, const char **name);

#endif
