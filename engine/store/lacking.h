/* SPDX-License-Identifier: MIT
 * Files that tasks which are up to date have made, and that are missing: who would have to make them again, and whether somebody
 * needs that. Thread class: locked; a recipe is lent to whoever finds it, until the end. */
#ifndef TG_STORE_LACKING_H
#define TG_STORE_LACKING_H

#include <pthread.h>

#include "engine/base/table.h"
#include "engine/store/again.h"

struct tg_lacking {
    pthread_mutex_t lock;
    pthread_cond_t made;             /* somebody has made one, or failed */
    _Atomic size_t count;            /* atomic: tasks; written under the lock */
    TG_VEC(struct tg_lack) tasks;    /* locked */
    TG_VEC(struct tg_lack_of) files; /* locked */
    struct tg_table by_path;         /* locked: of files */
};

void tg_lacking_init(struct tg_lacking *l);
void tg_lacking_done(struct tg_lacking *l);
/* The results of a task, of which some are MISSING. Takes the recipe. */
void tg_lacking_add(struct tg_lacking *l, const struct tg_recorded_file *results, size_t count,
                    struct tg_again_recipe *take_recipe);
/* What makes the file again that is missing; NULL: it is not, as far as is known. *content: what it was. */
struct tg_again_recipe *tg_lacking_find(struct tg_lacking *l, const char *path, struct tg_content *content);
/* Calls fn with each file in a folder that is missing, in the order in which they were recorded. */
void tg_lacking_below(struct tg_lacking *l, const char *folder, void (*fn)(void *data, const char *path), void *data);
/* The file is there. */
void tg_lacking_settle(struct tg_lacking *l, const char *path);
/* These are to be made. */
void tg_lacking_want(struct tg_lacking *l, struct tg_again_recipe *const *recipes, size_t count);
/* The recipe of this task, which is to make its results, if it has to do it now; NULL: nobody has to. Waits while another one does.
 * number: of the task in the run, which may try again; *failed: another one could not. */
struct tg_again_recipe *tg_lacking_claim(struct tg_lacking *l, const struct tg_recorded *task, uint32_t number, bool *failed);
/* Some of its results were missing, and may have been made since. */
bool tg_lacking_is_known(struct tg_lacking *l, const struct tg_recorded *task);
/* Who has claimed them does not make them now: somebody else may. */
void tg_lacking_leave(struct tg_lacking *l, const struct tg_recorded *task);
/* Who has claimed them has made them, or could not. */
void tg_lacking_made(struct tg_lacking *l, const struct tg_recorded *task, uint32_t number, bool good);

#endif
