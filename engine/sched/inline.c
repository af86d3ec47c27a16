/* SPDX-License-Identifier: MIT
 * The scheduler `single-threaded`: the caller runs every task itself, in the plan's order, which minds priorities. */
#include <string.h>

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/graph/lineup.h"
#include "engine/graph/pace.h"
#include "engine/grow/exec.h"
#include "engine/run/coordinator.h"
#include "engine/run/node.h"
#include "engine/run/pause.h"
#include "engine/run/turnstile.h"
#include "engine/sched/straight.h"

/* A graph that grows: what became ready goes on a stack, the oldest on top, so that a task's own part of the graph is
 * run before the next root. The further rounds of loops wait in a queue of their own until the stack is empty: what a
 * round leaves behind would never run beside a loop without end. Slow tasks with a priority stand in a line: before all else
 * if it is above 0, behind all else if it is below. */
struct line {
    struct tg_run *run;
    struct tg_ids stack, rounds;
    struct tg_lineup ranked;
    size_t next_round; /* in rounds */
    uint32_t next_root, root_count, turns, next_number;
};

/* The queue is moved to its front when this much of it, and half, is used up. */
#define ROUNDS_MOVED 64

/* Rounds of loops after which one more root, or one of low priority, has its turn. */
#define ROUNDS_PER_ROOT 64

static tg_id take_round(struct line *l)
{
    TG_ASSERT(l->next_round < l->rounds.ids.count);
    tg_id id = l->rounds.ids.items[l->next_round++];
    if (l->next_round >= ROUNDS_MOVED && l->next_round * 2 >= l->rounds.ids.count) {
        l->rounds.ids.count -= l->next_round;
        memmove(l->rounds.ids.items, l->rounds.ids.items + l->next_round, l->rounds.ids.count * sizeof(tg_id));
        l->next_round = 0;
    }
    return id;
}

/* Puts it into the line if it is slow and has a priority. */
static bool rank(struct line *l, tg_id id)
{
    const struct tg_site *site = tg_node_site(l->run->nodes, id);
    if (TG_LIKELY(~site->flags & (TG_SITE_SLOW | TG_SITE_PRIORITY))) return false;
    int64_t priority = tg_pace_priority(l->run->graph, site);
    tg_lineup_push(&l->ranked, (struct tg_waiting){.priority = priority, .number = l->next_number++, .id = id});
    return true;
}

static tg_id take_ranked(struct line *l)
{
    struct tg_waiting task;
    return tg_lineup_pop(&l->ranked, &task) ? task.id : TG_NO_TASK;
}

/* Puts those that belong there into the line; how many are left. */
static size_t rank_all(struct line *l, tg_id *ids, size_t count)
{
    size_t left = 0;
    if (TG_LIKELY(!l->run->graph->has_priority)) return count;
    for (size_t i = 0; i < count; i++)
        if (!rank(l, ids[i])) ids[left++] = ids[i];
    return left;
}

/* The task to be run next; TG_NO_TASK at the end. */
static inline __attribute__((always_inline)) tg_id take_next(struct line *l)
{
    bool roots = l->next_root < l->root_count, others = roots || l->ranked.tasks.count;
    if (TG_UNLIKELY(l->ranked.tasks.count) && l->ranked.tasks.items[0].priority > 0) return take_ranked(l);
    if (l->stack.ids.count) return l->stack.ids.items[--l->stack.ids.count];
    bool rounds = l->next_round < l->rounds.ids.count;
    if (rounds && !(others && ++l->turns % ROUNDS_PER_ROOT == 0)) return take_round(l);
    return roots ? l->run->nodes->roots[l->next_root++] : take_ranked(l);
}

static inline __attribute__((always_inline)) void put_ready(struct line *l, struct tg_ids *ready)
{
    ready->ids.count = rank_all(l, ready->ids.items, ready->ids.count);
    while (ready->ids.count) {
        tg_id id = ready->ids.items[--ready->ids.count];
        tg_vec_push(tg_node_goes_on(l->run->nodes, id) ? &l->rounds.ids : &l->stack.ids, id);
    }
}

/* Held tasks that are ready again stand behind what is ready already. */
static __attribute__((noinline)) void put_due(struct line *l, struct tg_worker *w)
{
    size_t count = 0;
    for (tg_id id; tg_coordinator_due(l->run->coordinator, &id); count++) tg_vec_push(&w->ready.ids, id);
    if (count) put_ready(l, &w->ready);
}

/* Sleeps until a held task is due; what ran before runs no more. */
static void wait_for_held(struct tg_worker *w)
{
    atomic_store_explicit(&w->running, TG_NO_TASK, memory_order_relaxed);
    uint64_t begin_ns = tg_clock_ns();
    tg_coordinator_sleep(w->run->coordinator, -1, UINT64_MAX);
    w->run->idle_ns += tg_clock_ns() - begin_ns;
}

/* The next one while tasks are held; where there is none, waits for those. */
static __attribute__((noinline)) tg_id wait_for_next(struct line *l, struct tg_worker *w)
{
    struct tg_coordinator *c = l->run->coordinator;
    put_due(l, w);
    tg_id id = take_next(l);
    while (id == TG_NO_TASK && tg_coordinator_holds(c) && !tg_run_stopped(l->run)) {
        wait_for_held(w);
        put_due(l, w);
        id = take_next(l);
    }
    return id;
}

static inline tg_id take_or_wait(struct line *l, struct tg_worker *w)
{
    return TG_UNLIKELY(tg_coordinator_holds(l->run->coordinator)) ? wait_for_next(l, w) : take_next(l);
}

/* A task with a policy; false if it is not done. It runs alone, so what it needs is free, or never will be. */
static bool run_policy(struct tg_run *run, struct tg_worker *w, tg_id id, const struct tg_site *site)
{
    struct tg_turnstile turnstile;
    atomic_store_explicit(&w->running, TG_NO_TASK, memory_order_relaxed); /* while it waits it runs none */
    uint32_t cores = site->flags & TG_SITE_ADMIT ? tg_coordinator_admit(run->coordinator, w, id) : 1;
    if (!tg_turnstile_enter(&turnstile, run, id, cores)) return false; /* the run is being stopped */
    tg_coordinator_begin(run->coordinator, w, id, site);
    if (run->nodes) tg_exec_run(w, id);
    else tg_task_run(run, w, id, false);
    bool done = tg_coordinator_end(run->coordinator, w);
    tg_turnstile_leave(&turnstile);
    return done;
}

static void run_node(struct tg_worker *w, tg_id id)
{
    const struct tg_site *site = w->nodes->items[id].site;
    tg_worker_heed(w);
    if (TG_LIKELY(!(site->flags & TG_SITE_POLICY))) tg_exec_run(w, id);
    else run_policy(w->run, w, id, site);
}

static bool drive_nodes(struct tg_run *run)
{
    struct tg_worker *w = tg_worker_new(run);
    struct line l = {.run = run};
    l.root_count = (uint32_t)rank_all(&l, run->nodes->roots, run->nodes->root_count);
    for (tg_id id; (id = take_or_wait(&l, w)) != TG_NO_TASK && !tg_pause_or_stop(run, w);) {
        run_node(w, id);
        put_ready(&l, &w->ready);
    }
    tg_vec_done(&l.stack.ids);
    tg_vec_done(&l.rounds.ids);
    tg_lineup_done(&l.ranked);
    return true;
}

/* ---- columns with policies ----------------------------------------------------------------------- */

/* Tasks are run in the plan's order. One that is held is left out, with all that needs it; these come when it has run. */
struct leaving_out {
    struct tg_run *run;
    struct tg_worker *w;
    uint64_t *left;      /* bitmap over ids: left out so far */
    struct tg_ids needy; /* of them, those that are not held themselves, in order */
};

static bool needs_left(const struct leaving_out *l, tg_id id)
{
    const struct tg_graph *g = l->run->graph;
    bool found = false;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id] && !found; i++)
        found = tg_arg_is_edge(g->args[i]) && tg_bits_get(l->left, tg_arg_payload(g->args[i]));
    return found;
}

/* Runs it unless it needs one that was left out; true if it does. Held or done, it is the coordinator's who knows when. */
static bool leave_or_run(struct leaving_out *l, tg_id id)
{
    const struct tg_site *site = tg_graph_site_of(l->run->graph, id);
    tg_bits_set(l->left, id);
    if (tg_pause_or_stop(l->run, l->w) || needs_left(l, id)) return true;
    bool done = true;
    tg_worker_heed(l->w);
    if (site->flags & TG_SITE_POLICY) done = run_policy(l->run, l->w, id, site);
    else tg_task_run(l->run, l->w, id, false);
    if (done) tg_bits_clear(l->left, id);
    return false;
}

/* Runs held tasks that are due, and what needed them. */
static void run_due(struct leaving_out *l)
{
    struct tg_coordinator *c = l->run->coordinator;
    bool any = false;
    for (tg_id id; !tg_run_stopped(l->run) && tg_coordinator_is_due(c) && tg_coordinator_due(c, &id); any = true)
        leave_or_run(l, id);
    size_t count = any ? l->needy.ids.count : 0, kept = 0;
    for (size_t i = 0; i < count; i++)
        if (leave_or_run(l, l->needy.ids.items[i])) l->needy.ids.items[kept++] = l->needy.ids.items[i];
    if (any) l->needy.ids.count = kept;
}

static void unrun_left(struct leaving_out *l, tg_id position)
{
    tg_straight_unrun(l->run, position);
    for (tg_id id = 0; id < l->run->graph->count; id++)
        if (tg_bits_get(l->left, id)) tg_run_unrun(l->run, id);
}

static bool drive_policies(struct tg_run *run)
{
    const struct tg_plan *plan = run->plan;
    struct leaving_out l = {.run = run, .w = tg_worker_new(run), .left = tg_bits_new(run->graph->count)};
    tg_id end = tg_straight_end(plan), position = 0;
    for (; position < end && !tg_run_stopped(run); position++) {
        tg_id id = tg_straight_at(plan, position);
        if (id == TG_NO_TASK) continue;
        if (tg_coordinator_holds(run->coordinator)) run_due(&l);
        if (leave_or_run(&l, id)) tg_vec_push(&l.needy.ids, id);
    }
    while (!tg_run_stopped(run) && tg_coordinator_holds(run->coordinator)) {
        wait_for_held(l.w);
        run_due(&l);
    }
    unrun_left(&l, position);
    tg_bits_free(l.left, run->graph->count);
    tg_vec_done(&l.needy.ids);
    return true;
}

bool tg_inline_drive(struct tg_run *run, struct tg_err *err)
{
    (void)err;
    if (run->nodes) return drive_nodes(run);
    if (run->coordinator) return drive_policies(run);
    const struct tg_plan *plan = run->plan;
    struct tg_worker *w = tg_worker_new(run);
    bool sampled = w->sampled != 0;
    tg_id end = tg_straight_end(plan), position = 0;
    for (; position < end && TG_LIKELY(!tg_pause_or_stop(run, w)); position++) {
        tg_id id = tg_straight_at(plan, position);
        if (TG_UNLIKELY(id == TG_NO_TASK)) continue;
        if (TG_UNLIKELY(sampled)) tg_worker_turn(w);
        tg_task_run(run, w, id, false);
    }
    tg_straight_unrun(run, position);
    return true;
}

const struct tg_sched tg_inline_sched = {
    .name = "single-threaded",
    .alias = "sync",
    .summary = "one task after the other, in the calling thread",
    .drive = tg_inline_drive,
};
