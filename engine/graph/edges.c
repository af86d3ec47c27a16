/* SPDX-License-Identifier: MIT
 * Successor lists by counting sort: a pass over the consumers counts, a second one from the last to the first fills the
 * lists from their ends, which leaves each list in ascending order. */
#include "engine/graph/edges.h"

/* A task of more inputs than JOIN_FROM counts them in groups of JOIN_SIZE. */
#define JOIN_FROM 256
#define JOIN_SIZE 64

static inline bool to_run(const struct tg_plan *p, const uint64_t *done, tg_id id)
{
    return tg_plan_needs(p, id) && !(done && tg_bits_get(done, id));
}

static inline bool is_open_edge(const uint64_t *done, uint32_t arg)
{
    return tg_arg_is_edge(arg) && !(done && tg_bits_get(done, tg_arg_payload(arg)));
}

static inline uint32_t groups_of(uint32_t inputs)
{
    return inputs > JOIN_FROM ? (inputs + JOIN_SIZE - 1) / JOIN_SIZE : 0;
}

/* Counts each task's inputs into pending, and its successors into begin. */
static void count_edges(const struct tg_plan *p, const uint64_t *done, struct tg_edges *e)
{
    const struct tg_graph *g = p->graph;
    for (tg_id id = 0; id < g->count; id++) {
        if (!to_run(p, done, id)) continue;
        uint32_t inputs = 0;
        for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
            if (!is_open_edge(done, g->args[i])) continue;
            e->begin[tg_arg_payload(g->args[i])]++;
            inputs++;
        }
        atomic_store_explicit(&e->pending[id], inputs, memory_order_relaxed);
        e->root_count += inputs == 0;
        e->join_count += groups_of(inputs);
    }
}

/* From counts to where each list ends. */
static void sum_up(struct tg_edges *e)
{
    uint32_t end = 0;
    for (tg_id id = 0; id < e->task_count; id++) e->begin[id] = end += e->begin[id];
    e->begin[e->task_count] = e->edge_count = end;
}

/* Puts the consumer into its inputs' lists; joins are taken from the end. */
static void fill_joined(const struct tg_graph *g, const uint64_t *done, struct tg_edges *e, tg_id id, uint32_t *joins_left)
{
    uint32_t inputs = atomic_load_explicit(&e->pending[id], memory_order_relaxed), groups = groups_of(inputs);
    uint32_t first = *joins_left -= groups;
    for (uint32_t i = g->arg_end[id]; inputs > 0; i--) {
        if (!is_open_edge(done, g->args[i - 1])) continue;
        uint32_t group = first + --inputs / JOIN_SIZE;
        TG_ASSERT(group < e->join_count);
        e->successors[--e->begin[tg_arg_payload(g->args[i - 1])]] = e->task_count + group;
        struct tg_join *join = &e->joins[group];
        join->task = id;
        atomic_store_explicit(&join->pending, atomic_load_explicit(&join->pending, memory_order_relaxed) + 1,
                              memory_order_relaxed);
    }
    atomic_store_explicit(&e->pending[id], groups, memory_order_relaxed);
}

static void fill(const struct tg_plan *p, const uint64_t *done, struct tg_edges *e)
{
    const struct tg_graph *g = p->graph;
    uint32_t joins_left = e->join_count;
    for (tg_id id = g->count; id-- > 0;) {
        if (!to_run(p, done, id)) continue;
        if (groups_of(atomic_load_explicit(&e->pending[id], memory_order_relaxed))) {
            fill_joined(g, done, e, id, &joins_left);
            continue;
        }
        for (uint32_t i = g->arg_end[id]; i > tg_graph_arg_begin(g, id); i--)
            if (is_open_edge(done, g->args[i - 1])) e->successors[--e->begin[tg_arg_payload(g->args[i - 1])]] = id;
    }
    TG_ASSERT(joins_left == 0);
}

static void find_roots(const struct tg_plan *p, const uint64_t *done, struct tg_edges *e)
{
    tg_id end = p->order ? p->count : p->graph->count, found = 0;
    for (tg_id i = 0; i < end; i++) {
        tg_id id = p->order ? p->order[i] : i;
        if (to_run(p, done, id) && atomic_load_explicit(&e->pending[id], memory_order_relaxed) == 0) e->roots[found++] = id;
    }
    TG_ASSERT(found == e->root_count);
}

void tg_edges_make(const struct tg_plan *p, const uint64_t *done, struct tg_edges *out)
{
    struct tg_edges *e = out;
    *e = (struct tg_edges){.task_count = p->graph->count};
    e->pending = tg_block_zero(e->task_count * sizeof *e->pending);
    e->begin = tg_block_zero(((size_t)e->task_count + 1) * sizeof *e->begin);
    count_edges(p, done, e);
    sum_up(e);
    e->successors = tg_block_new(e->edge_count * sizeof *e->successors);
    e->joins = tg_block_zero(e->join_count * sizeof *e->joins);
    e->roots = tg_block_new(e->root_count * sizeof *e->roots);
    fill(p, done, e);
    TG_ASSERT(e->begin[0] == 0 && e->begin[e->task_count] == e->edge_count);
    find_roots(p, done, e);
}

void tg_edges_done(struct tg_edges *e)
{
    tg_block_free(e->pending, e->task_count * sizeof *e->pending);
    tg_block_free(e->begin, ((size_t)e->task_count + 1) * sizeof *e->begin);
    tg_block_free(e->successors, e->edge_count * sizeof *e->successors);
    tg_block_free(e->joins, e->join_count * sizeof *e->joins);
    tg_block_free(e->roots, e->root_count * sizeof *e->roots);
    *e = (struct tg_edges){0};
}
