/* SPDX-License-Identifier: MIT
 * The life of a task of a run that grows: it becomes active, is done, and is gone, or is given up before. node.h says how
 * the pieces hold together. */
#include "engine/run/node.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/run/coordinator.h"
#include "engine/run/failing.h"
#include "engine/run/task.h"
#include "engine/store/again.h"
#include "engine/value/future.h"

/* Free ids that a worker keeps for itself; of more, the half is given to all. */
#define FREE_MAX 512

/* ---- what values hold ---------------------------------------------------------------------------- */

void tg_node_hold(struct tg_nodes *nodes, tg_value v)
{
    if (tg_value_marks(v)) tg_future_held(v, tg_node_hold_one, nodes);
}

/* ---- going --------------------------------------------------------------------------------------- */

static void give_free(struct tg_worker *w)
{
    struct tg_nodes *nodes = w->nodes;
    size_t keep = FREE_MAX / 2;
    pthread_mutex_lock(&nodes->lock);
    for (size_t i = keep; i < w->free.ids.count; i++) tg_vec_push(&nodes->free.ids, w->free.ids.items[i]);
    pthread_mutex_unlock(&nodes->lock);
    w->free.ids.count = keep;
}

static void drop_one(void *worker, tg_id id)
{
    struct tg_worker *w = worker;
    if (tg_node_sub(w->nodes, &w->nodes->items[id].refs, 1)) tg_vec_push(&w->stack.ids, id);
}

/* Not inlined: most inputs are futures and numbers, which need no registers for it. */
static __attribute__((noinline)) void drop_value(struct tg_worker *w, tg_value v)
{
    if (tg_value_marks(v)) tg_future_held(v, drop_one, w);
    tg_value_unref(v);
}

/* Gives up what an input holds; whoever had only that is put on the stack. */
static void drop_input(struct tg_worker *w, struct tg_input *in)
{
    if (tg_input_is_edge(in)) {
        drop_one(w, (tg_id)in->v.bits);
    } else if (tg_is_heap(in->v)) {
        drop_value(w, in->v);
    }
}

static void drop_inputs(struct tg_worker *w, struct tg_node *n)
{
    struct tg_input *inputs = tg_node_inputs(n);
    for (uint32_t i = 0; i < n->input_count; i++) drop_input(w, &inputs[i]);
    if (inputs != n->few) free(inputs);
    n->input_count = 0;
}

/* The id may be used again. */
static void free_id(struct tg_worker *w, tg_id id)
{
    TG_ASSERT(tg_node_phase(&w->nodes->items[id]) == TG_NODE_DONE || tg_node_phase(&w->nodes->items[id]) == TG_NODE_DORMANT);
    TG_ASSERT(w->nodes->items[id].input_count == 0);
    _Atomic uint32_t *state = &w->nodes->items[id].state;
    uint32_t remakes = atomic_load_explicit(state, memory_order_relaxed) &
                       TG_NODE_REMAKES; /* who watches may still look at it */
    atomic_store_explicit(state, TG_NODE_FREE | remakes, memory_order_relaxed);
    bool told = tg_worker_watched(w, TG_EVENT_NODE) && !(w->sampled & TG_EVENT_BIT(TG_EVENT_NODE));
    if (told || w->run->options.keeps_numbers) return; /* an id means one task then */
    tg_vec_push(&w->free.ids, id);
    if (w->free.ids.count > FREE_MAX && w->nodes->shared) give_free(w);
}

/* An effect that has failed, and that no task has used: whoever might have caught it is gone. */
static bool failed_unused(const struct tg_node *n)
{
    uint32_t state = atomic_load_explicit(&n->state, memory_order_relaxed);
    return n->value.tag == TG_FAILED && (state & (TG_NODE_EFFECT | TG_NODE_USED)) == TG_NODE_EFFECT;
}

static __attribute__((noinline)) void drop_failure(struct tg_worker *w, const struct tg_node *n)
{
    if (failed_unused(n)) tg_task_reveal(w->run, n->value);
    tg_failing_unref(n->value);
}

/* Nobody asks for the result any more. */
static void release(struct tg_worker *w, tg_id id)
{
    struct tg_node *items = w->nodes->items, *n = &items[id];
    if (TG_UNLIKELY(tg_kind(n->value) == TG_FAILED)) drop_failure(w, n);
    drop_inputs(w, n);
    if (tg_is_heap(n->value)) {
        tg_worker_releases(w, id);
        drop_value(w, n->value);
    }
    n->value = tg_nil();
    while (id != TG_NO_TASK && tg_node_sub(w->nodes, &items[id].kids, 1)) {
        tg_id parent = items[id].parent;
        free_id(w, id);
        id = parent;
    }
}

/* Releases what is on the stack from this height on, and whatever that lets go. */
static void release_from(struct tg_worker *w, size_t base)
{
    while (w->stack.ids.count > base) release(w, w->stack.ids.items[--w->stack.ids.count]);
}

void tg_node_unref(struct tg_worker *w, tg_id id)
{
    size_t base = w->stack.ids.count;
    drop_one(w, id);
    release_from(w, base);
}

void tg_node_unhold(struct tg_worker *w, tg_value take_v)
{
    size_t base = w->stack.ids.count;
    drop_value(w, take_v);
    release_from(w, base);
}

void tg_node_drop_inputs(struct tg_worker *w, struct tg_node *n)
{
    size_t base = w->stack.ids.count;
    drop_inputs(w, n);
    release_from(w, base);
}

/* ---- linking ------------------------------------------------------------------------------------- */

/* Puts the input into the list of the task it waits for; false if that is done. */
static bool link_input(const struct tg_nodes *nodes, struct tg_node *from, struct tg_input *in, uint64_t link)
{
    uint64_t head = atomic_load_explicit(&from->waiting, memory_order_acquire);
    do {
        if (head == TG_LIST_DONE) return false;
        in->next = head;
        if (!nodes->shared) {
            atomic_store_explicit(&from->waiting, link, memory_order_relaxed);
            return true;
        }
    } while (!atomic_compare_exchange_weak_explicit(&from->waiting, &head, link, memory_order_release, memory_order_acquire));
    return true;
}

static uint32_t count_input_edges(const struct tg_node *n)
{
    uint32_t edges = 0;
    for (uint32_t i = 0; i < n->input_count; i++) edges += tg_input_is_edge(&tg_node_inputs_of(n)[i]);
    return edges;
}

#define EFFECT_OF_SITE (TG_NODE_EFFECT / TG_SITE_EFFECT)

/* True if this thread makes it active. It counts as running until it is linked, and has its reference on itself from before
 * it does: so who gives up another one meanwhile does not take it for a task that nobody needs. The caller has a reference. */
static inline bool claim_dormant(const struct tg_nodes *nodes, struct tg_node *n, bool shows)
{
    uint32_t state = atomic_load_explicit(&n->state, memory_order_relaxed);
    if ((state & TG_NODE_STATE) != TG_NODE_DORMANT) return false;
    const struct tg_site *site = __atomic_load_n(&n->site, __ATOMIC_ACQUIRE); /* of no use if another one was faster */
    uint32_t linking = TG_NODE_RUNNING | (site->flags & TG_SITE_EFFECT) * EFFECT_OF_SITE | shows * TG_NODE_SHOWS;
    linking |= state & (TG_NODE_USED | TG_NODE_REMAKES);
    tg_node_add(nodes, &n->refs, 1);
    if (!nodes->shared) {
        atomic_store_explicit(&n->state, linking, memory_order_relaxed);
        return true;
    }
    if (atomic_compare_exchange_strong(&n->state, &state, linking)) return true;
    tg_node_sub(nodes, &n->refs, 1);
    return false;
}

/* From running to active. Release: who abandons it from now on looks at its inputs. */
static void end_linking(const struct tg_nodes *nodes, struct tg_node *n)
{
    uint32_t change = TG_NODE_RUNNING ^ TG_NODE_ACTIVE;
    if (nodes->shared) atomic_fetch_xor_explicit(&n->state, change, memory_order_release);
    else atomic_store_explicit(&n->state, atomic_load_explicit(&n->state, memory_order_relaxed) ^ change, memory_order_relaxed);
}

/* An effect has a user: whether its failure shows is the user's affair. The caller has a reference. */
static inline void note_use(const struct tg_nodes *nodes, struct tg_node *from)
{
    uint32_t state = atomic_load_explicit(&from->state, memory_order_relaxed);
    if (TG_LIKELY((state & (TG_NODE_EFFECT | TG_NODE_USED)) != TG_NODE_EFFECT)) return;
    if (nodes->shared) atomic_fetch_or_explicit(&from->state, TG_NODE_USED, memory_order_relaxed);
    else atomic_store_explicit(&from->state, state | TG_NODE_USED, memory_order_relaxed);
}

/* A failure of this input reaches whoever the failure of the consumer reaches. */
static bool shows_through(const struct tg_node *n, uint32_t input)
{
    return !tg_def_catches(n->site->def, input, tg_node_inputs_of(n)[input].v.tag & TG_ONLY_AFTER);
}

/* Links the inputs of a task that this thread has claimed; dormant ones among them are claimed and put on the stack. */
static void link_inputs(struct tg_worker *w, tg_id id)
{
    struct tg_nodes *nodes = w->nodes;
    struct tg_node *n = &nodes->items[id];
    bool shown = atomic_load_explicit(&n->state, memory_order_relaxed) & TG_NODE_SHOWS;
    uint32_t edges = count_input_edges(n), done = 1; /* one more, so that it does not start before all is linked */
    TG_ASSERT(tg_node_phase(n) == TG_NODE_RUNNING && atomic_load_explicit(&n->refs, memory_order_relaxed) >= 1);
    atomic_store_explicit(&n->pending, edges + 1, memory_order_relaxed);
    for (uint32_t i = 0; edges && i < n->input_count; i++) {
        struct tg_input *in = &tg_node_inputs(n)[i];
        if (!tg_input_is_edge(in)) continue;
        struct tg_node *from = &nodes->items[in->v.bits];
        if (!link_input(nodes, from, in, TG_LINK(id, i))) done++;
        else if (claim_dormant(nodes, from, shown && shows_through(n, i))) tg_vec_push(&w->stack.ids, (tg_id)in->v.bits);
        note_use(nodes, from);
    }
    end_linking(nodes, n);
    if (tg_node_sub(nodes, &n->pending, done)) tg_vec_push(&w->ready.ids, id);
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

/* A task of its site that was counted as up to date is not, after all. */
static void undo_done(struct tg_worker *w, tg_id id)
{
    size_t site = (size_t)(w->nodes->items[id].site - w->nodes->graph->site_table.items);
    tg_worker_count(w, TG_EVENT_DONE, -1);
    tg_census_add(&w->counts, site, TG_CENSUS_DONE, -1);
    tg_again_undo(w->run->options.services->again);
}

/* What is made again was done before: it counts by how it ends now. */
static void tell_added(struct tg_worker *w, tg_id id)
{
    bool remakes = atomic_load_explicit(&w->nodes->items[id].state, memory_order_relaxed) & TG_NODE_REMAKES;
    if (remakes) undo_done(w, id);
    else tg_worker_count(w, TG_EVENT_ADDED, 1);
    if (tg_worker_watched(w, TG_EVENT_ADDED)) tg_worker_tell(w, TG_EVENT_ADDED, id, NULL, NULL);
}

static void link_claimed(struct tg_worker *w, size_t base)
{
    size_t before = w->ready.ids.count;
    while (w->stack.ids.count > base) {
        tg_id id = w->stack.ids.items[--w->stack.ids.count];
        tell_added(w, id);
        link_inputs(w, id);
    }
    reverse_from(&w->ready, before);
}

void tg_node_activate(struct tg_worker *w, tg_id id, bool shows)
{
    size_t base = w->stack.ids.count;
    if (!claim_dormant(w->nodes, &w->nodes->items[id], shows)) return;
    tg_vec_push(&w->stack.ids, id);
    link_claimed(w, base);
}

void tg_node_relink(struct tg_worker *w, tg_id id)
{
    size_t base = w->stack.ids.count;
    TG_ASSERT(tg_node_phase(&w->nodes->items[id]) == TG_NODE_RUNNING);
    link_inputs(w, id);
    link_claimed(w, base);
}

/* ---- running ------------------------------------------------------------------------------------- */

bool tg_node_begin_slow(struct tg_worker *w, struct tg_node *n, bool *ends)
{
    uint32_t state = atomic_load_explicit(&n->state, memory_order_relaxed), running;
    do {
        bool abandoned = (state & TG_NODE_STATE) == TG_NODE_ABANDONED;
        if (TG_UNLIKELY(abandoned ||
                        state & TG_NODE_UNWANTED)) { /* who abandons it may be at it still: the second one ends it */
            *ends = !abandoned || atomic_fetch_or(&n->state, TG_NODE_READY) & TG_NODE_GIVEN_UP;
            return false;
        }
        TG_ASSERT((state & TG_NODE_STATE) == TG_NODE_ACTIVE && w->nodes->shared);
        running = (state & ~(uint32_t)TG_NODE_STATE) | TG_NODE_RUNNING;
    } while (!atomic_compare_exchange_weak_explicit(&n->state, &state, running, memory_order_relaxed, memory_order_relaxed));
    return true;
}

bool tg_node_rest(const struct tg_nodes *nodes, tg_id id)
{
    _Atomic uint32_t *at = &nodes->items[id].state;
    uint32_t state = atomic_load_explicit(at, memory_order_relaxed), change = TG_NODE_ACTIVE ^ TG_NODE_RUNNING;
    TG_ASSERT((state & TG_NODE_STATE) == TG_NODE_RUNNING);
    do {
        if (state & TG_NODE_UNWANTED) return false;
    } while (!atomic_compare_exchange_weak_explicit(at, &state, state ^ change, memory_order_release, memory_order_relaxed));
    return true;
}

/* ---- done ---------------------------------------------------------------------------------------- */

/* Tells who waits for it. */
static void wake_waiting(struct tg_worker *w, struct tg_node *n)
{
    struct tg_nodes *nodes = w->nodes;
    uint64_t link = nodes->shared ? atomic_exchange_explicit(&n->waiting, TG_LIST_DONE, memory_order_acq_rel)
                                  : atomic_load_explicit(&n->waiting, memory_order_relaxed);
    if (!nodes->shared) atomic_store_explicit(&n->waiting, TG_LIST_DONE, memory_order_relaxed);
    size_t before = w->ready.ids.count;
    while (link) {
        tg_id id = (tg_id)(link >> 32);
        struct tg_node *consumer = &nodes->items[id];
        TG_ASSERT((uint32_t)link <= consumer->input_count && tg_node_phase(consumer) != TG_NODE_DONE);
        link = tg_node_inputs(consumer)[(uint32_t)link - 1].next;
        if (tg_node_sub(nodes, &consumer->pending, 1)) tg_vec_push(&w->ready.ids, id);
    }
    reverse_from(&w->ready, before);
}

/* One that was not wanted any more while it ran, and became something else, ends when it is ready again. */
__attribute__((unused)) static bool may_finish(uint32_t state)
{
    uint32_t phase = state & TG_NODE_STATE;
    return phase == TG_NODE_RUNNING || phase == TG_NODE_ABANDONED || (phase == TG_NODE_ACTIVE && state & TG_NODE_UNWANTED);
}

/* Flags by which others know it. */
#define KEPT_WHEN_DONE (TG_NODE_EFFECT | TG_NODE_USED | TG_NODE_REMAKES)

/* Somebody may be noting that he uses an effect. */
static inline void end_running(const struct tg_nodes *nodes, struct tg_node *n)
{
    uint32_t state = atomic_load_explicit(&n->state, memory_order_relaxed), done;
    if (TG_LIKELY(!nodes->shared || !(state & TG_NODE_EFFECT))) {
        atomic_store_explicit(&n->state, TG_NODE_DONE | (state & KEPT_WHEN_DONE), memory_order_relaxed);
        return;
    }
    do done = TG_NODE_DONE | (state & KEPT_WHEN_DONE);
    while (!atomic_compare_exchange_weak_explicit(&n->state, &state, done, memory_order_relaxed, memory_order_relaxed));
}

void tg_node_finish(struct tg_worker *w, tg_id id, tg_value take_value)
{
    struct tg_nodes *nodes = w->nodes;
    struct tg_node *n = &nodes->items[id];
    TG_ASSERT(may_finish(atomic_load(&n->state)));
    TG_ASSERT(atomic_load(&n->waiting) != TG_LIST_DONE && atomic_load(&n->refs) > 0);
    if (tg_worker_watched(w, TG_EVENT_NODE)) tg_node_tell(w, id, false, false);
    tg_node_hold(nodes, take_value);
    if (!(n->site->flags & TG_SITE_STREAM)) tg_node_drop_inputs(w, n); /* who abandons it may be looking at the stream */
    tg_value_put(&n->value, take_value);
    end_running(nodes, n);
    wake_waiting(w, n);
    tg_node_unref(w, id);
}

/* ---- giving up ----------------------------------------------------------------------------------- */

/* Turns a waiting task into an abandoned one, true if this thread did; of a running one, says that it is not needed. */
static bool claim_abandoned(struct tg_node *n)
{
    uint32_t state = atomic_load_explicit(&n->state, memory_order_relaxed);
    for (;;) {
        uint32_t phase = state & TG_NODE_STATE, now;
        if (phase == TG_NODE_ACTIVE) now = (state & ~(uint32_t)TG_NODE_STATE) | TG_NODE_ABANDONED;
        else if (phase == TG_NODE_RUNNING) now = state | TG_NODE_UNWANTED;
        else return false;
        if (atomic_compare_exchange_weak(&n->state, &state, now)) return phase == TG_NODE_ACTIVE;
    }
}

/* Nobody but the caller and the task itself counts on it any more. An effect too ends then: its result was for the loser. */
static bool is_last_interest(const struct tg_node *n)
{
    uint32_t phase = atomic_load_explicit(&n->state, memory_order_acquire) & TG_NODE_STATE;
    return atomic_load_explicit(&n->refs, memory_order_acquire) == 2 && (phase == TG_NODE_ACTIVE || phase == TG_NODE_RUNNING);
}

/* A task that waits for a stream is told by the stream. */
static void abandon_waiting(struct tg_worker *w, const struct tg_node *n)
{
    const struct tg_def *def = __atomic_load_n(&n->site, __ATOMIC_ACQUIRE)->def; /* its inputs were written before */
    if (def->abandon) def->abandon(w, tg_node_inputs_of(n));                     /* they stay until the task goes */
}

/* Gives up one reference, which the caller has, on a task; if it is abandoned with that, it goes on the stack with the
 * reference. */
static void give_up(struct tg_worker *w, tg_id id, bool others_too)
{
    struct tg_node *n = &w->nodes->items[id];
    if (!others_too && !is_last_interest(n)) {
        tg_node_unref(w, id);
    } else if (claim_abandoned(n)) {
        if (w->run->coordinator) tg_coordinator_give_up(w->run->coordinator, id);
        tg_vec_push(&w->given_up.ids, id);
    } else {
        if (tg_node_phase(n) == TG_NODE_RUNNING) abandon_waiting(w, n);
        tg_node_unref(w, id);
    }
}

void tg_node_abandon(struct tg_worker *w, tg_id id)
{
    size_t base = w->given_up.ids.count;
    give_up(w, id, true);
    while (w->given_up.ids.count > base) {
        tg_id at = w->given_up.ids.items[--w->given_up.ids.count];
        struct tg_node *n = &w->nodes->items[at];
        for (uint32_t i = 0; i < n->input_count; i++) { /* the inputs stay: those who finish walk over them */
            if (!tg_input_is_edge(&tg_node_inputs_of(n)[i])) continue;
            tg_id from = (tg_id)tg_node_inputs_of(n)[i].v.bits;
            tg_node_inputs(n)[i].v = tg_nil();
            give_up(w, from, false);
        }
        uint32_t before = atomic_fetch_or(&n->state, TG_NODE_GIVEN_UP);
        TG_ASSERT((before & TG_NODE_STATE) == TG_NODE_ABANDONED && !(before & TG_NODE_GIVEN_UP));
        if (before & TG_NODE_READY) tg_vec_push(&w->ready.ids, at); /* who met it left it to us: it is skipped in its turn */
        tg_node_unref(w, at);
    }
}

/* ---- failing ------------------------------------------------------------------------------------- */

/* The round of a loop, counted from 1; 0: it is no loop, or this is its first. */
static uint32_t round_shown(const struct tg_node *n, uint32_t round)
{
    uint32_t from = __atomic_load_n(&n->loop_from, __ATOMIC_RELAXED); /* a parent may be going on at this moment */
    return round > from ? round - from + 1 : 0;
}

void tg_node_chain(const struct tg_nodes *nodes, tg_id id, struct tg_failure *failure)
{
    const struct tg_node *n = &nodes->items[id];
    if (n->made != n->site && n->made->flags & TG_SITE_EXPANDS) /* it was an expansion point and has become this */
        failure->chain[failure->chain_count++] = (struct tg_growth){n->made, round_shown(n, n->round - 1)};
    for (; n->parent != TG_NO_TASK; n = &nodes->items[n->parent]) {
        const struct tg_node *parent = &nodes->items[n->parent];
        struct tg_growth growth = {__atomic_load_n(&parent->made, __ATOMIC_RELAXED), round_shown(parent, n->parent_round)};
        if (failure->chain_count == TG_GROWTH_SHOWN) failure->chain_more++;
        else failure->chain[failure->chain_count++] = growth;
    }
}

/* ---- watching ------------------------------------------------------------------------------------ */

static void free_node_event(struct tg_event_body *body)
{
    struct tg_event_node *e = (struct tg_event_node *)body;
    for (size_t i = 0; i < e->input_count; i++) tg_value_unref(e->inputs[i]);
    free(e);
}

void tg_node_tell(struct tg_worker *w, tg_id id, bool continues, bool again)
{
    const struct tg_node *n = &w->nodes->items[id];
    struct tg_event_node *e = tg_alloc(sizeof *e + n->input_count * sizeof *e->inputs);
    *e = (struct tg_event_node){.head.free = free_node_event,
                                .parent = n->parent,
                                .parent_round = n->parent_round,
                                .round = n->round,
                                .continues = continues,
                                .again = again};
    for (uint32_t i = 0; i < n->input_count; i++) {
        tg_value v = tg_node_inputs_of(n)[i].v;
        if (tg_kind(v) == TG_FUTURE || !tg_value_marks(v)) e->inputs[e->input_count++] = tg_value_ref(v);
    }
    const struct tg_site *site = continues || n->site->flags & TG_SITE_EXPANDS ? n->made : n->site;
    tg_worker_tell(w, TG_EVENT_NODE, id, site, &e->head);
}

/* ---- the table ----------------------------------------------------------------------------------- */

static void free_node(struct tg_node *n)
{
    if (tg_kind(n->value) == TG_FAILED) tg_failing_unref(n->value);
    else tg_value_unref(n->value);
    struct tg_input *inputs = tg_node_inputs(n);
    for (uint32_t i = 0; i < n->input_count; i++) tg_value_unref(inputs[i].v);
    if (inputs != n->few) free(inputs);
}

void tg_nodes_reveal(struct tg_nodes *nodes)
{
    for (tg_id id = 0; atomic_load(&nodes->keeps) && id < nodes->next; id++) {
        const struct tg_node *n = &nodes->items[id];
        if (tg_node_phase(n) == TG_NODE_DONE && failed_unused(n)) tg_task_reveal(nodes->run, n->value);
    }
}

void tg_nodes_free(struct tg_nodes *nodes)
{
    if (!nodes) return;
    for (tg_id id = 0; id < nodes->next; id++)
        if (tg_node_phase(&nodes->items[id]) != TG_NODE_FREE) free_node(&nodes->items[id]);
    tg_vec_done(&nodes->free.ids);
    tg_block_free(nodes->roots, nodes->root_count * sizeof *nodes->roots);
    tg_column_done(&nodes->column);
    pthread_mutex_destroy(&nodes->lock);
    free(nodes);
}

/* ---- who gets a result --------------------------------------------------------------------------- */

bool tg_node_passes_on(const struct tg_def *def)
{
    static const char *const passes[] = {"index",     "field",    "identity", "slice",  "unpack", "zip", "concat",
                                         "enumerate", "reversed", "flatten",  "values", "part",   "+"};
    bool found = def->flags & TG_DEF_GATHER;
    for (size_t i = 0; i < TG_COUNT(passes) && !found; i++) found = tg_def_is_helper(def) && strcmp(def->name, passes[i]) == 0;
    return found;
}

/* The task is not done, so who waits for it stays in its list. Who could still link itself holds a reference: so some who hold one are
 * not in the list. */
bool tg_node_feeds_only(const struct tg_nodes *nodes, tg_id id, bool (*accepts)(const void *data, const struct tg_site *site),
                        const void *data)
{
    const struct tg_node *n = &nodes->items[id];
    uint64_t link = atomic_load_explicit(&n->waiting, memory_order_acquire);
    if (atomic_load_explicit(&n->state, memory_order_relaxed) & TG_NODE_WANTED) return false;
    while (link && link != TG_LIST_DONE) {
        tg_id consumer = (tg_id)(link >> 32);
        const struct tg_node *c = &nodes->items[consumer];
        const struct tg_site *site = tg_node_site(nodes, consumer);
        bool passes = tg_node_passes_on(site->def);
        if (passes ? !tg_node_feeds_only(nodes, consumer, accepts, data) : !accepts(data, site)) return false;
        link = tg_node_inputs_of(c)[(uint32_t)link - 1].next;
    }
    return atomic_load_explicit(&n->refs, memory_order_acquire) > 1;
}

bool tg_node_feeds_nobody(const struct tg_nodes *nodes, tg_id id)
{
    const struct tg_node *n = &nodes->items[id];
    bool wanted = atomic_load_explicit(&n->state, memory_order_relaxed) & TG_NODE_WANTED;
    return !wanted && atomic_load_explicit(&n->refs, memory_order_acquire) == 1;
}
