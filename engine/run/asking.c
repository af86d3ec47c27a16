/* SPDX-License-Identifier: MIT
 * Arguments are collected as for a task that runs. A node is claimed meanwhile as one that runs: who gives it up would take
 * its inputs away. */
#include "engine/run/asking.h"

#include <stdlib.h>

#include "engine/run/task.h"

struct asking_args {
    tg_value few[TG_FEW_ARGS], *args;
    size_t count;
    bool fits;
};

static void init_asking(struct asking_args *a, size_t inputs)
{
    *a = (struct asking_args){.fits = true};
    a->args = inputs > TG_FEW_ARGS ? tg_alloc(inputs * sizeof *a->args) : a->few;
}

static void add_arg(struct asking_args *a, const struct tg_site *site, tg_value v)
{
    if (tg_kind(v) == TG_FAILED || tg_task_refuses(site, a->count, v)) a->fits = false;
    a->args[a->count++] = v;
}

static void collect_of_node(struct asking_args *a, const struct tg_nodes *nodes, const struct tg_node *n)
{
    init_asking(a, n->input_count);
    for (uint32_t i = 0; i < n->input_count; i++) {
        const struct tg_input *in = &tg_node_inputs_of(n)[i];
        bool edge = tg_input_is_edge(in), only_after = edge && in->v.tag & TG_ONLY_AFTER;
        if (!only_after) add_arg(a, n->site, edge ? nodes->items[in->v.bits].value : in->v);
        else if (tg_kind(nodes->items[in->v.bits].value) == TG_FAILED) a->fits = false;
    }
}

static void collect_of_column(struct asking_args *a, const struct tg_run *run, tg_id id)
{
    const struct tg_graph *g = run->graph;
    uint32_t begin = tg_graph_arg_begin(g, id), end = g->arg_end[id];
    init_asking(a, end - begin);
    for (uint32_t i = begin; i < end && tg_arg_kind(g->args[i]) != TG_ARG_AFTER; i++)
        add_arg(a, tg_graph_site_of(g, id), tg_task_arg(run, g->args[i]));
}

static enum tg_asking ask_def(struct asking_args *a, const struct tg_graph *g, const struct tg_site *site, uint32_t attempt,
                              struct tg_policy *policy, struct tg_err *err)
{
    enum tg_asking answer = TG_ASKING_KNOWN;
    const struct tg_def *def = site->def;
    if (!a->fits) answer = TG_ASKING_NOTHING;
    else if (!def->asks(def, g->options.items[site->options], a->args, a->count, attempt, policy, err))
        answer = TG_ASKING_FAILED;
    if (a->args != a->few) free(a->args);
    return answer;
}

static enum tg_asking ask_of_node(struct tg_worker *w, tg_id id, uint32_t attempt, struct tg_policy *policy, struct tg_err *err)
{
    struct tg_node *n = &w->nodes->items[id];
    struct asking_args a;
    bool ends;
    if (!tg_node_begin(w, n, &ends)) return ends ? TG_ASKING_NOTHING : TG_ASKING_GONE;
    collect_of_node(&a, w->nodes, n);
    enum tg_asking answer = ask_def(&a, w->nodes->graph, n->site, attempt, policy, err);
    if (tg_node_rest(w->nodes, id)) return answer;
    tg_err_done(err);
    return TG_ASKING_NOTHING;
}

enum tg_asking tg_asking_policy(struct tg_worker *w, tg_id id, uint32_t attempt, struct tg_policy *policy, struct tg_err *err)
{
    const struct tg_graph *g = w->run->graph;
    const struct tg_site *site = tg_run_site_of(w->run, id);
    *policy = *tg_graph_policy_of(g, site);
    if (!policy->late || !site->def->asks) return TG_ASKING_KNOWN;
    if (w->nodes) return ask_of_node(w, id, attempt, policy, err);
    struct asking_args a;
    collect_of_column(&a, w->run, id);
    return ask_def(&a, g, site, attempt, policy, err);
}
