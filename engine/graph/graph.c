/* SPDX-License-Identifier: MIT
 * The graph's storage: columns and tables that never move, and the tables beside them. */
#include "engine/graph/graph.h"

#include "engine/base/limits.h"

/* Arguments a graph has address space for, per task it may have; sinks of many arguments are rare enough. */
#define ARGS_PER_TASK 8
#define ARGS_MIN ((size_t)1 << 26)

/* Sites and options beyond one per task: a workflow may have more calls than tasks. */
#define SITES_MORE ((size_t)1 << 22)

static size_t max_args(tg_id max_tasks)
{
    size_t n = (size_t)max_tasks * ARGS_PER_TASK;
    if (n < ARGS_MIN) n = ARGS_MIN;
    return n < UINT32_MAX ? n : UINT32_MAX - 1;
}

void tg_graph_init(struct tg_graph *g, tg_id max_tasks)
{
    *g = (struct tg_graph){0};
    if (max_tasks == 0) max_tasks = TG_DEFAULT_MAX_TASKS;
    g->max_tasks = max_tasks < TG_MAX_TASKS ? max_tasks : TG_MAX_TASKS;
    tg_column_init(&g->site_column, (size_t)g->max_tasks * sizeof *g->sites);
    tg_column_init(&g->end_column, ((size_t)g->max_tasks + 1) * sizeof *g->arg_end);
    tg_column_init(&g->arg_column, max_args(g->max_tasks) * sizeof *g->args);
    tg_column_reach(&g->end_column, sizeof *g->arg_end); /* arg_end[-1] */
    g->sites = (uint32_t *)g->site_column.base;
    g->arg_end = (uint32_t *)g->end_column.base + 1;
    g->args = (uint32_t *)g->arg_column.base;
    tg_column_init(&g->site_table_column, (g->max_tasks + SITES_MORE) * sizeof *g->site_table.items);
    tg_column_init(&g->option_column, (g->max_tasks + SITES_MORE) * sizeof *g->options.items);
    tg_column_need(&g->site_table_column, sizeof *g->site_table.items);
    tg_column_need(&g->option_column, sizeof *g->options.items);
    g->site_table.items = (struct tg_site *)g->site_table_column.base;
    g->options.items = (tg_value *)g->option_column.base;
    g->site_table.count = g->options.count = 1;
}

void tg_graph_done(struct tg_graph *g)
{
    tg_value_unref_all(g->pool.items, g->pool.count);
    tg_value_unref_all(g->options.items, g->options.count);
    for (size_t i = 0; i < g->wanted.count; i++) tg_value_unref(g->wanted.items[i].value);
    tg_value_unref(g->gathered);
    tg_vec_done(&g->pool);
    tg_vec_done(&g->wanted);
    tg_vec_done(&g->puts);
    tg_column_done(&g->site_table_column);
    tg_column_done(&g->option_column);
    tg_column_done(&g->site_column);
    tg_column_done(&g->end_column);
    tg_column_done(&g->arg_column);
    *g = (struct tg_graph){0};
}
