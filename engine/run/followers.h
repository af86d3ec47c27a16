/* SPDX-License-Identifier: MIT
 * Which tasks were skipped, and for which failure, and which were running when a run was told to end. Only those are counted
 * that the author of the workflow has called.
 *
 * Of columns they are found when the run is over: a task follows the failure that an input of it has, or follows. Nodes go when
 * they are done; there each is noted when it is skipped. Success pays nothing. */
#ifndef TG_RUN_FOLLOWERS_H
#define TG_RUN_FOLLOWERS_H

#include "engine/run/run.h"

/* Names that are kept for one failure. */
#define TG_FOLLOWERS_NAMED 6

struct tg_follower {
    char *name; /* `index(a)`; heap */
    tg_id count;
};
/* Those of one failure. */
struct tg_followers_of {
    tg_id count;
    unsigned named;
    struct tg_follower names[TG_FOLLOWERS_NAMED];
};

struct tg_followers {
    TG_VEC(struct tg_followers_of) of; /* by number of the failure */
    TG_VEC(uint32_t) wanted;           /* by place in graph->wanted: the number of the failure that it follows; 0: none */
    tg_id unrun;                       /* follow none: the run was stopped before they began */
    struct tg_followers_of cut;        /* follow none: they ran when it was told to end, and came to nothing */
};

/* Of nodes: the task is skipped for this TG_FAILED. */
void tg_followers_note(struct tg_run *run, tg_value failed, tg_id id);
/* The run was told to end, and the task has failed for that. */
void tg_followers_cut(struct tg_run *run, const struct tg_site *site, const tg_value *args, size_t count);
/* When the run is over, once: finds the others. The result is the run's. */
const struct tg_followers *tg_followers_find(struct tg_run *run);
/* When the run is over: those that it cut off; NULL: none. */
const struct tg_followers_of *tg_followers_cut_off(struct tg_run *run);
/* NULL if none follows this failure. */
const struct tg_followers_of *tg_followers_get(const struct tg_followers *f, uint32_t number);
void tg_followers_free(struct tg_followers *f);

#endif
