/* SPDX-License-Identifier: MIT
 * The start and the end of a run that grows: from the columns of a graph to nodes, and away with them. */
#include "engine/grow/fragment.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/run/failing.h"
#include "engine/run/live.h"
#include "engine/grow/stream.h"
#include "engine/run/task.h"

/* ---- what may ever run --------------------------------------------------------------------------- */

struct marking {
    const struct tg_graph *graph;
    uint64_t *may_run; /* bitmap over ids */
    struct tg_ids todo;
};

static void mark(void *marking, tg_id id)
{
    struct marking *m = marking;
    if (tg_bit_get(m->may_run, id)) return;
    tg_bit_set(m->may_run, id);
    tg_vec_push(&m->todo.ids, id);
}

static void mark_inputs(struct marking *m, tg_id id)
{
    const struct tg_graph *g = m->graph;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        uint32_t arg = g->args[i];
        if (tg_arg_is_edge(arg)) mark(m, tg_arg_payload(arg));
        else if (tg_arg_kind(arg) == TG_ARG_POOL) tg_value_held(g->pool.items[tg_arg_payload(arg)], mark, m);
    }
}

/* The tasks that the plan needs, those that their function values hold, and so on. A bitmap. */
static uint64_t *find_may_run(const struct tg_plan *p)
{
    size_t bytes = tg_bit_bytes(p->graph->count);
    struct marking m = {.graph = p->graph, .may_run = tg_block_new(bytes)};
    memset(m.may_run, 0, bytes);
    for (tg_id id = 0; id < p->graph->count; id++)
        if (tg_plan_needs(p, id)) mark(&m, id);
    while (m.todo.ids.count) mark_inputs(&m, m.todo.ids.items[--m.todo.ids.count]);
    tg_vec_done(&m.todo.ids);
    return m.may_run;
}

/* ---- nodes --------------------------------------------------------------------------------------- */

static void hold_one(void *grow, tg_id id)
{
    tg_live_add(grow, &((struct tg_grow *)grow)->live[id].refs, 1);
}

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
static void make_node(struct tg_grow *grow, tg_id id)
{
    const struct tg_graph *g = grow->graph;
    struct tg_live *n = &grow->live[id];
    uint32_t begin = tg_graph_arg_begin(g, id), count = g->arg_end[id] - begin;
    n->site = n->made = tg_graph_site_of(g, id);
    n->parent = TG_NO_TASK;
    struct tg_input *inputs = tg_inputs_new(n, count);
    atomic_store_explicit(&n->kids, 1, memory_order_relaxed);
    atomic_store_explicit(&n->state, TG_LIVE_DORMANT, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++) {
        struct tg_input *in = &inputs[i];
        in->v = input_value(g, g->args[begin + i]);
        if (tg_input_is_edge(in)) hold_one(grow, (tg_id)in->v.bits);
        else if (tg_value_marks(in->v)) tg_value_held(in->v, hold_one, grow);
    }
    if (n->site->def->flags & TG_DEF_PUT) tg_stream_joined(grow, inputs[1].v, id);
}

/* Active from the start; its needed inputs are, or are about to be. The edges are all counted before anything runs. */
static void link_node(struct tg_grow *grow, const struct tg_plan *p, tg_id id)
{
    struct tg_live *n = &grow->live[id];
    bool guarded = p->guarded && tg_bit_get(p->guarded, id);
    uint32_t pending = 0;
    atomic_store_explicit(&n->state, TG_LIVE_ACTIVE | (guarded ? 0 : TG_LIVE_SHOWS), memory_order_relaxed);
    hold_one(grow, id);
    for (uint32_t i = 0; i < n->input_count; i++) {
        struct tg_input *in = &tg_inputs(n)[i];
        if (!tg_input_is_edge(in)) continue;
        struct tg_live *from = &grow->live[in->v.bits];
        in->next = atomic_load_explicit(&from->waiting, memory_order_relaxed);
        atomic_store_explicit(&from->waiting, TG_LINK(id, i), memory_order_relaxed);
        pending++;
    }
    atomic_store_explicit(&n->pending, pending, memory_order_relaxed);
    grow->root_count += pending == 0;
}

static void find_roots(struct tg_grow *grow, const struct tg_plan *p)
{
    uint32_t found = 0;
    grow->roots = tg_block_new(grow->root_count * sizeof *grow->roots);
    for (tg_id id = 0; id < p->graph->count; id++)
        if (tg_plan_needs(p, id) && atomic_load_explicit(&grow->live[id].pending, memory_order_relaxed) == 0) grow->roots[found++] = id;
}

static void make_nodes(struct tg_grow *grow, const struct tg_plan *p)
{
    const struct tg_graph *g = p->graph;
    uint64_t *may_run = find_may_run(p);
    for (tg_id id = 0; id < g->count; id++)
        if (tg_bit_get(may_run, id)) make_node(grow, id);
    for (tg_id id = 0; id < g->count; id++)
        if (tg_plan_needs(p, id)) link_node(grow, p, id);
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        if (w->name && w->task != TG_NO_TASK && tg_bit_get(p->selected, i)) hold_one(grow, w->task);
    }
    find_roots(grow, p);
    tg_block_free(may_run, tg_bit_bytes(g->count));
}

static uint32_t identity_site(struct tg_graph *g)
{
    return tg_graph_site(g, g->identity, (tg_span){0, 0}, 0, 0);
}

struct tg_grow *tg_grow_new(struct tg_run *run)
{
    struct tg_grow *g = tg_alloc_zero(sizeof *g);
    const struct tg_plan *p = run->plan;
    g->run = run;
    g->graph = (struct tg_graph *)run->graph; /* its sites and options grow; tasks are not added */
    g->shared = run->options.jobs > 1;
    g->recording = run->options.record;
    g->identity = identity_site(g->graph);
    pthread_mutex_init(&g->lock, NULL);
    size_t most = (size_t)g->graph->max_tasks + p->graph->count + 1;
    tg_column_init(&g->column, (most < TG_MAX_TASKS ? most : TG_MAX_TASKS) * sizeof *g->live);
    tg_column_need(&g->column, (p->graph->count + 1) * sizeof *g->live);
    g->live = (struct tg_live *)g->column.base;
    g->next = p->graph->count;
    g->end = (tg_id)(g->column.ready_bytes / sizeof *g->live);
    atomic_init(&g->made, p->graph->count);
    make_nodes(g, p);
    return g;
}

/* ---- the end ------------------------------------------------------------------------------------- */

static void free_node(struct tg_live *n)
{
    tg_value_unref(n->value);
    struct tg_input *inputs = tg_inputs(n);
    for (uint32_t i = 0; i < n->input_count; i++) tg_value_unref(inputs[i].v);
    if (inputs != n->few) free(inputs);
}

static void free_failure(struct tg_failure *failure)
{
    tg_err_done(&failure->err);
    free(failure->args);
}

void tg_grow_free(struct tg_grow *g)
{
    if (!g) return;
    for (tg_id id = 0; id < g->next; id++)
        if (tg_live_phase(&g->live[id]) != TG_LIVE_FREE) free_node(&g->live[id]);
    for (size_t i = 0; i < g->quiet.count; i++)
        if (!g->quiet.items[i].shown) free_failure(&g->quiet.items[i].failure);
    for (size_t i = 0; i < g->records.count; i++) {
        for (size_t j = 0; j < g->records.items[i].input_count; j++) tg_value_unref(g->records.items[i].inputs[j]);
        free(g->records.items[i].inputs);
    }
    tg_vec_done(&g->records);
    tg_vec_done(&g->quiet);
    tg_vec_done(&g->free.ids);
    tg_block_free(g->roots, g->root_count * sizeof *g->roots);
    tg_column_done(&g->column);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

struct tg_fragment *tg_fragment_new(struct tg_grow *g, struct tg_worker *w)
{
    struct tg_fragment *f = tg_alloc_zero(sizeof *f);
    f->grow = g;
    f->worker = w;
    return f;
}

void tg_fragment_free(struct tg_fragment *f)
{
    if (!f) return;
    tg_value_unref(f->gathered);
    tg_vec_done(&f->added.ids);
    tg_vec_done(&f->others.ids);
    tg_vec_done(&f->ready.ids);
    tg_vec_done(&f->free.ids);
    tg_vec_done(&f->stack.ids);
    tg_vec_done(&f->given_up.ids);
    free(f);
}
