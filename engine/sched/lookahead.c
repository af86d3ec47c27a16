/* SPDX-License-Identifier: MIT
 * Choosing a batch, and running it.
 *
 * It begins with the task that the member is at. Then come, one by one, successors of those that stand in it, whose other inputs
 * are done or stand in it, too: so chains go whole, and trees as subtrees; where there is none, ready ones from the member's deque
 * and roots. It has as many as are expected to take GOAL_NS, which makes the way there and back small, and as leaves others their
 * share. All of them are the member's own until they have run, or were given back.
 *
 * Of a graph that grows only ready tasks are sent: what these will make ready is known when they are done. */
#include "engine/sched/lookahead.h"

#include <stdlib.h>

#include "engine/base/assert.h"
#include "engine/graph/pace.h"
#include "engine/grow/exec.h"
#include "engine/grow/present.h"
#include "engine/remote/ahead.h"
#include "engine/remote/far.h"
#include "engine/sched/member.h"
#include "engine/sched/roots.h"
#include "engine/sched/wake.h"

/* The time that a batch is to take: some fifty times the way to an executor and back. */
#define GOAL_NS UINT64_C(2000000)

/* Tasks with more inputs than this are not looked at before they are ready. */
#define INPUTS_MAX 16

struct tg_lookahead {
    struct tg_link *link;
    uint32_t cursor;                      /* entries below have been looked at for their successors */
    uint64_t expected_ns;                 /* of all entries */
    size_t seeds_left;                    /* ready tasks that may still be taken */
    struct tg_ids unneeded;               /* nodes that were given back and that nobody needs */
    uint64_t ready[TG_PAGE_ENTRIES / 64]; /* bitmap: entries whose inputs are done */
};

/* Which entry of whose batch a task is, in crew->sent: 0: of none. Only its own member can meet it then. */
#define ENTRY_BITS 11
_Static_assert(TG_PAGE_ENTRIES < 1 << ENTRY_BITS, "an entry's number and one more");

static uint32_t sent_mark(const struct tg_member *m, uint32_t entry)
{
    return (uint32_t)(m - m->crew->members) << ENTRY_BITS | (entry + 1);
}

/* UINT32_MAX: it is none of this member's. */
static uint32_t entry_of_task(const void *member, tg_id id)
{
    const struct tg_member *m = member;
    uint32_t mark = atomic_load_explicit(&m->crew->sent[id], memory_order_relaxed);
    bool own = mark && mark >> ENTRY_BITS == (uint32_t)(m - m->crew->members);
    return own ? (mark & ((1u << ENTRY_BITS) - 1)) - 1 : UINT32_MAX;
}

bool tg_lookahead_has(struct tg_member *m, tg_id id)
{
    uint32_t entry = m->sending ? entry_of_task(m, id) : UINT32_MAX;
    if (entry == UINT32_MAX) return false;
    tg_bits_set(m->ahead->ready, entry);
    return true;
}

/* ---- choosing ------------------------------------------------------------------------------------ */

static uint64_t expected_ns(const struct tg_site *site)
{
    return (uint64_t)tg_pace_mean(site) * 1000;
}

/* Adds a task; false if it has to go the usual way. */
static bool add_to_batch(struct tg_member *m, tg_id id, bool ready)
{
    struct tg_lookahead *a = m->ahead;
    struct tg_run *run = m->crew->run;
    uint32_t entry = a->link->count;
    bool added = run->nodes ? tg_ahead_add_node(a->link, run->nodes, id) : tg_ahead_add(a->link, run, id, entry_of_task, m);
    if (!added) return false;
    if (ready) tg_bits_set(a->ready, entry);
    else tg_bits_clear(a->ready, entry);
    if (!run->nodes) atomic_store_explicit(&m->crew->sent[id], sent_mark(m, entry), memory_order_relaxed);
    a->expected_ns += expected_ns(tg_run_site_of(run, id));
    return true;
}

/* Its inputs that are not done all stand in the batch. */
static bool follows_batch(struct tg_member *m, tg_id id)
{
    const struct tg_graph *g = m->crew->run->graph;
    uint32_t begin = tg_graph_arg_begin(g, id), end = g->arg_end[id], inside = 0;
    uint32_t open = atomic_load_explicit(&m->crew->edges.pending[id], memory_order_acquire);
    if (end - begin > INPUTS_MAX || entry_of_task(m, id) != UINT32_MAX) return false;
    if (open == 1) return true; /* the one that led here */
    for (uint32_t i = begin; i < end && inside + (end - i) >= open; i++)
        if (tg_arg_is_edge(g->args[i])) inside += entry_of_task(m, tg_arg_payload(g->args[i])) != UINT32_MAX;
    return inside == open;
}

static bool may_send(const struct tg_site *site)
{
    return tg_ahead_may(site) && !tg_pace_is_slow(site) && tg_pace_mean(site) > 0;
}

/* Adds what the next entry makes ready, as far as all of that is known. */
static void add_successors(struct tg_member *m)
{
    const struct tg_edges *e = &m->crew->edges;
    tg_id id = m->ahead->link->ids[m->ahead->cursor++];
    for (uint32_t i = e->begin[id]; i < e->begin[id + 1]; i++) {
        uint32_t next = e->successors[i];
        if (next >= e->task_count || !follows_batch(m, next) || !may_send(tg_graph_site_of(m->crew->run->graph, next)))
            continue;
        if (!add_to_batch(m, next, false)) return;
    }
}

/* A ready one is for whoever comes next; a node that has begun has not. */
static void put_ready_back(struct tg_member *m, tg_id id)
{
    const struct tg_nodes *nodes = m->crew->run->nodes;
    if (!nodes || tg_node_rest(nodes, id)) tg_deque_push(&m->ready, id);
    else tg_vec_push(&m->ahead->unneeded.ids, id);
}

/* One more of the ready ones; false if the next one is not to be sent. */
static bool add_seed(struct tg_member *m)
{
    struct tg_run *run = m->crew->run;
    tg_id id = TG_NO_TASK;
    if (m->ahead->seeds_left == 0 || (!tg_deque_take(&m->ready, &id) && !tg_roots_take(m, &id))) return false;
    m->ahead->seeds_left--;
    if (!may_send(tg_run_site_of(run, id)) || tg_present_looks(m->worker)) {
        tg_deque_push(&m->ready, id);
        return false;
    }
    if (run->nodes && !tg_exec_begin(m->worker, id)) { /* nobody needs it: it is through */
        tg_member_follow(m, id);
        return true;
    }
    if (add_to_batch(m, id, true)) return true;
    put_ready_back(m, id);
    return false;
}

/* Ready tasks that the member may send: its share. */
static size_t count_share(const struct tg_member *m)
{
    size_t own = tg_deque_size(&m->ready) + tg_roots_size(atomic_load_explicit(&m->roots, memory_order_relaxed));
    return own / m->crew->most + 1;
}

static void choose_entries(struct tg_member *m)
{
    struct tg_lookahead *a = m->ahead;
    bool columns = !m->crew->run->nodes, more = true;
    uint64_t goal_ns = a->link->far ? tg_far_goal_ns(a->link, GOAL_NS) : GOAL_NS;
    a->seeds_left = count_share(m);
    while (more && a->expected_ns < goal_ns && a->link->count < TG_PAGE_ENTRIES) {
        if (columns && a->cursor < a->link->count) add_successors(m);
        else more = add_seed(m);
    }
}

/* ---- giving back --------------------------------------------------------------------------------- */

/* One that is the member's no more. */
static void forget_sent(struct tg_member *m, tg_id id)
{
    if (!m->crew->run->nodes) atomic_store_explicit(&m->crew->sent[id], 0, memory_order_relaxed);
}

/* While another task runs: these are for whoever is free. */
static void give_back_cut(void *member, const tg_id *ids, size_t count)
{
    struct tg_member *m = member;
    struct tg_lookahead *a = m->ahead;
    for (size_t i = count; i-- > 0;) {
        forget_sent(m, ids[i]);
        if (tg_bits_get(a->ready, (size_t)(ids - a->link->ids) + i)) put_ready_back(m, ids[i]);
    }
    tg_wake_for_more(m);
    tg_wake_one(m->crew, true);
}

static void skip_unneeded(struct tg_member *m)
{
    struct tg_lookahead *a = m->ahead;
    while (a->unneeded.ids.count) {
        tg_id id = a->unneeded.ids.items[--a->unneeded.ids.count];
        tg_task_skip(m->worker, id, tg_failing_value(TG_FAILED_UNRUN));
        tg_member_follow(m, id);
    }
}

/* ---- running ------------------------------------------------------------------------------------- */

static void run_sent(struct tg_member *m, tg_id id)
{
    struct tg_run *run = m->crew->run;
    const struct tg_site *site = tg_run_site_of(run, id);
    bool slow = tg_pace_is_slow(site);
    forget_sent(m, id);
    if (run->nodes) tg_exec_begun(m->worker, id);
    else tg_task_run(run, m->worker, id, true);
    if (!slow && tg_pace_is_slow(site)) tg_queue_learn(&m->crew->queue);
    tg_member_follow(m, id);
}

/* The run is being stopped: what has not run never will. */
static void leave_batch(struct tg_member *m, uint32_t entry)
{
    struct tg_lookahead *a = m->ahead;
    struct tg_run *run = m->crew->run;
    tg_link_drop(a->link);
    for (; entry < a->link->count; entry++) {
        forget_sent(m, a->link->ids[entry]);
        if (!run->nodes && tg_bits_get(a->ready, entry)) tg_run_unrun(run, a->link->ids[entry]);
    }
}

static void run_entries(struct tg_member *m)
{
    struct tg_lookahead *a = m->ahead;
    uint32_t entry = 0;
    for (; entry < a->link->count && !tg_run_stopped(m->crew->run); entry++) run_sent(m, a->link->ids[entry]);
    m->sending = false;
    leave_batch(m, entry);
    skip_unneeded(m);
}

/* Begins a batch with this task; false if it has to go the usual way. */
static bool begin_batch(struct tg_member *m, tg_id id)
{
    struct tg_lookahead *a = m->ahead;
    bool quick = tg_pace_mean(tg_run_site_of(m->crew->run, id)) > 0;
    if (tg_present_looks(m->worker)) quick = false; /* what is missing is seen when it runs */
    a->link = quick ? tg_ahead_begin(m->worker) : NULL;
    a->cursor = 0;
    a->expected_ns = 0;
    return a->link && add_to_batch(m, id, true);
}

void tg_lookahead_run(struct tg_member *m, tg_id id)
{
    if (!m->ahead) m->ahead = tg_alloc_zero(sizeof *m->ahead);
    if (m->crew->run->nodes && !tg_exec_begin(m->worker, id)) {
        tg_member_follow(m, id);
        return;
    }
    m->sending = true;
    uint64_t began_ns = tg_worker_span(m->worker, TG_EVENT_TRANSFER);
    if (begin_batch(m, id)) {
        choose_entries(m);
        uint64_t bytes = m->ahead->link->bytes.length;
        tg_ahead_send(m->ahead->link, give_back_cut, m);
        if (began_ns) tg_worker_tell_span(m->worker, TG_EVENT_TRANSFER, began_ns, id, bytes);
        run_entries(m);
    } else {
        run_sent(m, id);
        m->sending = false;
    }
}

void tg_lookahead_free(struct tg_lookahead *a)
{
    if (a) tg_vec_done(&a->unneeded.ids);
    free(a);
}
