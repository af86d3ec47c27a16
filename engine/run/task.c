/* SPDX-License-Identifier: MIT
 * The slow half of the state machine.
 *
 * A failed task leaves TG_FAILED in its place. Its consumers see that kind, which no parameter accepts, and are skipped, `try`
 * apart. A failure shows if it reaches an output or effect: of columns the plan knows beforehand (guarded), of a graph that
 * grows a node knows whether it leads to one for certain (TG_NODE_SHOWS), and the failure of another is kept quiet, goes
 * along with the value that stands in its place, and shows when it reaches one that does. Without keep_going the first
 * failure that shows raises the stop flag. One that is allowed is none: nil stands in the place of the task (allowed.h). */
#include "engine/run/task.h"

#include "engine/base/assert.h"
#include "engine/run/allowed.h"
#include "engine/run/coordinator.h"
#include "engine/run/failing.h"
#include "engine/run/followers.h"
#include "engine/run/instance.h"
#include "engine/run/node.h"
#include "engine/store/again.h"

/* ---- either form of a task ----------------------------------------------------------------------- */

static const struct tg_site *site_now(const struct tg_worker *w, tg_id id)
{
    return w->nodes ? w->nodes->items[id].site : tg_graph_site_of(w->run->graph, id);
}

/* A failure of the task reaches an output or effect. */
static bool failure_shows(const struct tg_worker *w, tg_id id)
{
    const struct tg_plan *plan = w->run->plan;
    if (w->nodes) return atomic_load_explicit(&w->nodes->items[id].state, memory_order_relaxed) & TG_NODE_SHOWS;
    return !(plan->guarded && tg_bits_get(plan->guarded, id));
}

static bool is_unwanted(const struct tg_worker *w, tg_id id)
{
    return w->nodes && atomic_load_explicit(&w->nodes->items[id].state, memory_order_relaxed) & TG_NODE_UNWANTED;
}

static bool is_told_to_end(const struct tg_worker *w)
{
    return atomic_load_explicit(w->run->stop, memory_order_relaxed) >= TG_STOP_SIGNAL;
}

/* ---- failures ------------------------------------------------------------------------------------ */

static void show_failure(struct tg_run *run, struct tg_failure take_failure)
{
    pthread_mutex_lock(&run->lock);
    tg_vec_push(&run->failures, take_failure);
    pthread_mutex_unlock(&run->lock);
    if (!run->options.keep_going) tg_stop_raise(run->stop, TG_STOP_FAILED);
    if (run->options.fail_fast) run->options.fail_fast();
}

void tg_task_reveal(struct tg_run *run, tg_value failed)
{
    struct tg_failure failure;
    if (tg_failing_is_kept(failed) && tg_failing_reveal(failed, &failure)) show_failure(run, failure);
}

/* Where it happened, and with what. */
static void tell_where(const struct tg_worker *w, tg_id id, struct tg_failure *failure, const tg_value *args, size_t count)
{
    if (failure->err.span.end == 0) failure->err.span = failure->site->span;
    failure->args = tg_failing_args(args, tg_def_written(failure->site->def, count));
    failure->name = tg_instance_name(w->run, failure->site, args, count);
    failure->number = 1 + atomic_fetch_add_explicit(&w->run->failure_numbers, 1, memory_order_relaxed);
    if (w->nodes) tg_node_chain(w->nodes, id, failure);
}

static tg_value keep_failure(struct tg_worker *w, struct tg_failure take_failure)
{
    if (w->nodes) atomic_store_explicit(&w->nodes->keeps, true, memory_order_relaxed);
    return tg_failing_keep(take_failure);
}

/* One that shows may be caught as well, by somebody who asks for its reason. */
static tg_value tell_failure(struct tg_worker *w, const struct tg_failure *failure)
{
    atomic_store_explicit(&w->nodes->keeps, true, memory_order_relaxed);
    return tg_failing_told(failure);
}

tg_value tg_task_hand_failure(struct tg_worker *w, const tg_value *args, size_t count)
{
    TG_ASSERT(w->nodes && w->ctx.err.code);
    struct tg_failure failure = {.task = w->ctx.task, .site = site_now(w, w->ctx.task), .err = w->ctx.err};
    w->ctx.err = (struct tg_err){0};
    tell_where(w, failure.task, &failure, args, count);
    return keep_failure(w, failure);
}

/* Shows, keeps or forgets it; what stands in the task's place then. */
static tg_value place_failure(struct tg_worker *w, tg_id id, struct tg_failure take_failure, const tg_value *args, size_t count)
{
    bool shows = failure_shows(w, id), kept = w->nodes || w->run->graph->finals.count;
    if (!shows && !kept) return tg_failing_done(&take_failure), tg_failing_value(0);
    tell_where(w, id, &take_failure, args, take_failure.site->flags & TG_SITE_STREAM ? 0 : count); /* a stream's say nothing */
    if (!shows) return keep_failure(w, take_failure);
    tg_value told = w->nodes ? tell_failure(w, &take_failure) : tg_failing_value(0);
    show_failure(w->run, take_failure);
    return told;
}

/* ---- failures that are allowed ------------------------------------------------------------------- */

static bool site_allows(const struct tg_worker *w, const struct tg_site *site)
{
    return tg_graph_policy_of(w->run->graph, site)->allow_failure;
}

/* What is said at the task: operators and functions of the language may fail as any other, where a block says so. What came into
 * its place as the result of another has no options; those of the expansion point hold. */
static bool is_allowed_itself(const struct tg_worker *w, tg_id id)
{
    const struct tg_site *site = site_now(w, id);
    if (site->def->flags & TG_DEF_PUT) return false; /* a stream must hear of it */
    bool passes_on = w->nodes && site == &w->nodes->graph->site_table.items[w->nodes->identity];
    return site_allows(w, passes_on ? w->nodes->items[id].made : site);
}

/* The task may fail, or one that added it: what a task adds while it runs belongs to it. Of an expansion point of the language it
 * has its options itself, or others. */
static bool task_allows(const struct tg_worker *w, tg_id id)
{
    if (is_allowed_itself(w, id)) return true;
    const struct tg_node *items = w->nodes ? w->nodes->items : NULL;
    for (tg_id at = id; items && at != TG_NO_TASK; at = items[at].parent) {
        const struct tg_site *made = __atomic_load_n(&items[at].made, __ATOMIC_RELAXED);
        if (made->flags & TG_SITE_POLICY && site_allows(w, made)) return true;
    }
    return false;
}

/* An operator or a function of the language that only computes: it fails for its arguments alone. */
static bool is_pure_helper(const struct tg_def *def)
{
    return tg_def_is_helper(def) && !(def->flags & (TG_DEF_EXPANDS | TG_DEF_STREAM)) && !def->sig.effect;
}

/* The failure that was allowed, for which this task has failed: nil came of it, which the task cannot take. */
static const struct tg_failure *behind_nil(const struct tg_worker *w, struct tg_failure *failure, const tg_value *args,
                                           size_t count)
{
    const struct tg_failure *found = NULL;
    if (!atomic_load_explicit(&w->run->allowed->any, memory_order_relaxed)) return NULL;
    for (size_t i = 0; i < count && !found; i++) found = tg_allowed_in(args[i]);
    if (!found || failure->err.cause == TG_CAUSE_USAGE || is_pure_helper(failure->site->def)) return found;
    tg_err_hint(&failure->err, "'%s' failed, which it may, so that nil stands for its value.", found->name);
    return NULL;
}

static void allow_failure(struct tg_worker *w, tg_id id, struct tg_failure take_failure, const tg_value *args, size_t count)
{
    tell_where(w, id, &take_failure, args, count);
    tg_worker_fails(w, TG_EVENT_FAILED, id, &take_failure.err);
    if (w->nodes) tg_node_count(w, id, TG_CENSUS_ALLOWED);
    atomic_store_explicit(&w->run->allowed->any, true, memory_order_relaxed);
    tg_task_settle(w, id, tg_allowed_add(w->run, take_failure));
}

/* It did not run to its end because nobody needs it any more; no failure is the reason. */
static bool lost_its_use(const struct tg_worker *w, tg_id id, tg_value failed)
{
    bool unrun = tg_kind(failed) == TG_FAILED && failed.bits == TG_FAILED_UNRUN;
    return unrun && (is_unwanted(w, id) || tg_node_phase(&w->nodes->items[id]) == TG_NODE_ABANDONED);
}

/* ---- files that go when they are used --------------------------------------------------------------- */

static struct tg_temps *temps_of(const struct tg_worker *w)
{
    const struct tg_services *services = w->run->options.services;
    struct tg_temps *temps = services && services->again ? tg_again_temps(services->again) : NULL;
    return temps && tg_temps_any(temps) ? temps : NULL;
}

/* The task has not used what it was given: the next run may. */
static void keep_inputs(const struct tg_worker *w, tg_id id)
{
    struct tg_temps *temps = temps_of(w);
    const struct tg_graph *g = w->run->graph;
    const struct tg_node *n = w->nodes ? &w->nodes->items[id] : NULL;
    for (uint32_t i = 0; temps && n && i < n->input_count; i++) {
        tg_value v = tg_node_inputs_of(n)[i].v;
        bool edge = tg_kind(v) == TG_FUTURE;
        if (!(v.tag & TG_ONLY_AFTER)) tg_temps_stay(temps, edge ? w->nodes->items[v.bits].value : v);
    }
    for (uint32_t i = tg_graph_arg_begin(g, n ? 0 : id); temps && !n && i < g->arg_end[id]; i++)
        if (tg_arg_kind(g->args[i]) != TG_ARG_AFTER) tg_temps_stay(temps, tg_task_arg(w->run, g->args[i]));
}

/* ---- what becomes of a task ---------------------------------------------------------------------- */

void tg_task_skip(struct tg_worker *w, tg_id id, tg_value failed)
{
    TG_ASSERT(!tg_failing_is_kept(failed) || w->nodes || w->run->graph->finals.count);
    if (tg_failing_is_kept(failed) && failure_shows(w, id)) tg_task_reveal(w->run, failed);
    tg_worker_fails(w, TG_EVENT_SKIPPED, id, NULL); /* it may have begun */
    keep_inputs(w, id);
    if (w->nodes) tg_node_count(w, id, lost_its_use(w, id, failed) ? TG_CENSUS_UNNEEDED : TG_CENSUS_SKIPPED);
    if (w->nodes) tg_followers_note(w->run, failed, id);
    const struct tg_failure *allowed = tg_allowed_behind(failed);
    if (allowed && task_allows(w, id)) tg_task_settle(w, id, tg_allowed_nil(allowed));
    else tg_task_settle(w, id, tg_failing_ref(failed));
}

void tg_task_fail(struct tg_worker *w, tg_id id, const tg_value *args, size_t count)
{
    const struct tg_site *site = site_now(w, id);
    TG_ASSERT(w->ctx.err.code);
    if (TG_UNLIKELY(site->flags & TG_SITE_POLICY) && tg_coordinator_fail(w->run->coordinator, w, id, site, args, count)) return;
    keep_inputs(w, id);
    struct tg_failure failure = {.task = id, .site = site, .err = w->ctx.err};
    failure.attempts = site->flags & TG_SITE_POLICY && w->ctx.grant ? w->ctx.grant->attempt : 0;
    if (failure.attempts > 1) failure.before = tg_coordinator_before(w);
    w->ctx.err = (struct tg_err){0};
    bool unwanted = is_unwanted(w, id), unrun = failure.err.cause == TG_CAUSE_UNRUN, told = is_told_to_end(w);
    if (unwanted || unrun || told) { /* that it fails is no failure */
        if (!unwanted && !unrun) tg_followers_cut(w->run, site, args, count);
        tg_failing_done(&failure);
        tg_task_skip(w, id, tg_failing_value(TG_FAILED_UNRUN));
        return;
    }
    const struct tg_failure *allowed = behind_nil(w, &failure, args, count);
    if (allowed) {
        tg_failing_done(&failure);
        tg_task_skip(w, id, tg_allowed_skipped(allowed));
        return;
    }
    if (task_allows(w, id)) {
        allow_failure(w, id, failure, args, count);
        return;
    }
    tg_worker_fails(w, TG_EVENT_FAILED, id, &failure.err);
    if (w->nodes) tg_node_count(w, id, TG_CENSUS_FAILED);
    tg_task_settle(w, id, place_failure(w, id, failure, args, count));
}

void tg_task_reject(struct tg_worker *w, tg_id id, const tg_value *args, size_t count, int status, tg_value take_out)
{
    tg_failing_result(&w->ctx, w->ctx.def, status, take_out);
    if (status == TG_OK) tg_value_unref(take_out);
    tg_task_fail(w, id, args, count);
}

/* ---- inputs -------------------------------------------------------------------------------------- */

/* A failed input keeps the task from running unless it is one to be caught. Who only waits for a task holds no use of its
 * value, so that may be released at this moment: see release_value. `found` is one before, or NULL: of several inputs a
 * failure counts before one that was allowed, or it would not be told of. */
static const tg_value *look_at_input(const tg_value *found, const tg_value *v, const struct tg_def *def, uint32_t input,
                                     bool only_after)
{
    if (__atomic_load_n(&v->tag, __ATOMIC_RELAXED) != TG_FAILED) return found;
    if (v->bits != TG_FAILED_UNRUN && tg_def_catches(def, input, only_after)) return found;
    return !found || tg_allowed_behind(*found) ? v : found;
}

static const tg_value *failed_input_of_node(const struct tg_nodes *nodes, const struct tg_node *n)
{
    const tg_value *failed = NULL;
    for (uint32_t i = 0; i < n->input_count; i++) {
        const struct tg_input *in = &tg_node_inputs_of(n)[i];
        if (tg_input_is_edge(in))
            failed = look_at_input(failed, &nodes->items[in->v.bits].value, n->site->def, i, in->v.tag & TG_ONLY_AFTER);
    }
    return failed;
}

static const tg_value *failed_input_of_column(const struct tg_run *run, tg_id id)
{
    const struct tg_graph *g = run->graph;
    const tg_value *failed = NULL;
    uint32_t begin = tg_graph_arg_begin(g, id);
    for (uint32_t i = begin; i < g->arg_end[id]; i++)
        if (tg_arg_is_edge(g->args[i]))
            failed = look_at_input(failed, &run->values[tg_arg_payload(g->args[i])], tg_graph_def_of(g, id), i - begin,
                                   tg_arg_kind(g->args[i]) == TG_ARG_AFTER);
    return failed;
}

bool tg_task_check_inputs(struct tg_worker *w, tg_id id, const tg_value *args, size_t count)
{
    TG_ASSERT(w->ctx.task == id);
    const tg_value *failed = w->nodes ? failed_input_of_node(w->nodes, &w->nodes->items[id])
                                      : failed_input_of_column(w->run, id);
    if (failed) {
        tg_task_skip(w, id, *failed);
        return false;
    }
    if (!tg_failing_misfit(&w->ctx, site_now(w, id)->def, args, count) && !tg_coordinator_refuses(w)) return true;
    tg_task_fail(w, id, args, count);
    return false;
}

/* ---- releasing ----------------------------------------------------------------------------------- */

/* True for the last use. "Load; if it is 1, write nothing": the last one needs no atomic write. */
static bool last_use(_Atomic uint32_t *uses, bool shared)
{
    uint32_t left = atomic_load_explicit(uses, memory_order_acquire);
    TG_ASSERT(left > 0);
    if (left == 1) return true;
    if (shared) return atomic_fetch_sub_explicit(uses, 1, memory_order_acq_rel) == 1;
    atomic_store_explicit(uses, left - 1, memory_order_relaxed);
    return false;
}

static void release_value(struct tg_worker *w, tg_id id)
{
    struct tg_run *run = w->run;
    TG_ASSERT(tg_is_heap(run->values[id]));
    tg_worker_releases(w, id);
    tg_value_unref(run->values[id]);
    run->values[id].bits = 0;                                                             /* a nil of no failure: allowed.h */
    __atomic_store_n(&run->values[id].tag, TG_NIL | TG_PLACE_RELEASED, __ATOMIC_RELAXED); /* see look_at_input */
}

void tg_task_release(struct tg_worker *w, tg_id id, bool shared)
{
    const struct tg_run *run = w->run;
    const struct tg_graph *g = run->graph;
    _Atomic uint32_t *uses = run->plan->uses;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        tg_id from = g->args[i]; /* a task's id, or more than any */
        if (from <= TG_ARG_PAYLOAD && tg_is_heap(run->values[from]) && last_use(&uses[from], shared)) release_value(w, from);
    }
    if (tg_is_heap(run->values[id]) && atomic_load_explicit(&uses[id], memory_order_relaxed) == 0) release_value(w, id);
}
