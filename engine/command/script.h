/* SPDX-License-Identifier: MIT
 * The program of an `sh` from its text and its values: references in the text, and how the values get to the shell; or the
 * program itself, where the text is plain words. Thread class: owner. */
#ifndef TG_COMMAND_SCRIPT_H
#define TG_COMMAND_SCRIPT_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/command/command.h"
#include "engine/command/quote.h"

/* A value: one word, or the words of a list. Words hold no NUL. */
struct tg_script_value {
    const char **words;
    size_t count;
    bool list;
};

struct tg_script {
    const char *text; /* a TG_QUOTE_MARK for each value */
    size_t length;
    const struct tg_quote_place *places;
    const struct tg_script_value *values;
    size_t count;
    const char *const *shell; /* NULL: the default one */
};

/* Why value i cannot stand at its place, into b; false if it can. */
bool tg_script_problem(const struct tg_script *s, size_t i, struct tg_buf *b);
/* Fills in the step; what it points to lies in the arena. Each value can stand at its place. */
void tg_script_make(const struct tg_script *s, struct tg_arena *arena, struct tg_step *step);
/* Whether the text is nothing but words, of which the first is none that a shell knows: what a shell would start, too. */
bool tg_script_is_plain(const struct tg_script *s);
/* The words of such a text, NULL-terminated; NULL: the first one names something of the shell. */
char **tg_script_words(const struct tg_script *s, struct tg_arena *arena);

#endif
