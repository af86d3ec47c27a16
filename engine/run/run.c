/* SPDX-License-Identifier: MIT
 * A run's states and memory. The schedulers decide when and where a task runs; what then happens to it is decided
 * here (the common path stands in task.h).
 *
 * A failed task leaves TG_FAILED in its place. Its consumers see that kind, which no parameter accepts, and are
 * skipped, `try` apart. Without keep_going the first failure that nothing catches raises the stop flag. After a stop
 * the tasks that never ran are marked too, so that a missing result is never taken for nil. */
#include "engine/run/run.h"

#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "engine/base/limits.h"
#include "engine/run/failing.h"
#include "engine/grow/adder.h"
#include "engine/run/live.h"
#include "engine/run/task.h"

/* Tasks that a stall names. */
#define STALLED_SHOWN 5

/* Running tasks that a description lists. */
#define RUNNING_SHOWN 50

/* ---- stopping ------------------------------------------------------------------------------------ */

void tg_stop_raise(_Atomic int *stop, enum tg_stop why)
{
    int now = atomic_load_explicit(stop, memory_order_relaxed);
    while (now < (int)why && !atomic_compare_exchange_weak(stop, &now, (int)why)) {}
}

static tg_value failed_value(uint64_t bits)
{
    return tg_make_(TG_FAILED, bits);
}

void tg_run_unrun(struct tg_run *run, tg_id id)
{
    run->values[id] = failed_value(TG_FAILED_UNRUN);
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

/* ---- arguments ----------------------------------------------------------------------------------- */

tg_value *tg_task_room(struct tg_worker *w, size_t count)
{
    size_t room = count < 2 * w->args_room ? 2 * w->args_room : count;
    if (w->args != w->few) tg_block_free(w->args, w->args_room * sizeof *w->args);
    w->args = tg_block_new(room * sizeof *w->args);
    w->args_room = room;
    return w->args;
}

/* ---- failing ------------------------------------------------------------------------------------- */

static void skip_task(struct tg_run *run, struct tg_worker *w, tg_id id, uint64_t bits)
{
    tg_value_put(&run->values[id], failed_value(bits));
    tg_count_up(&w->skipped);
}

/* Takes the error in the worker's context as the task's. */
static void fail_task(struct tg_run *run, struct tg_worker *w, tg_id id, const tg_value *args, size_t count)
{
    struct tg_err err = w->ctx.err;
    w->ctx.err = (struct tg_err){0};
    if (atomic_load_explicit(run->stop, memory_order_relaxed) >= TG_STOP_SIGNAL) { /* it was told to end */
        tg_err_done(&err);
        skip_task(run, w, id, TG_FAILED_UNRUN);
        return;
    }
    tg_value_put(&run->values[id], failed_value(0));
    tg_count_up(&w->failed);
    if (run->plan->guarded && tg_bit_get(run->plan->guarded, id)) {
        tg_err_done(&err);
        return;
    }
    if (err.span.end == 0) err.span = tg_graph_site_of(run->graph, id)->span;
    struct tg_failure failure = {.task = id, .site = tg_graph_site_of(run->graph, id), .err = err, .args = tg_failing_args(args, count)};
    pthread_mutex_lock(&run->lock);
    tg_vec_push(&run->failures, failure);
    pthread_mutex_unlock(&run->lock);
    if (!run->options.keep_going) tg_stop_raise(run->stop, TG_STOP_FAILED);
}

void tg_task_failed(struct tg_run *run, struct tg_worker *w, tg_id id, const tg_value *args, size_t count, int status,
                    tg_value take_out)
{
    tg_failing_result(&w->ctx, tg_graph_def_of(run->graph, id), status, take_out);
    if (status == TG_OK) tg_value_unref(take_out);
    fail_task(run, w, id, args, count);
}

/* ---- admitting ----------------------------------------------------------------------------------- */

/* The failed input that keeps the task from running; NULL if there is none. */
static const tg_value *failed_input(const struct tg_run *run, tg_id id)
{
    const struct tg_graph *g = run->graph;
    bool catches = tg_graph_def_of(g, id)->flags & TG_DEF_CATCHES;
    uint32_t begin = tg_graph_arg_begin(g, id);
    for (uint32_t i = begin; i < g->arg_end[id]; i++) {
        if (!tg_arg_is_edge(g->args[i])) continue;
        const tg_value *v = &run->values[tg_arg_payload(g->args[i])];
        /* Who only waits for a task holds no use of its value, so it may be released at this moment. */
        if (__atomic_load_n(&v->tag, __ATOMIC_RELAXED) != TG_FAILED) continue;
        if (v->bits == TG_FAILED_UNRUN || !catches || i != begin || tg_arg_kind(g->args[i]) == TG_ARG_AFTER) return v;
    }
    return NULL;
}

bool tg_task_admit(struct tg_run *run, struct tg_worker *w, tg_id id, const tg_value *args, size_t count)
{
    const tg_value *failed = failed_input(run, id);
    if (failed) {
        skip_task(run, w, id, failed->bits);
        return false;
    }
    if (!tg_failing_misfit(&w->ctx, tg_graph_def_of(run->graph, id), args, count)) return true;
    fail_task(run, w, id, args, count);
    return false;
}

/* ---- releasing ----------------------------------------------------------------------------------- */

/* True for the last use. "Load; if it is 1, write nothing": the last one needs no atomic write. */
static bool last_use(_Atomic uint32_t *uses, bool shared)
{
    uint32_t left = atomic_load_explicit(uses, memory_order_acquire);
    if (left == 1) return true;
    if (shared) return atomic_fetch_sub_explicit(uses, 1, memory_order_acq_rel) == 1;
    atomic_store_explicit(uses, left - 1, memory_order_relaxed);
    return false;
}

static void release_value(struct tg_run *run, tg_id id)
{
    tg_value_unref(run->values[id]);
    __atomic_store_n(&run->values[id].tag, TG_NIL, __ATOMIC_RELAXED); /* see failed_input */
}

void tg_task_release(struct tg_run *run, tg_id id, bool shared)
{
    const struct tg_graph *g = run->graph;
    _Atomic uint32_t *uses = run->plan->uses;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        tg_id from = g->args[i]; /* a task's id, or more than any */
        if (from <= TG_ARG_PAYLOAD && tg_is_heap(run->values[from]) && last_use(&uses[from], shared)) release_value(run, from);
    }
    if (tg_is_heap(run->values[id]) && atomic_load_explicit(&uses[id], memory_order_relaxed) == 0) release_value(run, id);
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
    *run = (struct tg_run){.graph = graph, .plan = plan, .options = *options};
    if (run->options.jobs < 1) run->options.jobs = 1;
    if (run->options.jobs > TG_MAX_WORKERS) run->options.jobs = TG_MAX_WORKERS;
    const struct tg_services *services = options->services;
    run->stop = services && services->stop ? services->stop : &run->own_stop;
    if (graph->grows) run->grow = tg_grow_new(run);
    else run->values = new_values(run);
    run->workers = workers_new(run, run->options.jobs);
    pthread_mutex_init(&run->lock, NULL);
}

struct tg_worker *tg_run_worker(struct tg_run *run)
{
    unsigned index = atomic_load_explicit(&run->worker_count, memory_order_relaxed);
    struct tg_worker *w = &run->workers[index];
    w->ctx.services = run->options.services;
    if (run->grow) {
        w->ctx.fragment = tg_fragment_new(run->grow, w);
        w->ctx.grow = &tg_grow_host;
    }
    w->args = w->few;
    w->args_room = TG_FEW_ARGS;
    atomic_store_explicit(&w->running, TG_NO_TASK, memory_order_relaxed);
    atomic_store_explicit(&run->worker_count, index + 1, memory_order_release);
    return w;
}

struct totals {
    tg_id done, failed, skipped, added;
};

static struct totals add_up(const struct tg_run *run)
{
    struct totals t = {0};
    unsigned count = atomic_load_explicit(&run->worker_count, memory_order_acquire);
    for (unsigned i = 0; i < count; i++) {
        t.done += atomic_load_explicit(&run->workers[i].done, memory_order_relaxed);
        t.failed += atomic_load_explicit(&run->workers[i].failed, memory_order_relaxed);
        t.skipped += atomic_load_explicit(&run->workers[i].skipped, memory_order_relaxed);
        t.added += atomic_load_explicit(&run->workers[i].added, memory_order_relaxed);
    }
    return t;
}

/* True for a task that is waiting though the run has ended by itself. */
static bool is_waiting(const struct tg_run *run, tg_id id)
{
    if (!run->grow) return tg_plan_needs(run->plan, id) && is_unrun(run, id);
    uint32_t phase = tg_live_phase(&run->grow->live[id]);
    return phase == TG_LIVE_ACTIVE || phase == TG_LIVE_RUNNING;
}

static bool stalled(struct tg_run *run, tg_id waiting, struct tg_err *err)
{
    struct tg_buf names = {0};
    tg_id shown = 0, end = run->grow ? run->grow->next : run->graph->count;
    for (tg_id id = 0; id < end && shown < STALLED_SHOWN; id++) {
        if (!is_waiting(run, id)) continue;
        tg_buf_format(&names, "%s'%s' (task %u)", shown++ ? ", " : "", tg_run_site_of(run, id)->def->name, id);
    }
    tg_err_set(err, TG_EXIT_CANNOT, "the run has stalled: %u of %u tasks are waiting, but nothing is ready and nothing is running",
               waiting, tg_run_total(run));
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

bool tg_run_execute(struct tg_run *run, struct tg_err *err)
{
    if (run->plan->count == 0) return true;
    long slack = tighten_timers();
    bool ok = run->options.sched->drive(run, err);
    restore_timers(slack);
    for (unsigned i = 0; i < run->worker_count; i++)
        atomic_store_explicit(&run->workers[i].running, TG_NO_TASK, memory_order_relaxed);
    struct totals t = add_up(run);
    tg_id waiting = run->plan->count + t.added - t.done - t.failed - t.skipped;
    run->done_count = t.done;
    run->skipped_count = t.skipped + waiting;
    if (waiting && !run->grow) spread_unrun(run);
    if (ok && waiting && !tg_run_stopped(run)) return stalled(run, waiting, err);
    return ok;
}

void tg_run_done(struct tg_run *run)
{
    if (!run->graph) return;
    for (tg_id id = 0; run->plan->uses && run->values && id < run->graph->count; id++) tg_value_unref(run->values[id]);
    tg_grow_free(run->grow);
    for (unsigned i = 0; i < run->worker_count; i++) {
        struct tg_worker *w = &run->workers[i];
        tg_err_done(&w->ctx.err);
        tg_fragment_free(w->ctx.fragment);
        tg_grow_host_done(&w->ctx);
        if (w->args != w->few) tg_block_free(w->args, w->args_room * sizeof *w->args);
    }
    for (size_t i = 0; i < run->failures.count; i++) {
        tg_err_done(&run->failures.items[i].err);
        free(run->failures.items[i].args);
    }
    tg_vec_done(&run->failures);
    tg_block_free(run->values, run->values_bytes);
    free(run->worker_block);
    pthread_mutex_destroy(&run->lock);
    *run = (struct tg_run){0};
}

/* ---- looking at it ------------------------------------------------------------------------------- */

static tg_value task_value(const struct tg_run *run, tg_id id)
{
    if (!run->grow) return run->values[id];
    return tg_live_phase(&run->grow->live[id]) == TG_LIVE_DONE ? run->grow->live[id].value : failed_value(TG_FAILED_UNRUN);
}

bool tg_run_value(const struct tg_run *run, const struct tg_wanted *wanted, tg_value *out)
{
    if (!tg_bit_get(run->plan->selected, (size_t)(wanted - run->graph->wanted.items))) return false;
    tg_value v = wanted->task == TG_NO_TASK ? wanted->value : task_value(run, wanted->task);
    if (tg_kind(v) == TG_FAILED) return false;
    *out = v;
    return true;
}

tg_id tg_run_finished(const struct tg_run *run)
{
    struct totals t = add_up(run);
    return t.done + t.failed + t.skipped;
}

tg_id tg_run_total(const struct tg_run *run)
{
    return run->plan->count + add_up(run).added;
}

const struct tg_site *tg_run_site_of(const struct tg_run *run, tg_id id)
{
    return run->grow ? tg_live_site(run, id) : tg_graph_site_of(run->graph, id);
}

void tg_run_describe(const struct tg_run *run, struct tg_buf *b, tg_place_fn place, void *data)
{
    struct totals t = add_up(run);
    unsigned count = atomic_load_explicit(&run->worker_count, memory_order_acquire), running = 0;
    struct tg_buf lines = {0};
    for (unsigned i = 0; i < count; i++) {
        tg_id id = atomic_load_explicit(&run->workers[i].running, memory_order_relaxed);
        if (id == TG_NO_TASK || running++ >= RUNNING_SHOWN) continue;
        tg_buf_format(&lines, "  task %u: %s", id, tg_run_site_of(run, id)->def->name);
        size_t before = lines.length;
        tg_buf_text(&lines, ", ");
        size_t after = lines.length;
        if (place) place(data, tg_run_site_of(run, id)->span, &lines);
        if (lines.length == after) lines.data[lines.length = before] = 0;
        tg_buf_char(&lines, '\n');
    }
    tg_id finished = t.done + t.failed + t.skipped, total = run->plan->count + t.added;
    tg_id waiting = finished + running < total ? total - finished - running : 0;
    tg_buf_format(b, "%u of %u tasks done, %u failed, %u skipped, %u running, %u waiting\n", t.done, total, t.failed,
                  t.skipped, running, waiting);
    tg_buf_add(b, tg_buf_str(&lines), lines.length);
    if (running > RUNNING_SHOWN) tg_buf_format(b, "  and %u more\n", running - RUNNING_SHOWN);
    tg_buf_done(&lines);
}
