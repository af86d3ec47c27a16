/* SPDX-License-Identifier: MIT
 * From the columns of a graph to nodes. Every task that may ever run becomes a dormant node; those that the plan needs are made
 * active at once. */
#include "engine/grow/start.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/grow/adder.h"
#include "engine/grow/grow.h"
#include "engine/run/failing.h"
#include "engine/value/future.h"

/* ---- what may ever run --------------------------------------------------------------------------- */

struct marking {
    const struct tg_graph *graph;
    const uint64_t *known; /* bitmap over ids: what has its result; NULL: nothing */
    uint64_t *may_run;     /* likewise */
    struct tg_ids stack;
};

static void mark(void *marking, tg_id id)
{
    struct marking *m = marking;
    if (tg_bits_get(m->may_run, id) || (m->known && tg_bits_get(m->known, id))) return;
    tg_bits_set(m->may_run, id);
    tg_vec_push(&m->stack.ids, id);
}

static void mark_inputs(struct marking *m, tg_id id)
{
    const struct tg_graph *g = m->graph;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        uint32_t arg = g->args[i];
        if (tg_arg_is_edge(arg)) mark(m, tg_arg_payload(arg));
        else if (tg_arg_kind(arg) == TG_ARG_POOL) tg_future_held(g->pool.items[tg_arg_payload(arg)], mark, m);
    }
}

/* The tasks that the plan needs, those that their function values hold, and so on. A bitmap. */
static uint64_t *find_may_run(const struct tg_plan *p)
{
    size_t bytes = tg_bits_bytes(p->graph->count);
    struct marking m = {.graph = p->graph, .known = p->known, .may_run = tg_block_new(bytes)};
    memset(m.may_run, 0, bytes);
    for (tg_id id = 0; id < p->graph->count; id++)
        if (tg_plan_needs(p, id)) mark(&m, id);
    while (m.stack.ids.count) mark_inputs(&m, m.stack.ids.items[--m.stack.ids.count]);
    tg_vec_done(&m.stack.ids);
    return m.may_run;
}

/* ---- nodes --------------------------------------------------------------------------------------- */

static tg_value input_value(const struct tg_graph *g, uint32_t arg)
{
    switch (tg_arg_kind(arg)) {
    case TG_ARG_TASK: return tg_future(arg);
    case TG_ARG_AFTER: return tg_make_(TG_FUTURE | TG_ONLY_AFTER, tg_arg_payload(arg));
    case TG_ARG_SMALL: return tg_int(tg_arg_small(arg));
    default: return tg_value_ref(g->pool.items[tg_arg_payload(arg)]);
    }
}

/* A dormant node for a task of the graph. Its inputs have theirs: they are older. */
static void make_node(struct tg_nodes *nodes, tg_id id)
{
    const struct tg_graph *g = nodes->graph;
    struct tg_node *n = &nodes->items[id];
    uint32_t begin = tg_graph_arg_begin(g, id), count = g->arg_end[id] - begin;
    n->site = n->made = tg_graph_site_of(g, id);
    n->parent = TG_NO_TASK;
    struct tg_input *inputs = tg_node_inputs_new(n, count);
    atomic_store_explicit(&n->kids, 1, memory_order_relaxed);
    atomic_store_explicit(&n->state, TG_NODE_DORMANT, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++) {
        struct tg_input *in = &inputs[i];
        TG_ASSERT(!tg_arg_is_edge(g->args[begin + i]) || tg_arg_payload(g->args[begin + i]) < id);
        in->v = input_value(g, g->args[begin + i]);
        if (tg_input_is_edge(in)) tg_node_hold_one(nodes, (tg_id)in->v.bits);
        else if (tg_value_marks(in->v)) tg_future_held(in->v, tg_node_hold_one, nodes);
    }
    if (n->site->def->flags & TG_DEF_PUT) tg_stream_joined(nodes, inputs[1].v, id);
}

/* Active from the start; its needed inputs are, or are about to be. The edges are all counted before anything runs. */
static void link_node(struct tg_nodes *nodes, const struct tg_plan *p, tg_id id)
{
    struct tg_node *n = &nodes->items[id];
    bool guarded = p->guarded && tg_bits_get(p->guarded, id);
    uint32_t pending = 0;
    uint32_t effect = n->site->flags & TG_SITE_EFFECT ? TG_NODE_EFFECT : 0;
    tg_node_hold_one(nodes, id);
    atomic_store_explicit(&n->state, TG_NODE_ACTIVE | effect | (guarded ? 0 : TG_NODE_SHOWS), memory_order_relaxed);
    for (uint32_t i = 0; i < n->input_count; i++) {
        struct tg_input *in = &tg_node_inputs(n)[i];
        if (!tg_input_is_edge(in)) continue;
        struct tg_node *from = &nodes->items[in->v.bits];
        uint32_t used = atomic_load_explicit(&from->state, memory_order_relaxed);
        if ((used & TG_NODE_STATE) == TG_NODE_DONE) continue;
        if (used & TG_NODE_EFFECT) atomic_store_explicit(&from->state, used | TG_NODE_USED, memory_order_relaxed);
        in->next = atomic_load_explicit(&from->waiting, memory_order_relaxed);
        atomic_store_explicit(&from->waiting, TG_LINK(id, i), memory_order_relaxed);
        pending++;
    }
    atomic_store_explicit(&n->pending, pending, memory_order_relaxed);
    nodes->root_count += pending == 0;
}

static void list_roots(struct tg_nodes *nodes, const struct tg_plan *p)
{
    uint32_t found = 0;
    nodes->roots = tg_block_new(nodes->root_count * sizeof *nodes->roots);
    for (tg_id id = 0; id < p->graph->count; id++)
        if (tg_plan_needs(p, id) && atomic_load_explicit(&nodes->items[id].pending, memory_order_relaxed) == 0)
            nodes->roots[found++] = id;
}

/* A task that has run before: it is there as long as this one. */
static void make_remain(struct tg_nodes *nodes, const struct tg_remain *r)
{
    struct tg_node *n = &nodes->items[r->task];
    if (tg_node_phase(n) != TG_NODE_FREE) return;
    n->site = n->made = r->site;
    n->parent = TG_NO_TASK;
    bool failed = tg_kind(r->value) == TG_FAILED;
    n->value = failed ? tg_failing_again(r->value) : tg_value_ref(r->value);
    if (failed) atomic_store_explicit(&nodes->keeps, true, memory_order_relaxed);
    atomic_store_explicit(&n->refs, 1, memory_order_relaxed);
    atomic_store_explicit(&n->kids, 1, memory_order_relaxed);
    atomic_store_explicit(&n->waiting, TG_LIST_DONE, memory_order_relaxed);
    atomic_store_explicit(&n->state, TG_NODE_DONE, memory_order_relaxed);
}

static void make_nodes(struct tg_nodes *nodes, const struct tg_plan *p)
{
    const struct tg_graph *g = p->graph;
    uint64_t *may_run = find_may_run(p);
    const struct tg_remains *known = nodes->run->options.known;
    for (size_t i = 0; known && i < known->items.count; i++) make_remain(nodes, &known->items.items[i]);
    for (tg_id id = 0; id < g->count; id++)
        if (tg_bits_get(may_run, id)) make_node(nodes, id);
    for (tg_id id = 0; id < g->count; id++)
        if (tg_plan_needs(p, id)) link_node(nodes, p, id);
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        if (!tg_wanted_keeps(w) || w->task == TG_NO_TASK || !tg_bits_get(p->selected, i)) continue;
        tg_node_hold_one(nodes, w->task);
        atomic_fetch_or_explicit(&nodes->items[w->task].state, TG_NODE_WANTED, memory_order_relaxed);
    }
    list_roots(nodes, p);
    tg_bits_free(may_run, g->count);
}

static void make_final(struct tg_nodes *nodes, const struct tg_plan *p, const struct tg_remains *remains, tg_value known)
{
    tg_id id = 0;
    while (!tg_plan_needs(p, id)) id++;
    for (size_t i = 0; i < remains->items.count; i++) make_remain(nodes, &remains->items.items[i]);
    make_node(nodes, id);
    struct tg_input *first = &tg_node_inputs(&nodes->items[id])[0];
    tg_value_unref(first->v);
    first->v = tg_value_ref(known);
    link_node(nodes, p, id);
    list_roots(nodes, p);
}

static uint32_t identity_site(struct tg_graph *g)
{
    return tg_graph_site(g, g->identity, (tg_span){0, 0}, 0, 0);
}

static struct tg_nodes *nodes_new(struct tg_run *run)
{
    struct tg_nodes *nodes = tg_alloc_zero(sizeof *nodes);
    const struct tg_plan *p = run->plan;
    nodes->run = run;
    nodes->graph = (struct tg_graph *)run->graph; /* only sites and options are added to it */
    nodes->shared = run->options.jobs > 1;
    nodes->identity = identity_site(nodes->graph);
    pthread_mutex_init(&nodes->lock, NULL);
    size_t most = (size_t)nodes->graph->max_tasks + p->graph->count + 1;
    tg_column_init(&nodes->column, (most < TG_MAX_TASKS ? most : TG_MAX_TASKS) * sizeof *nodes->items);
    tg_column_need(&nodes->column, (p->graph->count + 1) * sizeof *nodes->items);
    nodes->items = (struct tg_node *)nodes->column.base;
    nodes->next = p->graph->count;
    nodes->end = (tg_id)(nodes->column.ready_bytes / sizeof *nodes->items);
    atomic_init(&nodes->made, p->graph->count);
    return nodes;
}

/* ---- workers ------------------------------------------------------------------------------------- */

static void begin_worker(struct tg_worker *w)
{
    struct tg_fragment *f = tg_alloc_zero(sizeof *f);
    f->nodes = w->nodes;
    f->worker = w;
    w->ctx.growth = f;
    w->ctx.grow = &tg_adder_ops;
}

static void end_worker(struct tg_worker *w)
{
    struct tg_fragment *f = tg_fragment_of(&w->ctx);
    tg_gather_forget(&f->gathered);
    tg_vec_done(&f->added.ids);
    tg_vec_done(&f->others.ids);
    tg_adder_done(f->callees);
    free(f);
}

static const struct tg_growth_ops growth = {begin_worker, end_worker};

void tg_start_run(struct tg_run *run, const struct tg_graph *graph, const struct tg_plan *plan,
                  const struct tg_run_options *options)
{
    tg_run_init(run, graph, plan, options);
    if (!plan->grows) return;
    run->nodes = nodes_new(run);
    run->growth = &growth;
    make_nodes(run->nodes, plan);
}

void tg_start_final(struct tg_run *run, const struct tg_graph *graph, const struct tg_plan *plan,
                    const struct tg_run_options *options, const struct tg_remains *remains, tg_value known)
{
    TG_ASSERT(plan->grows && plan->count == 1);
    tg_run_init(run, graph, plan, options);
    run->nodes = nodes_new(run);
    run->growth = &growth;
    atomic_store(&run->nodes->made, plan->count); /* what the graph has is none of its tasks */
    make_final(run->nodes, plan, remains, known);
}
