/* SPDX-License-Identifier: MIT
 * Words that other languages and tools have. Thread class: immutable. */
#ifndef TG_TEXT_FOREIGN_H
#define TG_TEXT_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

/* How a command is written: its result, `run` or `sh`, what follows that. */
#define TG_FOREIGN_COMMAND "a command is a task, and runs where that is called: task name() -> %s { %s %s }, and then name()"

struct tg_foreign {
    const char *word, *hint;
};

/* A word that stands where none of the language can; NULL: it is none that is known. */
const struct tg_foreign *tg_foreign_word(const char *text, size_t length);

/* A word that begins a declaration elsewhere: int, str. */
bool tg_foreign_is_type(const struct tg_foreign *f);
/* What is written in place of a call of an unknown name, of one that is looked into, as in os.environ; NULL: nothing known. */
const char *tg_foreign_call(const char *name);
const char *tg_foreign_module(const char *name);
/* The scheduler that is meant by what Dask and others call it; NULL: nothing known. */
const char *tg_foreign_scheduler(const char *name);

#endif
