/* SPDX-License-Identifier: MIT
 * The life of a task of a run that grows: it becomes active, runs, is done, and is gone. live.h says how the pieces hold
 * together; fragment.c how tasks come in. */
#include "engine/run/live.h"

#include <stdlib.h>
#include <string.h>

#include "engine/run/failing.h"
#include "engine/run/stream.h"
#include "engine/run/task.h"

/* Free ids that a worker keeps for itself; of more, the half is given to all. */
#define FREE_MAX 512

/* ---- what values hold ---------------------------------------------------------------------------- */

struct held_visit {
    tg_held_fn visit;
    void *data;
};

static void visit_value(void *data, tg_value v)
{
    const struct held_visit *h = data;
    tg_value_held(v, h->visit, h->data);
}

void tg_value_held(tg_value v, tg_held_fn visit, void *data)
{
    if (!tg_value_marks(v)) return;
    if (tg_kind(v) == TG_FUTURE) {
        visit(data, (tg_id)v.bits);
    } else if (tg_kind(v) == TG_LIST) {
        const struct tg_list *list = tg_get_list(v);
        for (size_t i = 0; i < list->count; i++) tg_value_held(list->items[i], visit, data);
    } else if (tg_kind(v) == TG_RECORD) {
        const struct tg_record *record = tg_get_record(v);
        for (size_t i = 0; i < record->count; i++) tg_value_held(record->fields[i].value, visit, data);
    } else {
        const struct tg_function *f = v.p;
        struct held_visit h = {visit, data};
        if (f->held) f->held(f, visit_value, &h);
    }
}

static void keep_one(void *data, tg_id id)
{
    struct tg_grow *g = data;
    tg_live_add(g, &g->live[id].refs, 1);
}

void tg_live_keep_held(struct tg_grow *g, tg_value result)
{
    tg_value_held(result, keep_one, g);
}

/* ---- going --------------------------------------------------------------------------------------- */

static void give_free(struct tg_fragment *f)
{
    struct tg_grow *g = f->grow;
    size_t keep = FREE_MAX / 2;
    pthread_mutex_lock(&g->lock);
    for (size_t i = keep; i < f->free.ids.count; i++) tg_vec_push(&g->free.ids, f->free.ids.items[i]);
    pthread_mutex_unlock(&g->lock);
    f->free.ids.count = keep;
}

static void drop_one(void *fragment, tg_id id)
{
    struct tg_fragment *f = fragment;
    if (tg_live_sub(f->grow, &f->grow->live[id].refs, 1)) tg_vec_push(&f->stack.ids, id);
}

/* Gives up what an input holds; whoever had only that is put on the stack. */
static void drop_input(struct tg_fragment *f, struct tg_input *in)
{
    if (tg_input_is_edge(in)) {
        drop_one(f, (tg_id)in->v.bits);
    } else if (tg_is_heap(in->v)) {
        if (tg_value_marks(in->v)) tg_value_held(in->v, drop_one, f);
        tg_value_unref(in->v);
    }
}

static void drop_inputs(struct tg_fragment *f, struct tg_live *n)
{
    for (uint32_t i = 0; i < n->input_count; i++) drop_input(f, &n->inputs[i]);
    if (n->inputs != n->few) free(n->inputs);
    n->inputs = n->few;
    n->input_count = 0;
}

/* The task is gone: its id may be used again. */
static void release(struct tg_fragment *f, tg_id id)
{
    struct tg_live *n = &f->grow->live[id];
    drop_inputs(f, n);
    if (tg_is_heap(n->value)) tg_value_unref(n->value);
    n->value = tg_nil();
    if (n->parent != TG_NO_TASK) drop_one(f, n->parent);
    atomic_store_explicit(&n->state, TG_LIVE_FREE, memory_order_relaxed);
    if (f->grow->recording) return; /* an id means one task then */
    tg_vec_push(&f->free.ids, id);
    if (f->free.ids.count > FREE_MAX && f->grow->shared) give_free(f);
}

/* Releases what is on the stack from this height on, and whatever that lets go. */
static void release_from(struct tg_fragment *f, size_t base)
{
    while (f->stack.ids.count > base) release(f, f->stack.ids.items[--f->stack.ids.count]);
}

void tg_live_unref(struct tg_fragment *f, tg_id id)
{
    size_t base = f->stack.ids.count;
    drop_one(f, id);
    release_from(f, base);
}

void tg_live_drop_inputs(struct tg_fragment *f, struct tg_live *n)
{
    size_t base = f->stack.ids.count;
    drop_inputs(f, n);
    release_from(f, base);
}

/* ---- linking ------------------------------------------------------------------------------------- */

/* Puts the input into the list of the task it waits for; false if that is done. */
static bool link_input(const struct tg_grow *g, struct tg_live *from, struct tg_input *in, uint64_t link)
{
    uint64_t head = atomic_load_explicit(&from->waiting, memory_order_acquire);
    do {
        if (head == TG_LIST_DONE) return false;
        in->next = head;
        if (!g->shared) {
            atomic_store_explicit(&from->waiting, link, memory_order_relaxed);
            return true;
        }
    } while (!atomic_compare_exchange_weak_explicit(&from->waiting, &head, link, memory_order_release, memory_order_acquire));
    return true;
}

static uint32_t count_edges(const struct tg_live *n)
{
    uint32_t edges = 0;
    for (uint32_t i = 0; i < n->input_count; i++) edges += tg_input_is_edge(&n->inputs[i]);
    return edges;
}

/* True if this thread makes it active. It counts as running until it is linked: so nobody abandons it meanwhile. */
static bool claim_dormant(const struct tg_grow *g, struct tg_live *n, bool shows)
{
    uint32_t state = atomic_load_explicit(&n->state, memory_order_relaxed);
    uint32_t linking = TG_LIVE_RUNNING | (shows ? TG_LIVE_SHOWS : 0);
    if (state != TG_LIVE_DORMANT) return false;
    if (g->shared) return atomic_compare_exchange_strong(&n->state, &state, linking);
    atomic_store_explicit(&n->state, linking, memory_order_relaxed);
    return true;
}

/* From running to active. */
static void end_linking(const struct tg_grow *g, struct tg_live *n)
{
    uint32_t change = TG_LIVE_RUNNING ^ TG_LIVE_ACTIVE;
    if (g->shared) atomic_fetch_xor_explicit(&n->state, change, memory_order_relaxed);
    else atomic_store_explicit(&n->state, atomic_load_explicit(&n->state, memory_order_relaxed) ^ change, memory_order_relaxed);
}

/* A failure of this input reaches whoever the failure of the consumer reaches. */
static bool shows_through(const struct tg_live *n, uint32_t input)
{
    uint32_t flags = n->site->def->flags;
    if (flags & TG_DEF_BUNDLE) return false;
    return !(flags & TG_DEF_CATCHES) || input > 0 || n->inputs[input].v.tag & TG_ONLY_AFTER;
}

/* Links the inputs of a task that this thread has claimed; dormant ones among them are claimed and put on the stack. */
static void link_inputs(struct tg_fragment *f, tg_id id)
{
    struct tg_grow *g = f->grow;
    struct tg_live *n = &g->live[id];
    bool shown = atomic_load_explicit(&n->state, memory_order_relaxed) & TG_LIVE_SHOWS;
    uint32_t edges = count_edges(n), done = 1; /* one more, so that it does not start before all is linked */
    atomic_store_explicit(&n->pending, edges + 1, memory_order_relaxed);
    for (uint32_t i = 0; edges && i < n->input_count; i++) {
        struct tg_input *in = &n->inputs[i];
        if (!tg_input_is_edge(in)) continue;
        struct tg_live *from = &g->live[in->v.bits];
        if (!link_input(g, from, in, TG_LINK(id, i))) done++;
        else if (claim_dormant(g, from, shown && shows_through(n, i))) tg_vec_push(&f->stack.ids, (tg_id)in->v.bits);
    }
    end_linking(g, n);
    if (tg_live_sub(g, &n->pending, done)) tg_vec_push(&f->ready.ids, id);
}

static void link_claimed(struct tg_fragment *f, size_t base)
{
    while (f->stack.ids.count > base) {
        tg_id id = f->stack.ids.items[--f->stack.ids.count];
        tg_live_add(f->grow, &f->grow->live[id].refs, 1);
        tg_count_up(&f->worker->added);
        link_inputs(f, id);
    }
}

void tg_live_activate(struct tg_fragment *f, tg_id id, bool shows)
{
    size_t base = f->stack.ids.count;
    if (!claim_dormant(f->grow, &f->grow->live[id], shows)) return;
    tg_vec_push(&f->stack.ids, id);
    link_claimed(f, base);
}

void tg_live_relink(struct tg_fragment *f, tg_id id)
{
    size_t base = f->stack.ids.count;
    link_inputs(f, id);
    link_claimed(f, base);
}

/* ---- done ---------------------------------------------------------------------------------------- */

/* Tells who waits for it. */
static void wake_waiting(struct tg_fragment *f, struct tg_live *n)
{
    struct tg_grow *g = f->grow;
    uint64_t link = g->shared ? atomic_exchange_explicit(&n->waiting, TG_LIST_DONE, memory_order_acq_rel)
                              : atomic_load_explicit(&n->waiting, memory_order_relaxed);
    if (!g->shared) atomic_store_explicit(&n->waiting, TG_LIST_DONE, memory_order_relaxed);
    while (link) {
        tg_id id = (tg_id)(link >> 32);
        struct tg_live *consumer = &g->live[id];
        link = consumer->inputs[(uint32_t)link - 1].next;
        if (tg_live_sub(g, &consumer->pending, 1)) tg_vec_push(&f->ready.ids, id);
    }
}

static void record_done(struct tg_fragment *f, tg_id id)
{
    if (f->grow->recording) tg_grow_record(f, id, false);
}

void tg_live_finish(struct tg_fragment *f, tg_id id, tg_value take_value)
{
    struct tg_grow *g = f->grow;
    struct tg_live *n = &g->live[id];
    record_done(f, id);
    if (tg_value_marks(take_value)) tg_live_keep_held(g, take_value);
    if (!(n->site->flags & TG_SITE_STREAM)) tg_live_drop_inputs(f, n); /* who abandons it may be looking at the stream */
    tg_value_put(&n->value, take_value);
    atomic_store_explicit(&n->state, TG_LIVE_DONE, memory_order_relaxed);
    wake_waiting(f, n);
    tg_live_unref(f, id);
}

/* ---- failing ------------------------------------------------------------------------------------- */

static tg_value failed_value(uint64_t bits)
{
    return tg_make_(TG_FAILED, bits);
}

static void chain_of(const struct tg_grow *g, const struct tg_live *n, struct tg_failure *failure)
{
    if (n->made != n->site && n->made->flags & TG_SITE_EXPANDS) /* it was an expansion point and has become this */
        failure->chain[failure->chain_count++] = (struct tg_growth){n->made, n->round > 1 ? n->round : 0};
    for (; n->parent != TG_NO_TASK; n = &g->live[n->parent]) {
        struct tg_growth growth = {g->live[n->parent].made, n->parent_round ? n->parent_round + 1 : 0};
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
        const struct tg_input *in = &n->inputs[i];
        if (!tg_input_is_edge(in)) continue;
        const tg_value *v = &g->live[in->v.bits].value;
        if (tg_kind(*v) != TG_FAILED) continue;
        bool bundled = n->site->def->flags & TG_DEF_BUNDLE;
        if (!bundled && (v->bits == TG_FAILED_UNRUN || shows_through(n, i))) return v;
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
        const struct tg_input *in = &n->inputs[i];
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

static void finish_abandoned(struct tg_fragment *f, tg_id id)
{
    tg_count_up(&f->worker->skipped);
    tg_live_finish(f, id, failed_value(TG_FAILED_UNRUN));
}

/* The i-th part of a bundle, which may be failed. */
static void run_part(struct tg_fragment *f, tg_id id, const tg_value *args)
{
    const struct tg_list *bundle = tg_get_list(args[0]);
    tg_value v = bundle->items[args[1].i];
    if (tg_kind(v) == TG_FAILED) {
        skip(f, id, v.bits);
        return;
    }
    tg_count_up(&f->worker->done);
    tg_live_finish(f, id, tg_value_ref(v));
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
    if (id >= s->grow->end || tg_live_phase(&s->grow->live[id]) != TG_LIVE_FRESH) s->found = true;
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
        if (unwanted || atomic_fetch_or(&n->state, TG_LIVE_READY) & TG_LIVE_GIVEN_UP) finish_abandoned(f, id);
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
    if (TG_UNLIKELY(site->def->flags & TG_DEF_PART)) {
        run_part(f, id, args);
        return;
    }
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

/* ---- giving up ----------------------------------------------------------------------------------- */

static bool is_effect(const struct tg_live *n)
{
    return __atomic_load_n(&n->site, __ATOMIC_RELAXED)->flags & TG_SITE_EFFECT;
}

/* Turns a waiting task into an abandoned one, true if this thread did; of a running one, says that it is not needed. */
static bool claim_abandoned(struct tg_live *n)
{
    uint32_t state = atomic_load_explicit(&n->state, memory_order_relaxed);
    for (;;) {
        uint32_t phase = state & TG_LIVE_STATE, now;
        if (phase == TG_LIVE_ACTIVE) now = (state & ~(uint32_t)TG_LIVE_STATE) | TG_LIVE_ABANDONED;
        else if (phase == TG_LIVE_RUNNING) now = state | TG_LIVE_UNWANTED;
        else return false;
        if (atomic_compare_exchange_weak(&n->state, &state, now)) return phase == TG_LIVE_ACTIVE;
    }
}

/* Nobody but the caller and the task itself counts on it any more. */
static bool is_last_interest(const struct tg_live *n)
{
    uint32_t phase = tg_live_phase(n);
    return atomic_load_explicit(&n->refs, memory_order_acquire) == 2 && (phase == TG_LIVE_ACTIVE || phase == TG_LIVE_RUNNING) &&
           !is_effect(n);
}

/* A task that waits for a stream is told by the stream. */
static void abandon_stream(struct tg_fragment *f, const struct tg_live *n)
{
    if (__atomic_load_n(&n->site, __ATOMIC_RELAXED)->def == &tg_next_def) tg_stream_abandon(f, n->inputs[0].v, (uint64_t)n->inputs[1].v.i);
}

/* Gives up one reference, which the caller has, on a task; if it is abandoned with that, it goes on the stack with the
 * reference. */
static void give_up(struct tg_fragment *f, tg_id id, bool effect_too)
{
    struct tg_live *n = &f->grow->live[id];
    if (!effect_too && !is_last_interest(n)) {
        tg_live_unref(f, id);
    } else if (claim_abandoned(n)) {
        tg_vec_push(&f->given_up.ids, id);
    } else {
        if (tg_live_phase(n) == TG_LIVE_RUNNING) abandon_stream(f, n);
        tg_live_unref(f, id);
    }
}

void tg_live_abandon(struct tg_fragment *f, tg_id id)
{
    size_t base = f->given_up.ids.count;
    give_up(f, id, true);
    while (f->given_up.ids.count > base) {
        tg_id at = f->given_up.ids.items[--f->given_up.ids.count];
        struct tg_live *n = &f->grow->live[at];
        for (uint32_t i = 0; i < n->input_count; i++) { /* the inputs stay: those who finish walk over them */
            if (!tg_input_is_edge(&n->inputs[i])) continue;
            tg_id from = (tg_id)n->inputs[i].v.bits;
            n->inputs[i].v = tg_nil();
            give_up(f, from, false);
        }
        uint32_t before = atomic_fetch_or(&n->state, TG_LIVE_GIVEN_UP);
        if (before & TG_LIVE_READY) finish_abandoned(f, at);
        tg_live_unref(f, at);
    }
}
