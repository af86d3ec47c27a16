/* SPDX-License-Identifier: MIT
 * What a run leaves to those of graph->finals, which come behind it. Thread class: owner; values are immutable. */
#ifndef TG_RUN_REMAINS_H
#define TG_RUN_REMAINS_H

#include "engine/run/run.h"

struct tg_remain {
    tg_id task;
    const struct tg_site *site;
    tg_value value; /* owned; or a failure that is kept (failing.h): what is said where it is used */
};

struct tg_remains {
    TG_VEC(struct tg_remain) items; /* some tasks more than once */
};

/* When the run is over, or was never begun: takes what is held of its results. */
void tg_remains_take(struct tg_remains *r, const struct tg_run *run);
void tg_remains_done(struct tg_remains *r);

#endif
