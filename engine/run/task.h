/* SPDX-License-Identifier: MIT
 * The state machine of tasks: whether a task that is ready may run, and what becomes of it: it is complete, has failed, or
 * is skipped. One for both forms of a graph: one that is known beforehand, whose tasks stand in columns (run->values), and
 * one that grows, whose tasks are nodes. Whatever is to happen between a task's function and its consumers belongs here.
 *
 * The common way of columns is inlined into the loops of the schedulers: arguments' kinds are compared with one mask each, the
 * function is called, the result is stored. Whatever a mask does not accept (no failed input is) goes the slow way, task.c.
 * Values are copied by halves: a 16-byte load of what was just stored as two 8-byte halves has to wait until both stores
 * have left the core.
 *
 * Thread class: owner (the worker w that runs the task). */
#ifndef TG_RUN_TASK_H
#define TG_RUN_TASK_H

#include "engine/base/assert.h"
#include "engine/run/failing.h"
#include "engine/run/node.h"
#include "engine/run/worker.h"

/* What a task function returns whose task is completed later, by tg_task_complete. */
#define TG_LATER 2

/* Arguments have been collected. True if the task may run with them, else it was skipped or has failed: for an input that failed,
 * an argument that its parameter does not take, or what it asks for and cannot be given. For what the masks leave open. */
bool tg_task_check_inputs(struct tg_worker *w, tg_id id, const tg_value *args, size_t count);
/* The task never runs, or has run in vain, for the reason that this TG_FAILED says (failing.h); lent. */
void tg_task_skip(struct tg_worker *w, tg_id id, tg_value failed);
/* What stands in the task's place from now on; its consumers may see it. Takes the value. */
static inline void tg_task_settle(struct tg_worker *w, tg_id id, tg_value take_value)
{
    TG_ASSERT(tg_kind(take_value) != TG_FUTURE);
    if (w->nodes) tg_node_finish(w, id, take_value);
    else tg_value_put(&w->run->values[id], take_value);
}
/* The task is done with this value; a TG_FAILED one skips it. Takes the value. */
static inline void tg_task_complete(struct tg_worker *w, tg_id id, tg_value take_value)
{
    if (TG_UNLIKELY(tg_kind(take_value) == TG_FAILED)) {
        tg_task_skip(w, id, take_value);
        tg_failing_unref(take_value);
        return;
    }
    tg_worker_gives(w, id, take_value);
    if (w->nodes) tg_node_count(w, id, TG_CENSUS_DONE);
    tg_task_settle(w, id, take_value);
}
/* The task has failed with the error in the worker's context. args (lent): what a message shows. With w->held set then, it is
 * tried again (coordinator.h) and may run already: nothing of it may be touched. */
void tg_task_fail(struct tg_worker *w, tg_id id, const tg_value *args, size_t count);
/* Its function returned a status that is not TG_OK, or has set an error, or returned what it must not; out is its result. */
void tg_task_reject(struct tg_worker *w, tg_id id, const tg_value *args, size_t count, int status, tg_value take_out);
/* What the running task has failed with, for others to fail with: it succeeds itself. Counted; of a graph that grows. */
tg_value tg_task_hand_failure(struct tg_worker *w, const tg_value *args, size_t count);
/* A failure has reached something that shows: of one that was kept, it is told of now. */
void tg_task_reveal(struct tg_run *run, tg_value failed);
/* One consumer of the task's arguments less, and its own result released if nobody uses it; of columns. `shared`: other
 * workers may do the same now. */
void tg_task_release(struct tg_worker *w, tg_id id, bool shared);

/* Not 0 if the site's mask does not accept this as argument i. */
static inline uint32_t tg_task_refuses(const struct tg_site *site, size_t i, tg_value v)
{
    return ~site->accepts[i < 3 ? i : 3] >> tg_kind(v) & 1;
}

/* What the context tells the function. */
static inline void tg_task_enter(struct tg_worker *w, tg_id id, const struct tg_graph *g, const struct tg_site *site)
{
    w->ctx.def = site->def;
    w->ctx.task = id;
    tg_value_put(&w->ctx.options, g->options.items[site->options]);
    atomic_store_explicit(&w->running, id, memory_order_release);
}

/* The function has returned TG_OK and set no error. */
static inline bool tg_task_succeeded(const struct tg_worker *w, int status)
{
    return ((unsigned)status | w->ctx.err.code) == 0;
}

/* The result is what the site's signature says; else with an error. */
static inline bool tg_task_gives(struct tg_worker *w, const struct tg_site *site, tg_value out)
{
    return TG_LIKELY(site->plain >> tg_kind(out) & 1) || tg_failing_look(&w->ctx, site->def, out);
}

static inline tg_value tg_task_arg(const struct tg_run *run, uint32_t arg)
{
    if (TG_LIKELY(arg <= TG_ARG_PAYLOAD)) return run->values[arg];
    if (tg_arg_kind(arg) == TG_ARG_SMALL) return tg_int(tg_arg_small(arg));
    return run->graph->pool.items[tg_arg_payload(arg)];
}

/* Of columns: runs the task, whose inputs are all done, and stores its result. */
static inline __attribute__((always_inline)) void tg_task_run(struct tg_run *run, struct tg_worker *w, tg_id id, bool shared)
{
    const struct tg_graph *g = run->graph;
    TG_ASSERT(id < g->count && tg_plan_needs(run->plan, id) && !w->nodes);
    const struct tg_site *site = &g->site_table.items[g->sites[id]];
    const uint32_t *from = &g->args[tg_graph_arg_begin(g, id)];
    size_t count = g->arg_end[id] - tg_graph_arg_begin(g, id), given = count;
    tg_value *args = w->args;
    if (TG_UNLIKELY(count > w->args_room)) args = tg_worker_room(w, count);
    tg_kinds seen = 0;
    uint32_t refused = site->flags & (TG_SITE_DEEP | TG_SITE_ADMIT);
    for (size_t i = 0; i < count; i++) {
        if (TG_UNLIKELY(tg_arg_kind(from[i]) == TG_ARG_AFTER)) {
            count = i;
            break;
        }
        TG_ASSERT(!tg_arg_is_edge(from[i]) || tg_arg_payload(from[i]) < id);
        tg_value v = tg_task_arg(run, from[i]);
        TG_ASSERT(tg_kind(v) != TG_FUTURE);
        tg_value_put(&args[i], v);
        seen |= TG_KIND_BIT(tg_kind(v));
        refused |= tg_task_refuses(site, i, v);
    }
    tg_task_enter(w, id, g, site);
    tg_value out = tg_nil();
    if (TG_LIKELY(!(refused | (given - count))) || tg_task_check_inputs(w, id, args, count)) {
        tg_worker_starts(w, id, site, args, count);
        int status = site->fn(&w->ctx, args, count, &out);
        if (TG_LIKELY(tg_task_succeeded(w, status) && tg_task_gives(w, site, out))) {
            tg_value_put(&run->values[id], out);
            tg_worker_gives(w, id, out);
        } else {
            tg_task_reject(w, id, args, count, status, out);
            if (w->held) return;
        }
    }
    if (run->plan->uses && (seen | TG_KIND_BIT(tg_kind(out))) >> TG_STR) tg_task_release(w, id, shared);
}

#endif
