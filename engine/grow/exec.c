/* SPDX-License-Identifier: MIT
 * Running one task of a graph that grows, and what follows from it: the task is done, becomes something else, has failed, or is
 * skipped because an input has. */
#include <stdlib.h>

#include "engine/run/failing.h"
#include "engine/run/live.h"
#include "engine/run/task.h"

/* ---- failing ------------------------------------------------------------------------------------- */

static tg_value failed_value(uint64_t bits)
{
    return tg_make_(TG_FAILED, bits);
}

/* The round of a loop, counted from 1; 0: it is no loop, or this is its first. */
static uint32_t round_shown(const struct tg_live *n, uint32_t round)
{
    uint32_t from = __atomic_load_n(&n->loop_from, __ATOMIC_RELAXED); /* a parent may be going on at this moment */
    return round > from ? round - from + 1 : 0;
}

static void chain_of(const struct tg_grow *g, const struct tg_live *n, struct tg_failure *failure)
{
    if (n->made != n->site && n->made->flags & TG_SITE_EXPANDS) /* it was an expansion point and has become this */
        failure->chain[failure->chain_count++] = (struct tg_growth){n->made, round_shown(n, n->round - 1)};
    for (; n->parent != TG_NO_TASK; n = &g->live[n->parent]) {
        const struct tg_live *parent = &g->live[n->parent];
        struct tg_growth growth = {__atomic_load_n(&parent->made, __ATOMIC_RELAXED), round_shown(parent, n->parent_round)};
        if (failure->chain_count == TG_GROWTH_SHOWN) failure->chain_more++;
        else failure->chain[failure->chain_count++] = growth;
    }
}

static void show_failure(struct tg_run *run, struct tg_failure take_failure)
{
    pthread_mutex_lock(&run->lock);
    tg_vec_push(&run->failures, take_failure);
    pthread_mutex_unlock(&run->lock);
    if (!run->options.keep_going) tg_stop_raise(run->stop, TG_STOP_FAILED);
}

/* Keeps a failure that somebody may catch; what stands in the task's place then. */
static uint64_t keep_quiet(struct tg_grow *g, struct tg_failure take_failure)
{
    pthread_mutex_lock(&g->lock);
    tg_vec_push(&g->quiet, ((struct tg_quiet){take_failure, false}));
    uint64_t bits = TG_FAILED_QUIET + g->quiet.count - 1;
    pthread_mutex_unlock(&g->lock);
    return bits;
}

/* A failure that was kept has reached something that shows. */
static void reveal(struct tg_grow *g, uint64_t bits)
{
    pthread_mutex_lock(&g->lock);
    struct tg_quiet *q = &g->quiet.items[bits - TG_FAILED_QUIET];
    bool first = !q->shown;
    q->shown = true;
    struct tg_failure failure = q->failure;
    pthread_mutex_unlock(&g->lock);
    if (first) show_failure(g->run, failure);
}

static void skip(struct tg_fragment *f, tg_id id, uint64_t bits)
{
    struct tg_grow *g = f->grow;
    bool shows = atomic_load_explicit(&g->live[id].state, memory_order_relaxed) & TG_LIVE_SHOWS;
    if (bits >= TG_FAILED_QUIET && shows) reveal(g, bits);
    tg_count_up(&f->worker->skipped);
    tg_live_finish(f, id, failed_value(bits));
}

/* Takes the error in the worker's context as the task's. */
static void fail(struct tg_fragment *f, tg_id id, const tg_value *args, size_t count)
{
    struct tg_grow *g = f->grow;
    struct tg_live *n = &g->live[id];
    struct tg_err err = f->worker->ctx.err;
    f->worker->ctx.err = (struct tg_err){0};
    uint32_t state = atomic_load_explicit(&n->state, memory_order_relaxed);
    bool told = atomic_load_explicit(g->run->stop, memory_order_relaxed) >= TG_STOP_SIGNAL;
    if (told || state & TG_LIVE_UNWANTED) {
        tg_err_done(&err);
        skip(f, id, TG_FAILED_UNRUN);
        return;
    }
    if (err.span.end == 0) err.span = n->site->span;
    if (n->site->flags & TG_SITE_STREAM) count = 0; /* they say nothing to the reader */
    struct tg_failure failure = {.task = id, .site = n->site, .err = err, .args = tg_failing_args(args, count)};
    chain_of(g, n, &failure);
    tg_count_up(&f->worker->failed);
    uint64_t bits = 0;
    if (state & TG_LIVE_SHOWS) show_failure(g->run, failure);
    else bits = keep_quiet(g, failure);
    tg_live_finish(f, id, failed_value(bits));
}

/* ---- running ------------------------------------------------------------------------------------- */

/* The failed input that keeps the task from running; NULL if there is none. */
static const tg_value *failed_input(const struct tg_grow *g, const struct tg_live *n)
{
    for (uint32_t i = 0; i < n->input_count; i++) {
        const struct tg_input *in = &tg_inputs_of(n)[i];
        if (!tg_input_is_edge(in)) continue;
        const tg_value *v = &g->live[in->v.bits].value;
        if (tg_kind(*v) != TG_FAILED) continue;
        if (v->bits == TG_FAILED_UNRUN || tg_live_shows_through(n, i)) return v;
    }
    return NULL;
}

/* True if the task may run; else it is done. */
static bool admit(struct tg_fragment *f, tg_id id, const tg_value *args, size_t count)
{
    struct tg_live *n = &f->grow->live[id];
    const tg_value *failed = failed_input(f->grow, n);
    if (failed) {
        skip(f, id, failed->bits);
        return false;
    }
    if (tg_failing_misfit(&f->worker->ctx, n->site->def, args, count)) {
        fail(f, id, args, count);
        return false;
    }
    return true;
}

/* Copies the values of the inputs; how many. *refused: something needs a closer look. */
static size_t take_args(struct tg_fragment *f, const struct tg_live *n, tg_value **out, uint32_t *refused)
{
    const struct tg_live *live = f->grow->live;
    struct tg_worker *w = f->worker;
    const struct tg_site *site = n->site;
    tg_value *args = n->input_count > w->args_room ? tg_task_room(w, n->input_count) : w->args;
    *refused = site->flags & TG_SITE_DEEP;
    *out = args;
    for (uint32_t i = 0; i < n->input_count; i++) {
        const struct tg_input *in = &tg_inputs_of(n)[i];
        if (TG_UNLIKELY(in->v.tag & TG_ONLY_AFTER && tg_input_is_edge(in))) {
            *refused = 1;
            return i;
        }
        tg_value v = tg_input_is_edge(in) ? live[in->v.bits].value : in->v;
        tg_value_put(&args[i], v);
        *refused |= ~site->accepts[i < 3 ? i : 3] >> tg_kind(v) & 1;
    }
    return n->input_count;
}

/* False if it was abandoned. */
static bool begin_running(struct tg_grow *g, struct tg_live *n)
{
    uint32_t state = atomic_load_explicit(&n->state, memory_order_relaxed);
    do {
        if ((state & TG_LIVE_STATE) == TG_LIVE_ABANDONED || state & TG_LIVE_UNWANTED) return false;
        uint32_t running = (state & ~(uint32_t)TG_LIVE_STATE) | TG_LIVE_RUNNING;
        if (!g->shared) {
            atomic_store_explicit(&n->state, running, memory_order_relaxed);
            return true;
        }
        if (atomic_compare_exchange_weak_explicit(&n->state, &state, running, memory_order_relaxed, memory_order_relaxed)) return true;
    } while (true);
}

/* A result must be what the task as it is says, and as it was made, if it became something else. */
static bool check_result(struct tg_fragment *f, const struct tg_live *n, tg_value out)
{
    const struct tg_site *promised = n->site->returns >> tg_kind(out) & 1 ? n->made : n->site;
    if (TG_LIKELY(promised->returns >> tg_kind(out) & 1)) return true;
    tg_failing_result(&f->worker->ctx, promised->def, TG_OK, out);
    return false;
}

struct staleness {
    const struct tg_grow *grow;
    bool found;
};

static void look_for_stale(void *staleness, tg_id id)
{
    struct staleness *s = staleness;
    tg_id end = atomic_load_explicit(&s->grow->end, memory_order_relaxed);
    if (id >= end || tg_live_phase(&s->grow->live[id]) != TG_LIVE_FRESH) s->found = true;
}

/* A plugin's task may return only futures that it has got while it ran, and only if it may grow. */
static bool check_futures(struct tg_fragment *f, const struct tg_def *def, tg_value out)
{
    struct staleness s = {.grow = f->grow, .found = !(def->flags & TG_DEF_EXPANDS)};
    if (!s.found && def->flags & TG_DEF_UNCHECKED) return true;
    if (!s.found) tg_value_held(out, look_for_stale, &s);
    if (s.found && def->flags & TG_DEF_EXPANDS)
        tg_err_set(&f->worker->ctx.err, TG_EXIT_FAILED, "task '%s' returned a future of another task's calls", def->name);
    else if (s.found)
        tg_err_set(&f->worker->ctx.err, TG_EXIT_FAILED, "task '%s' returned a future, but its signature does not say 'grows'", def->name);
    return !s.found;
}

/* The task function has returned TG_OK: the task is done, or becomes something else. */
static void succeed(struct tg_fragment *f, tg_id id, const tg_value *args, size_t count, tg_value take_out)
{
    struct tg_live *n = &f->grow->live[id];
    bool goes_on = tg_has_future(take_out);
    if (goes_on ? check_futures(f, n->site->def, take_out) : check_result(f, n, take_out)) {
        if (TG_LIKELY(!goes_on && !f->added.ids.count)) tg_live_complete(f, id, take_out);
        else if (!tg_fragment_commit(f, take_out, &f->worker->ctx.err)) fail(f, id, args, count);
        return;
    }
    tg_fragment_drop(f);
    tg_value_unref(take_out);
    fail(f, id, args, count);
}

void tg_live_run(struct tg_fragment *f, tg_id id)
{
    struct tg_live *n = &f->grow->live[id];
    const struct tg_site *site = n->site;
    if (TG_UNLIKELY(!begin_running(f->grow, n))) { /* who abandons it may be at it still: the second one ends it */
        bool unwanted = tg_live_phase(n) != TG_LIVE_ABANDONED;
        if (unwanted || atomic_fetch_or(&n->state, TG_LIVE_READY) & TG_LIVE_GIVEN_UP) skip(f, id, TG_FAILED_UNRUN);
        return;
    }
    tg_value *args, out = tg_nil();
    uint32_t refused;
    size_t count = take_args(f, n, &args, &refused);
    struct tg_ctx *ctx = &f->worker->ctx;
    ctx->def = site->def;
    ctx->task = id;
    ctx->unwanted = &n->state;
    tg_value_put(&ctx->options, f->grow->graph->options.items[site->options]);
    f->task = id;
    atomic_store_explicit(&f->worker->running, id, memory_order_relaxed);
    if (TG_UNLIKELY(refused) && !admit(f, id, args, count)) return;
    int status = site->fn(ctx, args, count, &out);
    if (status == TG_LATER && site->flags & TG_SITE_STREAM) return; /* it may be done already: nothing of it may be touched */
    if (TG_LIKELY((status | ctx->err.code) == 0)) {
        succeed(f, id, args, count, out);
        return;
    }
    tg_fragment_drop(f);
    tg_failing_result(ctx, site->def, status, out);
    if (status == TG_OK) tg_value_unref(out);
    fail(f, id, args, count);
}

void tg_live_complete(struct tg_fragment *f, tg_id id, tg_value take_value)
{
    if (tg_kind(take_value) == TG_FAILED) {
        skip(f, id, take_value.bits);
        return;
    }
    tg_count_up(&f->worker->done);
    tg_live_finish(f, id, take_value);
}

void tg_live_fail_waiting(struct tg_fragment *f, tg_id id, const char *message)
{
    struct tg_err before = f->worker->ctx.err;
    f->worker->ctx.err = (struct tg_err){0};
    tg_err_set(&f->worker->ctx.err, TG_EXIT_FAILED, "%s", message);
    fail(f, id, NULL, 0);
    f->worker->ctx.err = before;
}
