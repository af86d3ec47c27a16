/* SPDX-License-Identifier: MIT
 * The scheduler `single-threaded`: the caller runs every task itself, in the plan's order. */
#include "engine/sched/straight.h"

bool tg_inline_drive(struct tg_run *run, struct tg_err *err)
{
    (void)err;
    const struct tg_plan *plan = run->plan;
    struct tg_worker *w = tg_run_worker(run);
    tg_id end = tg_straight_end(plan), position = 0;
    for (; position < end && TG_LIKELY(!tg_run_stopped(run)); position++) {
        tg_id id = tg_straight_at(plan, position);
        if (TG_LIKELY(id != TG_NO_TASK)) tg_task_run(run, w, id, false);
    }
    tg_straight_unrun(run, position);
    return true;
}

const struct tg_sched tg_sched_inline = {
    .name = "single-threaded",
    .alias = "sync",
    .summary = "one task after the other, in the calling thread",
    .drive = tg_inline_drive,
};
