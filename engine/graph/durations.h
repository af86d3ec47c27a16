/* SPDX-License-Identifier: MIT
 * How long tasks took in earlier runs: of each task of the plan, or, where that is not known, a mean over those of its definition.
 *
 * Looking it up takes longer than a run in which nothing is to be done, so it is done when it is worth it: before the first choice
 * between tasks where they are few, else once tasks have run for a while. Whoever comes to it does it, and others go on meanwhile.
 * Thread class: shared; what is known does not change any more. */
#ifndef TG_GRAPH_DURATIONS_H
#define TG_GRAPH_DURATIONS_H

#include <stdatomic.h>

#include "engine/base/table.h"
#include "engine/base/vec.h"
#include "engine/graph/graph.h"

/* Tasks have run for so long: then a look is worth it. */
#define TG_DURATIONS_WORTH_NS UINT64_C(100000000)

struct tg_durations_of {
    char *task; /* name of the definition; owned */
    uint64_t sum_ns, count;
    tg_id planned; /* tasks of the plan */
    uint64_t planned_ns;
};

struct tg_durations {
    /* Enters what is known; `few`: only if that is quickly done, and false if it is not. */
    bool (*find)(struct tg_durations *d, void *data, bool few);
    void *data;
    _Atomic uint64_t spent_ns; /* atomic, relaxed: time of tasks that have run */
    _Atomic int state;         /* atomic: release when it is known */

    TG_VEC(struct tg_durations_of) of;
    struct tg_table by_task;
    uint64_t sum_ns, count; /* of all */
    uint32_t *of_plan;      /* ms by task of the plan, 0: not known; heap */
    tg_id plan_count;
};

/* -- finding them; NULL as durations is fine everywhere, and nothing is known then */

/* A choice is about to be made; they are looked up where that is quick. */
void tg_durations_choose(struct tg_durations *d);
/* A task has run for so long. */
void tg_durations_spent(struct tg_durations *d, uint64_t ns);
/* Something is known. */
bool tg_durations_known(const struct tg_durations *d);
/* All is as at the beginning, nothing known. */
void tg_durations_done(struct tg_durations *d);

/* -- entering them, for `find` */

void tg_durations_enter(struct tg_durations *d, const char *task, uint64_t ns);
/* After all of these: a task of the plan, and what it took itself (0: not known). A slow one of which nothing is recorded takes what
 * all take on an average. */
void tg_durations_plan(struct tg_durations *d, const struct tg_graph *g, tg_id id, uint64_t ns);

/* -- what is known */

/* Milliseconds, rounded up, of a task of the plan, or (TG_NO_TASK) some task of the site. Of what nothing is recorded: a mean of all. */
uint32_t tg_durations_ms(const struct tg_durations *d, const struct tg_site *site, tg_id id);
/* Of what nothing is recorded 0. */
uint64_t tg_durations_mean_ns(const struct tg_durations *d, const char *task);
/* Time of workers for tasks of the definition in the plan, when so many of them have ended. */
uint64_t tg_durations_left_ns(const struct tg_durations *d, const char *task, tg_id ended);

#endif
