/* SPDX-License-Identifier: MIT
 * The scheduler `single-threaded`: the caller runs every task itself, in the plan's order. */
#include "engine/run/live.h"
#include "engine/sched/straight.h"

/* What became ready goes on a stack, the oldest on top: a task's own part of the graph is run before the next root. */
static bool drive_growing(struct tg_run *run)
{
    struct tg_fragment *f = tg_run_worker(run)->ctx.fragment;
    struct tg_ids stack = {0};
    uint32_t root = 0, roots = run->grow->root_count;
    while (!tg_run_stopped(run) && (stack.ids.count || root < roots)) {
        tg_id id = stack.ids.count ? stack.ids.items[--stack.ids.count] : run->grow->roots[root++];
        tg_live_run(f, id);
        while (f->ready.ids.count) tg_vec_push(&stack.ids, f->ready.ids.items[--f->ready.ids.count]);
    }
    tg_vec_done(&stack.ids);
    return true;
}

bool tg_inline_drive(struct tg_run *run, struct tg_err *err)
{
    (void)err;
    if (run->grow) return drive_growing(run);
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
