/* SPDX-License-Identifier: MIT
 * The straight line: a plan's tasks in its order, one after the other. An order is topological, so nothing needs to
 * be counted or queued. A position is an index into the plan's order, or an id where it has none. */
#ifndef TG_SCHED_STRAIGHT_H
#define TG_SCHED_STRAIGHT_H

#include "engine/run/task.h"

static inline tg_id tg_straight_end(const struct tg_plan *p)
{
    return p->order ? p->count : p->graph->count;
}
/* The task at this position; TG_NO_TASK if it is not needed. */
static inline tg_id tg_straight_at(const struct tg_plan *p, tg_id position)
{
    if (p->order) return p->order[position];
    return tg_plan_needs(p, position) ? position : TG_NO_TASK;
}
/* Marks everything from this position on as not run. */
static inline void tg_straight_unrun(struct tg_run *run, tg_id position)
{
    for (tg_id end = tg_straight_end(run->plan); position < end; position++) {
        tg_id id = tg_straight_at(run->plan, position);
        if (id != TG_NO_TASK) tg_run_unrun(run, id);
    }
}

bool tg_inline_drive(struct tg_run *run, struct tg_err *err);  /* inline.c */
bool tg_threads_drive(struct tg_run *run, struct tg_err *err); /* threads.c */

#endif
