/* SPDX-License-Identifier: MIT
 * Running orders beside id order. Depth first keeps few results alive on graphs built layer by layer (a tree of a
 * million: 20 instead of 500 001); id order is better where layers are wide and shallow (stencils). Neither wins always
 * and the peak of a given order is one cheap pass, so the plan compares the two. */
#include "engine/graph/order.h"

#include "engine/graph/edges.h"
#include "engine/graph/lineup.h"
#include "engine/graph/pace.h"

/* What every order is: each task once, and none before what it waits for. */
static bool is_topological(const struct tg_graph *g, const tg_id *order, tg_id count)
{
    uint64_t *done = tg_bits_new(g->count);
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        good = order[i] < g->count && !tg_bits_get(done, order[i]);
        for (uint32_t a = good ? tg_graph_arg_begin(g, order[i]) : 0; good && a < g->arg_end[order[i]]; a++)
            good = !tg_arg_is_edge(g->args[a]) || tg_bits_get(done, tg_arg_payload(g->args[a]));
        if (good) tg_bits_set(done, order[i]);
    }
    tg_bits_free(done, g->count);
    return good;
}

/* A task on the path of the walk, and the argument to look at next. */
struct step {
    tg_id id;
    uint32_t next;
};

struct depth_walk {
    const struct tg_graph *graph;
    uint64_t *visited;
    struct step *path; /* room for every needed task */
    tg_id *order;
    size_t count;
};

static void walk_from(struct depth_walk *w, tg_id root)
{
    const struct tg_graph *g = w->graph;
    size_t depth = 0;
    tg_bits_set(w->visited, root);
    w->path[depth++] = (struct step){root, tg_graph_arg_begin(g, root)};
    while (depth) {
        struct step *top = &w->path[depth - 1];
        if (top->next == g->arg_end[top->id]) {
            w->order[w->count++] = top->id;
            depth--;
            continue;
        }
        uint32_t arg = g->args[top->next++];
        tg_id from = tg_arg_payload(arg);
        if (!tg_arg_is_edge(arg) || tg_bits_get(w->visited, from)) continue;
        tg_bits_set(w->visited, from);
        w->path[depth++] = (struct step){from, tg_graph_arg_begin(g, from)};
    }
}

tg_id *tg_order_depth_first(const struct tg_graph *g, const uint64_t *selected, tg_id count)
{
    struct depth_walk w = {.graph = g, .visited = tg_bits_new(g->count)};
    w.path = tg_block_new(count * sizeof *w.path);
    w.order = tg_block_new(count * sizeof *w.order);
    for (size_t i = 0; i < g->wanted.count; i++) {
        tg_id task = g->wanted.items[i].task;
        if (task != TG_NO_TASK && tg_bits_get(selected, i) && !tg_bits_get(w.visited, task)) walk_from(&w, task);
    }
    TG_ASSERT(w.count == count && is_topological(g, w.order, count));
    tg_block_free(w.path, count * sizeof *w.path);
    tg_bits_free(w.visited, g->count);
    return w.order;
}

static void line_up(struct tg_lineup *l, const struct tg_graph *g, tg_id id)
{
    const struct tg_site *site = tg_graph_site_of(g, id);
    int64_t priority = site->flags & TG_SITE_PRIORITY ? tg_pace_priority(g, site) : 0;
    tg_lineup_push(l,
                   (struct tg_waiting){.priority = site->flags & TG_SITE_SLOW ? priority : INT64_MAX, .number = id, .id = id});
}

/* Lines up what waits for nothing but this node. */
static void release_successors(struct tg_lineup *l, const struct tg_graph *g, const struct tg_edges *e, tg_id id)
{
    for (uint32_t i = e->begin[id]; i < e->begin[id + 1]; i++) {
        uint32_t node = e->successors[i];
        if (node >= e->task_count) {
            struct tg_join *join = &e->joins[node - e->task_count];
            if (!tg_pending_last(&join->pending)) continue;
            node = join->task;
        }
        if (tg_pending_last(&e->pending[node])) line_up(l, g, node);
    }
}

tg_id *tg_order_by_priority(const struct tg_plan *p)
{
    tg_id *order = tg_block_new(p->count * sizeof *order), count = 0;
    struct tg_lineup ready = {0};
    struct tg_edges edges;
    tg_edges_make(p, NULL, &edges);
    for (uint32_t i = 0; i < edges.root_count; i++) line_up(&ready, p->graph, edges.roots[i]);
    for (struct tg_waiting task; tg_lineup_pop(&ready, &task);) {
        order[count++] = task.id;
        release_successors(&ready, p->graph, &edges, task.id);
    }
    tg_edges_done(&edges);
    tg_lineup_done(&ready);
    TG_ASSERT(count == p->count && is_topological(p->graph, order, count));
    return order;
}

/* Marks from as alive; 1 if it is a heap result met for the first time. */
static size_t born(const struct tg_graph *g, uint64_t *alive, tg_id from)
{
    if (tg_bits_get(alive, from)) return 0;
    tg_bits_set(alive, from);
    return tg_graph_is_heap(g, from);
}

size_t tg_order_peak(const struct tg_graph *g, const uint64_t *selected, const tg_id *order, tg_id count)
{
    uint64_t *alive = tg_bits_new(g->count);
    size_t live = 0, peak;
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        if (tg_wanted_keeps(w) && w->task != TG_NO_TASK && tg_bits_get(selected, i)) live += born(g, alive, w->task);
    }
    peak = live;
    for (size_t i = count; i-- > 0;) {
        tg_id id = order[i];
        for (uint32_t a = tg_graph_arg_begin(g, id); a < g->arg_end[id]; a++)
            if (tg_arg_kind(g->args[a]) == TG_ARG_TASK) live += born(g, alive, tg_arg_payload(g->args[a]));
        if (live > peak) peak = live;
        if (tg_bits_get(alive, id)) live -= tg_graph_is_heap(g, id);
    }
    TG_ASSERT(live == 0); /* every result was born, and ended at its task */
    tg_bits_free(alive, g->count);
    return peak;
}
