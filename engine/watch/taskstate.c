/* SPDX-License-Identifier: MIT
 * In columns what stands in the place of a task tells whether it is over; a node has a state. What a task that is not over waits for
 * is asked of the few who hold tasks back. */
#include "engine/watch/taskstate.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/gate/gate.h"
#include "engine/run/coordinator.h"
#include "engine/run/failing.h"
#include "engine/run/node.h"
#include "engine/run/retry.h"

/* As in standing.c: words that others write meanwhile. */
#define RACY __attribute__((no_sanitize("thread"), noinline))

/* So far what a task needs is followed through what the language has added, and so many are counted. */
#define DEPTH_MOST 4
#define NEEDS_MOST 1000

const char *const tg_taskstate_words[] = {"not needed", "pending", "ready",   "waiting", "running",
                                          "done",       "failed",  "skipped", NULL};

RACY static tg_value place_of(const struct tg_run *run, tg_id id)
{
    return run->nodes ? run->nodes->items[id].value : run->values[id];
}

RACY static tg_id parent_of(const struct tg_run *run, tg_id id)
{
    return run->nodes->items[id].parent;
}

RACY static uint32_t attempt_on(const struct tg_worker *w)
{
    return w->grant.attempts > 1 ? w->grant.attempt : 0;
}

/* ---- what is over -------------------------------------------------------------------------------- */

static bool copy_failure(const struct tg_failure *f, struct tg_taskstate *out)
{
    out->why = tg_alloc_text(f->err.message);
    out->attempt = f->attempts;
    return true;
}

/* Numbers of a graph that grows are used again: what failed is of the same site, which it may have been made as. */
static bool is_failure_of(const struct tg_failure *f, tg_id id, const struct tg_site *site)
{
    return f->task == id && (f->site == site || (f->chain_count && f->chain[0].site == site));
}

/* Of those that were told of, and of those that are allowed. */
static bool find_failure(const struct tg_run *run, tg_id id, struct tg_taskstate *out)
{
    struct tg_run *locked = (struct tg_run *)run;
    bool found = false;
    pthread_mutex_lock(&locked->lock);
    for (size_t i = run->failures.count; i-- > 0 && !found;)
        if (is_failure_of(&run->failures.items[i], id, out->site)) found = copy_failure(&run->failures.items[i], out);
    for (size_t i = run->allowed->items.count; i-- > run->allowed_before && !found;)
        if (is_failure_of(run->allowed->items.items[i], id, out->site)) found = copy_failure(run->allowed->items.items[i], out);
    pthread_mutex_unlock(&locked->lock);
    return found;
}

/* Something that it needs has failed. */
static bool fails_with_input(const struct tg_run *run, tg_id id)
{
    const struct tg_graph *g = run->graph;
    for (uint32_t i = tg_graph_arg_begin(g, id); !run->nodes && i < g->arg_end[id]; i++)
        if (tg_arg_is_edge(g->args[i]) && place_of(run, tg_arg_payload(g->args[i])).tag == TG_FAILED) return true;
    return false;
}

/* A value stands in its place; halves of it may be there before. */
static bool is_judged(const struct tg_run *run, tg_value v)
{
    return v.tag || (v.bits && atomic_load_explicit(&run->allowed->any, memory_order_relaxed));
}

static void judge_place(const struct tg_run *run, tg_id id, tg_value v, struct tg_taskstate *out)
{
    bool failed = v.tag == TG_FAILED, allowed = tg_kind(v) == TG_NIL && v.bits;
    out->stands = TG_STANDS_DONE;
    if (failed || allowed) out->stands = find_failure(run, id, out) ? TG_STANDS_FAILED : TG_STANDS_SKIPPED;
    if (failed && out->stands == TG_STANDS_SKIPPED && v.bits != TG_FAILED_UNRUN && !run->nodes && !fails_with_input(run, id))
        out->stands = TG_STANDS_FAILED; /* and caught */
}

/* ---- what is not --------------------------------------------------------------------------------- */

static bool runs_now(const struct tg_standing *s, tg_id id, struct tg_taskstate *out)
{
    const struct tg_run *run = s->run;
    unsigned count = atomic_load_explicit(&run->worker_count, memory_order_acquire), i = 0;
    while (i < count && atomic_load_explicit(&run->workers[i].running, memory_order_acquire) != id) i++;
    if (i == count) return false;
    out->stands = TG_STANDS_RUNNING;
    out->worker = i;
    if (i < s->ran.count && s->ran.items[i] == id) out->since_ns = s->since_ns.items[i];
    if (out->site->flags & TG_SITE_POLICY) out->attempt = attempt_on(&run->workers[i]);
    return true;
}

/* Locked. */
static const struct tg_tries *find_held(const struct tg_coordinator *c, tg_id id)
{
    const struct tg_tries *a = NULL;
    for (size_t i = 0; i < c->table_room && !a; i++)
        for (a = c->table[i]; a && a->id != id;) a = a->next;
    return a;
}

/* It is to be tried again, or stands in line. */
static void ask_coordinator(struct tg_coordinator *c, tg_id id, struct tg_taskstate *out)
{
    char span[TG_RETRY_TEXT_BYTES];
    tg_id first = TG_NO_TASK;
    pthread_mutex_lock(&c->lock);
    const struct tg_tries *a = find_held(c, id);
    uint64_t now_ns = c->clock_ns();
    if (a && a->attempt > 1) out->attempt = a->attempt;
    if (a && a->in_line) {
        out->why = tg_admit_missing(&c->line, 0, &first);
        if (first != id || !out->why) free(out->why), out->why = tg_alloc_text("resources");
    } else if (a && a->place != SIZE_MAX) {
        out->why = tg_alloc_format("its attempt %u, in %s", a->attempt,
                                   tg_retry_text(a->due_ns > now_ns ? a->due_ns - now_ns : 0, span));
    }
    pthread_mutex_unlock(&c->lock);
}

static void ask_gate(struct tg_gate *gate, tg_id id, struct tg_taskstate *out)
{
    struct tg_gate_visit visits[64];
    size_t count = tg_gate_waiting(gate, visits, TG_COUNT(visits));
    for (size_t i = 0; i < count && i < TG_COUNT(visits) && !out->why; i++)
        if (visits[i].task == id) out->why = tg_alloc_text(tg_gate_waits_for(visits[i].why));
}

static bool is_held_back(const struct tg_run *run, tg_id id, struct tg_taskstate *out)
{
    const struct tg_services *services = run->options.services;
    if (run->coordinator && out->site->flags & TG_SITE_POLICY) ask_coordinator(run->coordinator, id, out);
    if (!out->why && services && services->gate) ask_gate(services->gate, id, out);
    if (out->why) out->stands = TG_STANDS_WAITING;
    return out->why;
}

static bool is_over(const struct tg_standing *s, tg_id id);

static void add_need(struct tg_taskstate *out, tg_id id)
{
    for (size_t i = 0; i < out->shown; i++)
        if (out->needs[i] == id) return;
    if (out->need_count++ < TG_STATE_NEEDS) out->needs[out->shown++] = id;
}

/* What it needs of the plan and is not done; in place of what the language adds, what that needs. */
static void list_needs(const struct tg_standing *s, tg_id id, unsigned depth, struct tg_taskstate *out)
{
    const struct tg_graph *g = s->run->graph;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id] && out->need_count < NEEDS_MOST; i++) {
        tg_id need = tg_arg_is_edge(g->args[i]) ? tg_arg_payload(g->args[i]) : TG_NO_TASK;
        size_t before = out->need_count;
        if (need == TG_NO_TASK || is_over(s, need)) continue;
        if (tg_def_is_helper(tg_graph_def_of(g, need)) && depth < DEPTH_MOST) list_needs(s, need, depth + 1, out);
        if (out->need_count == before) add_need(out, need);
    }
}

/* ---- either form --------------------------------------------------------------------------------- */

/* It was seen to run, and does not any more; or all of its kind are known to be done. */
static bool was_seen(const struct tg_standing *s, tg_id id)
{
    if (s->seen && tg_bits_get(s->seen, id)) return true;
    const struct tg_def *def = tg_graph_def_of(s->run->graph, id);
    for (size_t i = 0; i < s->of.count; i++)
        if (s->of.items[i].def == def) return s->of.items[i].total && !tg_standing_left_of(&s->of.items[i]);
    return false;
}

static bool is_over(const struct tg_standing *s, tg_id id)
{
    const struct tg_run *run = s->run;
    if (run->nodes)
        return parent_of(run, id) != TG_NO_TASK || tg_node_phase(&run->nodes->items[id]) == TG_NODE_DONE ||
               tg_node_phase(&run->nodes->items[id]) == TG_NODE_FREE;
    struct tg_taskstate now = {.site = tg_graph_site_of(run->graph, id)};
    tg_value v = place_of(run, id);
    return is_judged(run, v) || (!runs_now(s, id, &now) && was_seen(s, id));
}

static void look_at_column(const struct tg_standing *s, tg_id id, struct tg_taskstate *out)
{
    const struct tg_run *run = s->run;
    tg_value v = place_of(run, id);
    out->site = tg_graph_site_of(run->graph, id);
    if (!tg_plan_needs(run->plan, id)) return;
    if (is_judged(run, v)) judge_place(run, id, v, out);
    else if (!runs_now(s, id, out) && !is_held_back(run, id, out)) {
        list_needs(s, id, 0, out);
        out->stands = was_seen(s, id) ? TG_STANDS_DONE : out->need_count ? TG_STANDS_PENDING : TG_STANDS_READY;
    }
}

/* Of a node that is active. */
static void look_at_active(const struct tg_standing *s, tg_id id, bool planned, struct tg_taskstate *out)
{
    const struct tg_node *n = &s->run->nodes->items[id];
    uint32_t pending = atomic_load_explicit(&n->pending, memory_order_relaxed);
    if (pending == 0 && is_held_back(s->run, id, out)) return;
    out->stands = pending ? TG_STANDS_PENDING : TG_STANDS_READY;
    if (pending && planned) list_needs(s, id, 0, out);
    if (pending && out->need_count < pending) out->need_count = pending;
}

static bool look_at_node(const struct tg_standing *s, tg_id id, bool planned, struct tg_taskstate *out)
{
    const struct tg_nodes *nodes = s->run->nodes;
    if (id >= atomic_load_explicit(&nodes->end, memory_order_relaxed)) return false;
    uint32_t phase = tg_node_phase(&nodes->items[id]);
    bool of_plan = id < s->run->graph->count && tg_plan_needs(s->run->plan, id);
    bool gone = of_plan && (phase == TG_NODE_FREE || parent_of(s->run, id) != TG_NO_TASK);
    if (gone && (planned || phase == TG_NODE_FREE)) { /* it has ended, and nobody needs its result any more */
        out->stands = TG_STANDS_DONE;
        out->site = tg_graph_site_of(s->run->graph, id);
        if (find_failure(s->run, id, out)) out->stands = TG_STANDS_FAILED;
        return true;
    }
    if (phase == TG_NODE_FREE || phase == TG_NODE_FRESH || !(out->site = tg_node_site(nodes, id))) return false;
    if (phase == TG_NODE_ACTIVE) look_at_active(s, id, of_plan && !gone, out);
    else if (phase == TG_NODE_DONE) judge_place(s->run, id, place_of(s->run, id), out);
    else if (phase == TG_NODE_RUNNING && !runs_now(s, id, out) && !is_held_back(s->run, id, out))
        out->stands = TG_STANDS_RUNNING;
    return true;
}

bool tg_taskstate_is_of_plan(const struct tg_run *run, tg_id id)
{
    return id < run->graph->count && (!run->nodes || parent_of(run, id) == TG_NO_TASK);
}

tg_value tg_taskstate_number(const struct tg_run *run, tg_id id)
{
    bool there = tg_taskstate_is_of_plan(run, id) && (!run->nodes || tg_node_phase(&run->nodes->items[id]) == TG_NODE_DONE);
    tg_value v = there ? place_of(run, id) : tg_nil();
    return tg_kind(v) == TG_INT || tg_kind(v) == TG_FLOAT || tg_kind(v) == TG_BOOL ? v : tg_nil();
}

bool tg_taskstate_find(const struct tg_standing *s, tg_id id, bool planned, struct tg_taskstate *out)
{
    *out = (struct tg_taskstate){.stands = TG_STANDS_UNNEEDED};
    if (s->run->nodes) return look_at_node(s, id, planned, out);
    if (id >= s->run->graph->count) return false;
    look_at_column(s, id, out);
    return true;
}
