/* SPDX-License-Identifier: MIT
 * A graph as JSON (docs/formats.md). Expanded: every task, one a line,
 *
 *     {"title": "tree.tg", "tasks": [{"id": 3, "name": "add", "plugin": "math", "args": [{"task": 1}, 2],
 *       "after": [0], "options": {}, "effect": false, "place": {"file": "tree.tg", "line": 7, "column": 12}}],
 *      "outputs": [{"name": "total", "task": 3}, {"name": "n", "value": 8}]}
 *
 * Collapsed: {"title": .., "nodes": [{"id", "name", "plugin", "kind", "count", "effect", "place"}],
 * "edges": [{"from", "to", "count", "after"}]}. */
#include <string.h>

#include "engine/watch/draw.h"

static void add_string(struct tg_buf *b, const char *text)
{
    tg_buf_json_string(b, text, strlen(text));
}

static void add_plugin(struct tg_buf *b, const struct tg_def *def)
{
    tg_buf_text(b, ", \"plugin\": ");
    if (def && def->plugin) add_string(b, def->plugin);
    else tg_buf_text(b, "null");
}

static void add_place(struct tg_buf *b, const struct tg_draw *d, tg_span span)
{
    struct tg_draw_place place;
    tg_buf_text(b, ", \"place\": ");
    if (!tg_draw_place(&d->options, span, &place)) {
        tg_buf_text(b, "null");
        return;
    }
    tg_buf_text(b, "{\"file\": ");
    add_string(b, place.file);
    tg_buf_format(b, ", \"line\": %u, \"column\": %u}", place.line, place.column);
}

/* ---- expanded ------------------------------------------------------------------------------------ */

static void add_arg(struct tg_buf *b, const struct tg_graph *g, uint32_t arg)
{
    switch (tg_arg_kind(arg)) {
    case TG_ARG_SMALL: tg_buf_format(b, "%lld", (long long)tg_arg_small(arg)); break;
    case TG_ARG_POOL: tg_value_json(b, g->pool.items[tg_arg_payload(arg)], 0); break;
    case TG_ARG_TASK: tg_buf_format(b, "{\"task\": %u}", tg_arg_payload(arg)); break;
    case TG_ARG_AFTER: tg_buf_format(b, "%u", tg_arg_payload(arg)); break;
    }
}

/* The arguments from i on that are (or are not) TG_ARG_AFTER; the index behind them. */
static uint32_t add_args(struct tg_buf *b, const struct tg_graph *g, tg_id id, uint32_t i, bool after)
{
    uint32_t begin = i;
    for (; i < g->arg_end[id] && (tg_arg_kind(g->args[i]) == TG_ARG_AFTER) == after; i++) {
        if (i > begin) tg_buf_text(b, ", ");
        add_arg(b, g, g->args[i]);
    }
    return i;
}

static void add_task(struct tg_buf *b, const struct tg_draw *d, tg_id id)
{
    const struct tg_graph *g = d->plan->graph;
    const struct tg_site *site = tg_graph_site_of(g, id);
    tg_buf_format(b, "{\"id\": %u, \"name\": ", id);
    add_string(b, site->def->name);
    add_plugin(b, site->def);
    tg_buf_text(b, ", \"args\": [");
    uint32_t i = add_args(b, g, id, tg_graph_arg_begin(g, id), false);
    tg_buf_text(b, "], \"after\": [");
    add_args(b, g, id, i, true);
    tg_buf_text(b, "], \"options\": ");
    if (site->options) tg_value_json(b, g->options.items[site->options], 0);
    else tg_buf_text(b, "{}");
    tg_buf_format(b, ", \"effect\": %s", site->def->sig.effect ? "true" : "false");
    add_place(b, d, site->span);
    tg_buf_char(b, '}');
}

static void add_output(struct tg_buf *b, const struct tg_wanted *w)
{
    tg_buf_text(b, "{\"name\": ");
    add_string(b, w->name);
    if (w->task != TG_NO_TASK) {
        tg_buf_format(b, ", \"task\": %u}", w->task);
        return;
    }
    tg_buf_text(b, ", \"value\": ");
    tg_value_json(b, w->value, 0);
    tg_buf_char(b, '}');
}

static void add_expanded(const struct tg_draw *d, struct tg_out *out)
{
    const struct tg_graph *g = d->plan->graph;
    struct tg_buf *b = &out->buf;
    const char *between = "\n    ";
    tg_buf_text(b, "  \"tasks\": [");
    for (tg_id id = 0; id < g->count; id++) {
        if (!tg_plan_needs(d->plan, id)) continue;
        tg_buf_text(b, between);
        add_task(b, d, id);
        between = ",\n    ";
        tg_out_step(out);
    }
    tg_buf_text(b, "\n  ],\n  \"outputs\": [");
    between = "\n    ";
    for (size_t i = 0; i < g->wanted.count; i++) {
        if (!tg_draw_shows(&d->options, g->wanted.items[i].name)) continue;
        tg_buf_text(b, between);
        add_output(b, &g->wanted.items[i]);
        between = ",\n    ";
        tg_out_step(out);
    }
    tg_buf_text(b, "\n  ]\n");
}

/* ---- collapsed ----------------------------------------------------------------------------------- */

static void add_node(struct tg_buf *b, const struct tg_draw *d, size_t i)
{
    const struct tg_draw_node *n = &d->nodes.items[i];
    tg_buf_format(b, "%s    {\"id\": %zu, \"name\": ", i ? ",\n" : "\n", i);
    add_string(b, n->name);
    add_plugin(b, n->def);
    tg_buf_format(b, ", \"kind\": \"%s\", \"count\": %u, \"effect\": %s", n->kind == TG_DRAW_TASK ? "task" : "output",
                  n->count, n->def && n->def->sig.effect ? "true" : "false");
    add_place(b, d, n->span);
    tg_buf_char(b, '}');
}

static void add_collapsed(const struct tg_draw *d, struct tg_out *out)
{
    struct tg_buf *b = &out->buf;
    tg_buf_text(b, "  \"nodes\": [");
    for (size_t i = 0; i < d->nodes.count; i++, tg_out_step(out)) add_node(b, d, i);
    tg_buf_text(b, "\n  ],\n  \"edges\": [");
    for (size_t i = 0; i < d->edges.count; i++, tg_out_step(out)) {
        const struct tg_draw_edge *e = &d->edges.items[i];
        tg_buf_format(b, "%s    {\"from\": %u, \"to\": %u, \"count\": %u, \"after\": %s}", i ? ",\n" : "\n", e->from, e->to,
                      e->count, e->after ? "true" : "false");
    }
    tg_buf_text(b, "\n  ]\n");
}

void tg_draw_json(const struct tg_draw *d, struct tg_out *out)
{
    tg_buf_text(&out->buf, "{\n  \"title\": ");
    add_string(&out->buf, d->options.title ? d->options.title : "");
    tg_buf_text(&out->buf, ",\n");
    if (d->options.collapse) add_collapsed(d, out);
    else add_expanded(d, out);
    tg_buf_text(&out->buf, "}\n");
}
