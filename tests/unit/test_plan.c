/* SPDX-License-Identifier: MIT
 * Plans: what is needed, use counts, guards, the choice of the order, and edges. */
#include "engine/graph/order.h"
#include "engine/value/future.h"
#include "tests/unit/check.h"

#include "engine/graph/edges.h"
#include "tests/unit/tasks.h"

static const tg_span nowhere = {0, 0};

TEST(only_what_is_wanted_is_planned)
{
    struct tg_graph g;
    struct tg_plan p;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def);
    tg_id a = ADD(&g, add, tg_int(1)), unused = ADD(&g, add, tg_future(a)), b = ADD(&g, add, tg_future(a));
    tg_graph_want(&g, "b", tg_future(b), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    CHECK_INT(p.count, 2);
    CHECK(tg_plan_needs(&p, a) && !tg_plan_needs(&p, unused) && tg_plan_needs(&p, b));
    CHECK(!p.uses && !p.order && !p.guarded);
    tg_plan_done(&p);
    tg_graph_want(&g, NULL, tg_future(unused), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    CHECK_INT(p.count, 3);
    CHECK(!p.needed);
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(what_is_selected_is_planned_outputs_or_not)
{
    struct tg_graph g;
    struct tg_plan p;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def);
    tg_id a = ADD(&g, add, tg_int(1)), b = ADD(&g, add, tg_future(a)), other = ADD(&g, add, tg_int(3));
    tg_graph_want(&g, "other", tg_future(other), nowhere, NULL);
    tg_graph_want(&g, NULL, tg_future(b), nowhere, NULL);
    uint64_t *selected = tg_bits_new(g.wanted.count);
    tg_bits_set(selected, 1);
    tg_plan_selected(&g, selected, &p);
    CHECK_INT(p.count, 2);
    CHECK(tg_plan_needs(&p, a) && tg_plan_needs(&p, b) && !tg_plan_needs(&p, other));
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(named_outputs_leave_out_the_others_and_effects)
{
    struct tg_graph g;
    struct tg_plan p;
    struct tg_err err = {0};
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def);
    tg_id a = ADD(&g, add, tg_int(1)), b = ADD(&g, add, tg_int(2)), effect = ADD(&g, add, tg_int(3));
    tg_graph_want(&g, "alpha", tg_future(a), nowhere, NULL);
    tg_graph_want(&g, "beta", tg_future(b), nowhere, NULL);
    tg_graph_want(&g, NULL, tg_future(effect), nowhere, NULL);
    const char *names[] = {"beta"};
    CHECK(tg_plan_make(&g, names, 1, &p, &err));
    CHECK_INT(p.count, 1);
    CHECK(!tg_plan_needs(&p, a) && tg_plan_needs(&p, b) && !tg_plan_needs(&p, effect));
    tg_plan_done(&p);
    const char *unknown[] = {"beat"};
    CHECK(!tg_plan_make(&g, unknown, 1, &p, &err));
    CHECK_STR(err.message, "unknown output 'beat'");
    CHECK_STR(err.hint, "did you mean 'beta'?");
    CHECK_INT(err.code, TG_EXIT_USAGE);
    tg_err_done(&err);
    tg_graph_done(&g);
}

TEST(an_empty_graph_has_an_empty_plan)
{
    struct tg_graph g;
    struct tg_plan p;
    graph_init(&g, 0);
    tg_graph_want(&g, "known", tg_int(3), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    CHECK_INT(p.count, 0);
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(uses_count_consumers_and_outputs)
{
    struct tg_graph g;
    struct tg_plan p;
    graph_init(&g, 0);
    uint32_t text = site_of(&g, &text_def);
    tg_id a = ADD(&g, text, tg_int(1)), b = ADD(&g, text, tg_future(a), tg_future(a)), c = ADD(&g, text, tg_future(b));
    tg_graph_want(&g, "b", tg_future(b), nowhere, NULL);
    tg_graph_want(&g, NULL, tg_future(c), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    CHECK_INT(p.uses[a], 2);
    CHECK_INT(p.uses[b], 2); /* c and the output */
    CHECK_INT(p.uses[c], 0); /* nobody looks at what an effect returns */
    CHECK_INT(p.peak_values, 2);
    tg_plan_done(&p);
    tg_graph_done(&g);
}

/* A layered tree over `leaves` strs. */
static tg_id layered_tree(struct tg_graph *g, uint32_t site, tg_id leaves)
{
    tg_id begin = g->count;
    for (tg_id i = 0; i < leaves; i++) ADD(g, site, tg_int(i));
    for (tg_id width = leaves / 2; width; width /= 2) {
        tg_id next = g->count;
        for (tg_id i = 0; i < width; i++) ADD(g, site, tg_future(begin + 2 * i), tg_future(begin + 2 * i + 1));
        begin = next;
    }
    return g->count - 1;
}

TEST(a_layered_tree_runs_depth_first)
{
    struct tg_graph g;
    struct tg_plan p;
    graph_init(&g, 0);
    tg_graph_want(&g, "top", tg_future(layered_tree(&g, site_of(&g, &text_def), 1 << 16)), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    CHECK(p.order != NULL);
    CHECK_INT(p.count, 2 * (1 << 16) - 1);
    CHECK_INT(p.peak_values, 16 + 2);
    CHECK_INT(tg_order_peak(&g, p.selected, p.order, p.count), p.peak_values);
    uint64_t *seen = tg_bits_new(g.count);
    bool inputs_first = true;
    for (tg_id i = 0; i < p.count; i++) {
        tg_id id = p.order[i];
        for (uint32_t a = tg_graph_arg_begin(&g, id); a < g.arg_end[id]; a++)
            if (tg_arg_is_edge(g.args[a])) inputs_first = inputs_first && tg_bits_get(seen, tg_arg_payload(g.args[a]));
        tg_bits_set(seen, id);
    }
    CHECK(inputs_first);
    tg_bits_free(seen, g.count);
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(a_stencil_stays_in_id_order)
{
    struct tg_graph g;
    struct tg_plan p;
    graph_init(&g, 0);
    uint32_t text = site_of(&g, &text_def);
    tg_id width = 100;
    for (tg_id i = 0; i < width; i++) ADD(&g, text, tg_int(i));
    for (tg_id id = width; id < 100 * width; id++) {
        tg_id above = id - width, left = id % width ? above - 1 : above, right = (id + 1) % width ? above + 1 : above;
        ADD(&g, text, tg_future(left), tg_future(above), tg_future(right));
    }
    for (tg_id i = 0; i < width; i++) tg_graph_want(&g, "last", tg_future(99 * width + i), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    CHECK(p.order == NULL);
    CHECK_INT(p.peak_values, width + 2);
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(scalars_are_not_worth_an_order)
{
    struct tg_graph g;
    struct tg_plan p;
    graph_init(&g, 0);
    tg_graph_want(&g, "top", tg_future(layered_tree(&g, site_of(&g, &add_def), 1 << 12)), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    CHECK(!p.order && !p.uses);
    CHECK_INT(p.peak_values, 0);
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(a_deep_chain_needs_no_stack)
{
    struct tg_graph g;
    struct tg_plan p;
    graph_init(&g, 0);
    uint32_t text = site_of(&g, &text_def);
    tg_id last = ADD(&g, text, tg_int(0));
    for (int i = 0; i < 1000000; i++) last = ADD(&g, text, tg_future(last));
    tg_graph_want(&g, "last", tg_future(last), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    tg_id *order = tg_order_depth_first(p.graph, p.selected, p.count);
    CHECK(order[0] == 0 && order[1000000] == last);
    CHECK_INT(tg_order_peak(p.graph, p.selected, order, p.count), 2);
    tg_block_free(order, p.count * sizeof *order);
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(failures_are_guarded_where_every_way_out_is_caught)
{
    struct tg_graph g;
    struct tg_plan p;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def), try = site_of(&g, &try_def);
    tg_id deep = ADD(&g, add, tg_int(1)); /* reaches the output only through the try */
    tg_id caught = ADD(&g, add, tg_future(deep));
    tg_id shared = ADD(&g, add, tg_int(2)); /* caught, but also used beside it */
    tg_id other = ADD(&g, add, tg_future(shared));
    tg_id fallback = ADD(&g, add, tg_int(3)); /* what a try falls back to is not caught by it */
    tg_id t1 = ADD(&g, try, tg_future(caught), tg_future(fallback)), t2 = ADD(&g, try, tg_future(other), tg_int(0));
    tg_id out = ADD(&g, add, tg_future(t1), tg_future(t2), tg_future(shared));
    tg_graph_want(&g, "out", tg_future(out), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    CHECK(tg_bits_get(p.guarded, deep) && tg_bits_get(p.guarded, caught) && tg_bits_get(p.guarded, other));
    CHECK(!tg_bits_get(p.guarded, shared) && !tg_bits_get(p.guarded, fallback));
    CHECK(!tg_bits_get(p.guarded, t1) && !tg_bits_get(p.guarded, out));
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(edges_are_the_arguments_turned_around)
{
    struct tg_graph g;
    struct tg_plan p;
    struct tg_edges e;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def);
    tg_id a = ADD(&g, add, tg_int(1)), b = ADD(&g, add, tg_future(a)), c = ADD(&g, add, tg_future(a), tg_future(a));
    tg_id d = ADD(&g, add, tg_future(b), tg_future(c));
    tg_graph_want(&g, "d", tg_future(d), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    tg_edges_make(&p, NULL, &e);
    CHECK_INT(e.edge_count, 5);
    CHECK_INT(e.root_count, 1);
    CHECK_INT(e.roots[0], a);
    CHECK_INT(e.begin[a + 1] - e.begin[a], 3);
    CHECK_INT(e.successors[e.begin[a]], b);
    CHECK_INT(e.successors[e.begin[a] + 1], c);
    CHECK_INT(e.successors[e.begin[a] + 2], c);
    CHECK_INT(e.pending[d], 2);
    tg_edges_done(&e);
    uint64_t done[] = {1 << 0 | 1 << 1};
    tg_edges_make(&p, done, &e);
    CHECK_INT(e.edge_count, 1);
    CHECK_INT(e.roots[0], c);
    CHECK_INT(e.pending[d], 1);
    tg_edges_done(&e);
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(many_inputs_are_counted_in_groups)
{
    struct tg_graph g;
    struct tg_plan p;
    struct tg_edges e;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def);
    tg_value args[1001];
    for (int i = 0; i < 1000; i++) args[i] = tg_future(ADD(&g, add, tg_int(i)));
    args[1000] = tg_int(7);
    tg_id sink = tg_graph_add(&g, add, args, 1001, NULL, 0, NULL);
    tg_graph_want(&g, "sink", tg_future(sink), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    tg_edges_make(&p, NULL, &e);
    CHECK_INT(e.root_count, 1000);
    CHECK_INT(e.join_count, 16);
    CHECK_INT(e.pending[sink], 16);
    uint32_t joined = 0;
    bool right = true;
    for (uint32_t i = 0; i < e.join_count; i++) {
        joined += e.joins[i].pending;
        right = right && e.joins[i].task == sink;
    }
    for (tg_id id = 0; id < 1000; id++) right = right && e.successors[e.begin[id]] == e.task_count + id / 64;
    CHECK_INT(joined, 1000);
    CHECK(right);
    tg_edges_done(&e);
    tg_plan_done(&p);
    tg_graph_done(&g);
}
