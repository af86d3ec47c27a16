/* SPDX-License-Identifier: MIT
 * Where one task of a run stands. It is found out from outside, while it runs, and may be another thing a moment later. */
#ifndef TG_WATCH_TASKSTATE_H
#define TG_WATCH_TASKSTATE_H

#include "engine/watch/standing.h"

enum tg_stands {
    TG_STANDS_UNNEEDED, /* nobody needs it, so far or any more */
    TG_STANDS_PENDING,  /* needs what is not done */
    TG_STANDS_READY,    /* waits for a worker; what gives nil and was too quick to be seen may have run */
    TG_STANDS_WAITING,  /* for what `why` says: resources, another attempt, a token */
    TG_STANDS_RUNNING,
    TG_STANDS_DONE,
    TG_STANDS_FAILED, /* also as it may; `why` has the message, unless somebody has caught it */
    TG_STANDS_SKIPPED,
};
extern const char *const tg_taskstate_words[];

/* What of it is not known is 0, NULL. */
#define TG_STATE_NEEDS 5
struct tg_taskstate {
    enum tg_stands stands;
    const struct tg_site *site;
    uint32_t worker;             /* of a running one: counted from 0 */
    uint64_t since_ns;           /* and when it was first seen to run */
    uint32_t attempt;            /* that runs, has failed or is to come; 0: the only one */
    char *why;                   /* heap */
    tg_id needs[TG_STATE_NEEDS]; /* calls that it needs and that are not done: the first of need_count */
    size_t shown, need_count;
};

/* The task with that number; false if there is none. planned: only if it is the one of the plan, not another one that has got the
 * number since: one that is gone is done. The caller frees out->why. */
bool tg_taskstate_find(const struct tg_standing *s, tg_id id, bool planned, struct tg_taskstate *out);
/* The number is one of the plan, and no other task has got it since. */
bool tg_taskstate_is_of_plan(const struct tg_run *run, tg_id id);
/* The result of a task of the plan, if it is there and an int, a float or a bool; else nil. */
tg_value tg_taskstate_number(const struct tg_run *run, tg_id id);

#endif
