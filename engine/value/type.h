/* SPDX-License-Identifier: MIT
 * Types: what a parameter takes and what a task gives. Made once, then immutable; memory belongs to the arena given to
 * the parser. */
#ifndef TG_VALUE_TYPE_H
#define TG_VALUE_TYPE_H

#include "engine/base/arena.h"
#include "engine/base/secret.h"
#include "engine/value/value.h"

struct tg_sigtext;

struct tg_type {
    tg_kinds kinds;             /* kinds a value of this type has */
    tg_kinds accepts;           /* kinds a parameter of this type takes: an int for a float, a str for a file */
    const struct tg_type *item; /* of a list[T]; NULL: anything */
    const char *object;         /* a plugin type's name, if kinds has TG_OBJECT and one is meant; else NULL */
    bool secret;                /* a str that is not to be seen */
    bool failable;              /* its nil stands for a failure: of types of expressions only (lang/check/failable.h) */
};

/* The initializer of a type that takes what it has. */
#define TG_TYPE_OF(kind_bits)                        \
    {                                                \
        .kinds = (kind_bits), .accepts = (kind_bits) \
    }

extern const struct tg_type tg_type_any;

/* Parses a type term: `int`, `list[T]`, `T?`, a name in object_names (may be NULL). */
bool tg_type_parse(const char *text, size_t length, const char *const *object_names, size_t object_count,
                   struct tg_arena *arena, struct tg_type *out, struct tg_err *err);
/* Where a file is given for a str. */
#define TG_TYPE_PATH_HINT "a file's path as a text is x.path"

/* True if the type, or that of its items, is secret. */
bool tg_type_is_secret(const struct tg_type *type);
/* What of the value, which the type accepts, is secret is so from now on; false if something is too short for that. */
bool tg_type_keep_secret(const struct tg_type *type, tg_value v, struct tg_secrets *secrets);
/* Reads a type term inside a longer text; blanks before it are passed over. */
bool tg_type_read(struct tg_sigtext *t, struct tg_type *out);
/* The i-th type that is no plugin's, by its name; NULL past the end. */
const char *tg_type_name(size_t i);
/* "int", "list[num]?", ... */
void tg_type_print(struct tg_buf *b, const struct tg_type *type);
/* The same, kept in the arena. */
const char *tg_type_text(struct tg_arena *a, const struct tg_type *type);
/* Of a value that the type does not accept, for a message: where it is a list, " whose item 2 is str", the first that is to blame. */
void tg_type_print_item(struct tg_buf *b, const struct tg_type *type, tg_value v);
/* True if the known value v (no futures inside, or futures that are passed over) may be given to a parameter of
 * this type, deep into lists. */
bool tg_type_accepts(const struct tg_type *type, tg_value v);
/* False only if no value of type `from` could ever be accepted by `to`. */
bool tg_type_may_accept(const struct tg_type *to, const struct tg_type *from);
/* The value as one of this type, which accepts it: an int becomes a float, a str a file, in lists too. */
tg_value tg_type_convert(const struct tg_type *type, tg_value take);

#endif
