/* SPDX-License-Identifier: MIT
 * What the tasks of one run that ask have in common: for again.c, which asks, againfiles.c, which knows
 * files by their paths, and againkeep.c, which records. Thread class: per field. */
#ifndef TG_STORE_AGAINRUN_H
#define TG_STORE_AGAINRUN_H

#include "engine/store/again.h"
#include "engine/store/lacking.h"

struct tg_again {
    struct tg_again_how how;      /* immutable */
    struct tg_contents *contents; /* shared */
    struct tg_lacking lacking;    /* locked, by itself */
    struct tg_temps temps;        /* likewise */
    _Atomic bool *used;           /* atomic, relaxed: patterns of `forced` that have named a task */
    size_t forced_count;          /* immutable */
    _Atomic bool refused;         /* atomic, relaxed */
    _Atomic uint64_t fresh, ran;  /* atomic, relaxed */
};

/* It holds a secret that is known. */
bool tg_againrun_is_secret(const struct tg_again_how *how, const char *bytes, size_t length);
/* An input by its path, until there is another one; NULL: there is none. */
struct tg_recorded_file *tg_againrun_input(struct tg_again_task *t, const char *path);
/* All inputs are known: those that are none go. */
void tg_againrun_drop_unread(struct tg_again_task *t);
/* A line of what is said of a task. */
void tg_againrun_add_line(struct tg_buf *why, const char *line);
/* For the next run of the same graph: the task is up to date. */
void tg_againrun_note(const struct tg_again_task *t, const void *value, size_t length);

#endif
