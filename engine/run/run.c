/* SPDX-License-Identifier: MIT
 * A run from its start to its end. After a stop the tasks in columns that never ran are marked, so that a missing result is never
 * taken for nil; a node that never ran is not done, which says the same. */
#include "engine/run/run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "engine/base/assert.h"
#include "engine/base/bits.h"
#include "engine/base/clock.h"
#include "engine/base/ticker.h"
#include "engine/base/limits.h"
#include "engine/run/allowed.h"
#include "engine/run/coordinator.h"
#include "engine/run/failing.h"
#include "engine/run/followers.h"
#include "engine/run/node.h"
#include "engine/run/seat.h"
#include "engine/run/worker.h"

/* Tasks that a stall names. */
#define STALLED_SHOWN 5

/* Bits for values of nodes that were told of; those that are there at a time have mostly different ones. */
#define NOTED_NODES 65536

/* ---- stopping ------------------------------------------------------------------------------------ */

void tg_run_unrun(struct tg_run *run, tg_id id)
{
    TG_ASSERT(!run->nodes && id < run->graph->count && !tg_is_heap(run->values[id]));
    run->values[id] = tg_failing_value(TG_FAILED_UNRUN);
}

static bool is_unrun(const struct tg_run *run, tg_id id)
{
    return run->values[id].tag == TG_FAILED && run->values[id].bits == TG_FAILED_UNRUN;
}

/* Marks the consumers of marked tasks, which cannot have run either. */
static void spread_unrun(struct tg_run *run)
{
    const struct tg_graph *g = run->graph;
    for (tg_id id = 0; id < g->count; id++) {
        if (!tg_plan_needs(run->plan, id)) continue;
        for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
            if (tg_arg_is_edge(g->args[i]) && is_unrun(run, tg_arg_payload(g->args[i]))) tg_run_unrun(run, id);
    }
}

/* ---- a run --------------------------------------------------------------------------------------- */

/* Aligned, zeroed, and not touched before it is used. */
static struct tg_worker *workers_new(struct tg_run *run, unsigned count)
{
    size_t align = _Alignof(struct tg_worker);
    run->worker_block = tg_alloc_zero(count * sizeof(struct tg_worker) + align);
    return (struct tg_worker *)(((uintptr_t)run->worker_block + align - 1) / align * align);
}

static tg_value *new_values(struct tg_run *run)
{
    run->values_bytes = run->graph->count * sizeof *run->values;
    tg_value *values = tg_block_new(run->values_bytes);
    if (run->values_bytes < TG_BLOCK_HUGE) memset(values, 0, run->values_bytes);
    return values;
}

void tg_run_init(struct tg_run *run, const struct tg_graph *graph, const struct tg_plan *plan,
                 const struct tg_run_options *options)
{
    TG_ASSERT(plan->graph == graph && plan->count <= graph->count && options->sched);
    *run = (struct tg_run){.graph = graph, .plan = plan, .options = *options, .begin_ns = tg_clock_ns()};
    if (run->options.jobs < 1) run->options.jobs = 1;
    if (run->options.jobs > TG_MAX_WORKERS) run->options.jobs = TG_MAX_WORKERS;
    const struct tg_services *services = options->services;
    run->stop = services && services->stop ? services->stop : &run->own_stop;
    run->allowed = options->allowed ? options->allowed : &run->own_allowed;
    run->allowed_before = run->allowed->items.count;
    if (!plan->grows) run->values = new_values(run); /* else grow/start.h makes nodes */
    if (plan->grows || graph->has_policy) run->coordinator = tg_coordinator_new(run);
    run->workers = workers_new(run, run->options.jobs);
    run->noted_count = plan->grows ? NOTED_NODES : (size_t)graph->count + 1;
    if (tg_events_sampled(options->events)) run->noted = (_Atomic uint64_t *)tg_bits_new(run->noted_count);
    atomic_init(&run->width, run->options.jobs);
    pthread_mutex_init(&run->lock, NULL);
    pthread_mutex_init(&run->scale_lock, NULL);
}

/* ---- workers ------------------------------------------------------------------------------------- */

void tg_run_scalable(struct tg_run *run, void (*scale)(void *crew, unsigned workers), void *crew)
{
    pthread_mutex_lock(&run->scale_lock);
    run->scale = scale;
    run->scaled = crew;
    pthread_mutex_unlock(&run->scale_lock);
}

bool tg_run_scale(struct tg_run *run, unsigned workers, struct tg_err *err)
{
    unsigned most = run->options.jobs;
    bool fits = workers >= 1 && workers <= most;
    pthread_mutex_lock(&run->scale_lock);
    bool can = run->scale;
    if (can && fits) atomic_store_explicit(&run->width, workers, memory_order_relaxed);
    if (can && fits) run->scale(run->scaled, workers);
    pthread_mutex_unlock(&run->scale_lock);
    if (!can) return tg_err_set(err, TG_EXIT_CANNOT, "a single thread runs all tasks of this run");
    return fits || tg_err_set(err, TG_EXIT_USAGE, "this run began with %u worker%s, and can have from 1 to %u", most,
                              most == 1 ? "" : "s", most);
}

unsigned tg_run_width(struct tg_run *run)
{
    pthread_mutex_lock(&run->scale_lock);
    unsigned width = run->scale ? atomic_load(&run->width) : 1;
    pthread_mutex_unlock(&run->scale_lock);
    return width;
}

struct tg_tally tg_run_tally(const struct tg_run *run)
{
    struct tg_tally t = {0};
    unsigned count = atomic_load_explicit(&run->worker_count, memory_order_acquire);
    for (unsigned i = 0; i < count; i++)
        for (int kind = 0; kind < TG_EVENT_KINDS; kind++)
            t.count[kind] += atomic_load_explicit(&run->workers[i].tally[kind], memory_order_relaxed);
    if (t.count[TG_EVENT_DONE] > INT32_MAX) t.count[TG_EVENT_DONE] = 0; /* one was taken back that was not seen before */
    return t;
}

bool tg_run_waits(const struct tg_run *run, tg_id id)
{
    if (!run->nodes) return tg_plan_needs(run->plan, id) && is_unrun(run, id);
    uint32_t phase = tg_node_phase(&run->nodes->items[id]);
    return phase == TG_NODE_ACTIVE || phase == TG_NODE_RUNNING;
}

static bool stalled(struct tg_run *run, tg_id waiting, struct tg_err *err)
{
    struct tg_buf names = {0};
    tg_id shown = 0, end = run->nodes ? run->nodes->next : run->graph->count;
    for (tg_id id = 0; id < end && shown < STALLED_SHOWN; id++) {
        if (!tg_run_waits(run, id)) continue;
        tg_buf_format(&names, "%s'%s' (task %u)", shown++ ? ", " : "", tg_run_site_of(run, id)->def->name, id);
    }
    tg_err_set(err, TG_EXIT_CANNOT,
               "the run has stalled: %u of %u tasks are waiting, but nothing is ready and nothing is running", waiting,
               tg_run_total(run));
    if (shown) tg_err_detail(err, "Waiting: %s%s.", tg_buf_str(&names), shown < waiting ? ", ..." : "");
    tg_buf_done(&names);
    return false;
}

/* Sleeping tasks and the wake-ups between workers should not be rounded to the usual 50 µs; threads inherit it. */
static long tighten_timers(void)
{
#ifdef PR_SET_TIMERSLACK
    long slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    return slack;
#else
    return 0;
#endif
}

static void restore_timers(long slack)
{
#ifdef PR_SET_TIMERSLACK
    if (slack > 0) prctl(PR_SET_TIMERSLACK, slack, 0, 0, 0);
#else
    (void)slack;
#endif
}

struct driving {
    struct tg_run *run;
    struct tg_err *err;
    bool ok;
};

static void drive_run(void *driving)
{
    struct driving *d = driving;
    d->ok = d->run->options.sched->drive(d->run, d->err);
}

bool tg_run_execute(struct tg_run *run, struct tg_err *err)
{
    if (run->plan->count == 0) return true;
    struct driving driving = {run, err, false};
    bool sampled = tg_events_sampled(run->options.events) != 0;
    if (sampled) tg_ticker_begin();
    long slack = tighten_timers();
    run->drive_ns = tg_clock_ns();
    tg_seat_take(&run->workers[0], getpid(), drive_run, &driving); /* the calling thread is worker 0 */
    bool ok = driving.ok;
    run->drive_end_ns = tg_clock_ns();
    restore_timers(slack);
    if (sampled) tg_ticker_end();
    run->idle_ns += atomic_load_explicit(&run->paused_ns, memory_order_relaxed);
    for (unsigned i = 0; i < run->worker_count; i++) {
        atomic_store_explicit(&run->workers[i].running, TG_NO_TASK, memory_order_relaxed);
        tg_worker_tell_end(&run->workers[i]);
    }
    if (run->nodes && !tg_run_stopped(run)) tg_nodes_reveal(run->nodes);
    tg_events_flush(run->options.events);
    struct tg_tally t = tg_run_tally(run);
    TG_ASSERT(tg_run_finished(run) <= tg_run_total(run));
    tg_id waiting = tg_run_total(run) - tg_run_finished(run);
    run->done_count = t.count[TG_EVENT_DONE];
    run->skipped_count = t.count[TG_EVENT_SKIPPED] + waiting;
    tg_id failed = t.count[TG_EVENT_FAILED];
    run->allowed_count = (tg_id)(run->allowed->items.count - run->allowed_before);
    run->retried_count = t.count[TG_EVENT_RETRIED];
    tg_id told = (tg_id)run->failures.count + run->allowed_count;
    run->caught_count = failed > told ? failed - told : 0;
    if (waiting && !run->nodes) spread_unrun(run);
    if (ok && waiting && !tg_run_stopped(run)) return stalled(run, waiting, err);
    return ok;
}

/* Failures are kept in columns only for what is run behind them. */
static void free_values(struct tg_run *run)
{
    bool fails = run->graph->finals.count;
    for (tg_id id = 0; (run->plan->uses || fails) && id < run->graph->count; id++) {
        if (run->values[id].tag == TG_FAILED) tg_failing_unref(run->values[id]);
        else tg_value_unref(run->values[id]);
    }
    tg_block_free(run->values, run->values_bytes);
}

void tg_run_done(struct tg_run *run)
{
    if (!run->graph) return;
    if (run->values) free_values(run);
    for (unsigned i = 0; i < run->worker_count; i++) tg_worker_done(&run->workers[i]);
    tg_nodes_free(run->nodes);
    tg_coordinator_free(run->coordinator);
    for (size_t i = 0; i < run->failures.count; i++) tg_failing_done(&run->failures.items[i]);
    tg_vec_done(&run->failures);
    tg_allowed_list_done(&run->own_allowed);
    tg_followers_free(run->followers);
    tg_vec_done(&run->instances);
    free(run->worker_block);
    if (run->noted) tg_bits_free((uint64_t *)run->noted, run->noted_count);
    pthread_mutex_destroy(&run->lock);
    pthread_mutex_destroy(&run->scale_lock);
    *run = (struct tg_run){0};
}

/* ---- looking at it ------------------------------------------------------------------------------- */

tg_value tg_run_place(const struct tg_run *run, tg_id id)
{
    if (!run->nodes) return run->values[id];
    return tg_node_phase(&run->nodes->items[id]) == TG_NODE_DONE ? run->nodes->items[id].value
                                                                 : tg_failing_value(TG_FAILED_UNRUN);
}

const struct tg_failure *tg_run_skipped(const struct tg_run *run, const struct tg_wanted *wanted)
{
    bool selected = tg_bits_get(run->plan->selected, (size_t)(wanted - run->graph->wanted.items));
    return selected && wanted->task != TG_NO_TASK ? tg_allowed_behind(tg_run_place(run, wanted->task)) : NULL;
}

bool tg_run_value(const struct tg_run *run, const struct tg_wanted *wanted, tg_value *out)
{
    if (!tg_bits_get(run->plan->selected, (size_t)(wanted - run->graph->wanted.items))) return false;
    tg_value v = wanted->task == TG_NO_TASK ? wanted->value : tg_run_place(run, wanted->task);
    if (tg_kind(v) == TG_FAILED) return false;
    *out = v;
    return true;
}

tg_id tg_run_finished(const struct tg_run *run)
{
    struct tg_tally t = tg_run_tally(run);
    return t.count[TG_EVENT_DONE] + t.count[TG_EVENT_FAILED] + t.count[TG_EVENT_SKIPPED];
}

tg_id tg_run_total(const struct tg_run *run)
{
    return run->plan->count + tg_run_tally(run).count[TG_EVENT_ADDED];
}
