/* SPDX-License-Identifier: MIT
 * The life of a task of a run that grows: it becomes active, is done, and is gone, or is given up before. live.h says how
 * the pieces hold together, fragment.c how tasks come in, and live_run.c what happens to one that is ready. */
#include "engine/run/live.h"

#include <stdlib.h>
#include <string.h>

#include "engine/run/failing.h"
#include "engine/grow/stream.h"
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

void tg_live_hold(struct tg_fragment *f, tg_value v)
{
    tg_value_held(v, keep_one, f->grow);
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

static void drop_value(struct tg_fragment *f, tg_value v)
{
    if (tg_value_marks(v)) tg_value_held(v, drop_one, f);
    tg_value_unref(v);
}

/* Gives up what an input holds; whoever had only that is put on the stack. */
static void drop_input(struct tg_fragment *f, struct tg_input *in)
{
    if (tg_input_is_edge(in)) {
        drop_one(f, (tg_id)in->v.bits);
    } else if (tg_is_heap(in->v)) {
        drop_value(f, in->v);
    }
}

static void drop_inputs(struct tg_fragment *f, struct tg_live *n)
{
    struct tg_input *inputs = tg_inputs(n);
    for (uint32_t i = 0; i < n->input_count; i++) drop_input(f, &inputs[i]);
    if (inputs != n->few) free(inputs);
    n->input_count = 0;
}

/* The id may be used again. */
static void free_id(struct tg_fragment *f, tg_id id)
{
    atomic_store_explicit(&f->grow->live[id].state, TG_LIVE_FREE, memory_order_relaxed);
    if (f->grow->recording) return; /* an id means one task then */
    tg_vec_push(&f->free.ids, id);
    if (f->free.ids.count > FREE_MAX && f->grow->shared) give_free(f);
}

/* Nobody asks for the result any more. */
static void release(struct tg_fragment *f, tg_id id)
{
    struct tg_live *live = f->grow->live, *n = &live[id];
    drop_inputs(f, n);
    if (tg_is_heap(n->value)) drop_value(f, n->value);
    n->value = tg_nil();
    while (id != TG_NO_TASK && tg_live_sub(f->grow, &live[id].kids, 1)) {
        tg_id parent = live[id].parent;
        free_id(f, id);
        id = parent;
    }
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

void tg_live_unhold(struct tg_fragment *f, tg_value take_v)
{
    size_t base = f->stack.ids.count;
    drop_value(f, take_v);
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
    for (uint32_t i = 0; i < n->input_count; i++) edges += tg_input_is_edge(&tg_inputs_of(n)[i]);
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
bool tg_live_shows_through(const struct tg_live *n, uint32_t input)
{
    return !(n->site->def->flags & TG_DEF_CATCHES) || input > 0 || tg_inputs_of(n)[input].v.tag & TG_ONLY_AFTER;
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
        struct tg_input *in = &tg_inputs(n)[i];
        if (!tg_input_is_edge(in)) continue;
        struct tg_live *from = &g->live[in->v.bits];
        if (!link_input(g, from, in, TG_LINK(id, i))) done++;
        else if (claim_dormant(g, from, shown && tg_live_shows_through(n, i))) tg_vec_push(&f->stack.ids, (tg_id)in->v.bits);
    }
    end_linking(g, n);
    if (tg_live_sub(g, &n->pending, done)) tg_vec_push(&f->ready.ids, id);
}

/* Ready tasks are found from the youngest to the oldest, and the oldest is to run first: what a loop leaves behind would
 * never run otherwise. */
static void reverse_from(struct tg_ids *ready, size_t from)
{
    for (size_t to = ready->ids.count; from + 1 < to; from++) {
        tg_id last = ready->ids.items[--to];
        ready->ids.items[to] = ready->ids.items[from];
        ready->ids.items[from] = last;
    }
}

static void link_claimed(struct tg_fragment *f, size_t base)
{
    size_t before = f->ready.ids.count;
    while (f->stack.ids.count > base) {
        tg_id id = f->stack.ids.items[--f->stack.ids.count];
        tg_live_add(f->grow, &f->grow->live[id].refs, 1);
        tg_count_up(&f->worker->added);
        link_inputs(f, id);
    }
    reverse_from(&f->ready, before);
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
    size_t before = f->ready.ids.count;
    while (link) {
        tg_id id = (tg_id)(link >> 32);
        struct tg_live *consumer = &g->live[id];
        link = tg_inputs(consumer)[(uint32_t)link - 1].next;
        if (tg_live_sub(g, &consumer->pending, 1)) tg_vec_push(&f->ready.ids, id);
    }
    reverse_from(&f->ready, before);
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
    if (tg_value_marks(take_value)) tg_value_held(take_value, keep_one, g);
    if (!(n->site->flags & TG_SITE_STREAM)) tg_live_drop_inputs(f, n); /* who abandons it may be looking at the stream */
    tg_value_put(&n->value, take_value);
    atomic_store_explicit(&n->state, TG_LIVE_DONE, memory_order_relaxed);
    wake_waiting(f, n);
    tg_live_unref(f, id);
}

/* ---- giving up ----------------------------------------------------------------------------------- */

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

/* Nobody but the caller and the task itself counts on it any more. An effect too ends then: its result was for the loser. */
static bool is_last_interest(const struct tg_live *n)
{
    uint32_t phase = tg_live_phase(n);
    return atomic_load_explicit(&n->refs, memory_order_acquire) == 2 && (phase == TG_LIVE_ACTIVE || phase == TG_LIVE_RUNNING);
}

/* A task that waits for a stream is told by the stream. */
static void abandon_stream(struct tg_fragment *f, const struct tg_live *n)
{
    if (__atomic_load_n(&n->site, __ATOMIC_RELAXED)->def != &tg_next_def) return;
    const struct tg_input *inputs = tg_inputs_of(n); /* they stay until the task goes */
    tg_stream_abandon(f, inputs[0].v, (uint64_t)inputs[1].v.i);
}

/* Gives up one reference, which the caller has, on a task; if it is abandoned with that, it goes on the stack with the
 * reference. */
static void give_up(struct tg_fragment *f, tg_id id, bool others_too)
{
    struct tg_live *n = &f->grow->live[id];
    if (!others_too && !is_last_interest(n)) {
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
            if (!tg_input_is_edge(&tg_inputs_of(n)[i])) continue;
            tg_id from = (tg_id)tg_inputs_of(n)[i].v.bits;
            tg_inputs(n)[i].v = tg_nil();
            give_up(f, from, false);
        }
        uint32_t before = atomic_fetch_or(&n->state, TG_LIVE_GIVEN_UP);
        if (before & TG_LIVE_READY) tg_live_complete(f, at, tg_make_(TG_FAILED, TG_FAILED_UNRUN));
        tg_live_unref(f, at);
    }
}
