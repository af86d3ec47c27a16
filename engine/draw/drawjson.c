/* SPDX-License-Identifier: MIT
 * A graph as JSON (docs/formats.md). Expanded: every task, one a line,
 *
 *     {"title": "tree.tg", "tasks": [{"id": 3, "name": "add", "plugin": "math", "args": [{"task": 1}, 2],
 *       "after": [0], "options": {}, "effect": false, "place": {"file": "tree.tg", "line": 7, "column": 12}}],
 *      "outputs": [{"name": "total", "task": 3}, {"name": "n", "value": 8}]}
 *
 * Collapsed: {"title": .., "nodes": [{"id", "name", "plugin", "kind", "count", "effect", "place"}],
 * "edges": [{"from", "to", "count", "after"}]}.
 *
 * Of a command that uses variables of the file, behind "args": "reads": {"depth": 3, "names": {"task": 2}}.
 *
 * What only graphs that grow have is left out elsewhere: "expands": true, "may_use": [{"task": 4}, {"stream": 0}],
 * "may_call": [{"name": "add", "place": ..}], "maybe": true, "added_by": [3] of a task; {"stream": 0} among arguments. Of
 * what was run: "state": "done", "time": NS, "message"; collapsed "states": {"done": 3}, "time". */
#include <string.h>

#include "engine/draw/draw.h"

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

static void add_json_arg(struct tg_buf *b, const struct tg_draw *d, uint32_t arg)
{
    uint32_t stream = tg_needed_arg_stream(&d->needed, arg);
    TG_ASSERT(!tg_arg_is_edge(arg) || tg_arg_payload(arg) < d->plan->graph->count);
    switch (tg_arg_kind(arg)) {
    case TG_ARG_SMALL: tg_buf_format(b, "%lld", (long long)tg_arg_small(arg)); break;
    case TG_ARG_POOL:
        if (stream != TG_NO_NAME) tg_buf_format(b, "{\"stream\": %u}", stream);
        else tg_value_json(b, d->plan->graph->pool.items[tg_arg_payload(arg)], 0);
        break;
    case TG_ARG_TASK: tg_buf_format(b, "{\"task\": %u}", tg_arg_payload(arg)); break;
    case TG_ARG_AFTER: tg_buf_format(b, "%u", tg_arg_payload(arg)); break;
    }
}

enum arg_part { VALUES, AFTER, ADDED_BY };

static enum arg_part part_of(const struct tg_draw *d, uint32_t arg)
{
    if (tg_arg_kind(arg) != TG_ARG_AFTER) return VALUES;
    return tg_draw_added(d, tg_arg_payload(arg)) ? ADDED_BY : AFTER;
}

/* The arguments of one part, but for continuations and variables of the file, behind `begin`, which ends with a bracket;
 * `begin` of an empty part only if `always`. */
static void add_args(struct tg_buf *b, const struct tg_draw *d, tg_id id, enum arg_part part, const char *begin, bool always)
{
    const struct tg_graph *g = d->plan->graph;
    const char *between = begin;
    TG_ASSERT(begin[strlen(begin) - 1] == '[');
    uint32_t written = tg_graph_written_end(g, id), values = tg_graph_values_end(g, id);
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        if (i >= written && i < values) continue;
        if (part_of(d, g->args[i]) != part || tg_site_is_final(tg_graph_site_of(g, id)) ||
            (tg_arg_is_continuation(g, g->args[i]) && tg_task_expands(g, id)))
            continue;
        tg_buf_text(b, between);
        between = ", ";
        add_json_arg(b, d, g->args[i]);
    }
    if (always && between == begin) tg_buf_text(b, begin);
    if (always || between != begin) tg_buf_char(b, ']');
}

/* Variables of the file that a command uses: its last parameters. */
static void add_reads(struct tg_buf *b, const struct tg_draw *d, tg_id id)
{
    const struct tg_graph *g = d->plan->graph;
    const struct tg_sig *sig = &tg_graph_def_of(g, id)->sig;
    uint32_t from = tg_graph_written_end(g, id), end = tg_graph_values_end(g, id);
    for (uint32_t i = from; i < end; i++) {
        tg_buf_text(b, i == from ? ", \"reads\": {" : ", ");
        add_string(b, sig->params[sig->count - (end - i)].name);
        tg_buf_text(b, ": ");
        add_json_arg(b, d, g->args[i]);
    }
    if (from < end) tg_buf_char(b, '}');
}

struct may_call_list {
    struct tg_buf *b;
    const struct tg_draw *d;
    const char *between;
};

static void add_may_call_item(void *to, const char *name, tg_span span)
{
    struct may_call_list *l = to;
    tg_buf_format(l->b, "%s{\"name\": ", l->between);
    add_string(l->b, name);
    add_place(l->b, l->d, span);
    tg_buf_char(l->b, '}');
    l->between = ", ";
}

static void add_may_call_list(struct tg_buf *b, const struct tg_draw *d, tg_id id)
{
    struct may_call_list l = {.b = b, .d = d, .between = ""};
    if (!d->options.may_call) return;
    tg_buf_text(b, ", \"may_call\": [");
    d->options.may_call(d->plan->graph, id, add_may_call_item, &l);
    tg_buf_char(b, ']');
}

/* What only graphs that grow have. */
static void add_growth(struct tg_buf *b, const struct tg_draw *d, tg_id id)
{
    if (d->options.ran) add_args(b, d, id, ADDED_BY, ", \"added_by\": [", false);
    if (tg_needed_maybe(&d->needed, id)) tg_buf_text(b, ", \"maybe\": true");
    if (!tg_task_expands(d->plan->graph, id)) return;
    tg_buf_text(b, ", \"expands\": true");
    if (d->options.ran) return;
    tg_held_list held = {0};
    tg_needed_held(&d->needed, id, &held);
    tg_buf_text(b, ", \"may_use\": [");
    for (size_t i = 0; i < held.count; i++) {
        bool stream = held.items[i].task == TG_NO_TASK;
        tg_buf_format(b, "%s{\"%s\": %u}", i ? ", " : "", stream ? "stream" : "task",
                      stream ? held.items[i].stream : held.items[i].task);
    }
    tg_buf_char(b, ']');
    tg_vec_done(&held);
    add_may_call_list(b, d, id);
}

/* Of what the language adds one option is heeded. */
static void add_task_options(struct tg_buf *b, const struct tg_graph *g, const struct tg_site *site)
{
    bool helper = tg_def_is_helper(site->def), allows = tg_graph_policy_of(g, site)->allow_failure;
    if (site->options && !helper) tg_value_json(b, g->options.items[site->options], 0);
    else tg_buf_text(b, helper && allows ? "{\"allow_failure\":true}" : "{}");
}

/* What has become of it, and how long it was worked at. */
static void add_fate(struct tg_buf *b, const struct tg_draw *d, tg_id id)
{
    struct tg_fate_of of = tg_draw_fate(d, id);
    const char *message = tg_draw_message(d, id);
    tg_buf_format(b, ", \"state\": \"%s\"", tg_paint_word((enum tg_fate)of.fate));
    if (of.busy_ns) tg_buf_format(b, ", \"time\": %llu", (unsigned long long)of.busy_ns);
    if (message) tg_buf_text(b, ", \"message\": "), add_string(b, message);
}

static void add_json_task(struct tg_buf *b, const struct tg_draw *d, tg_id id)
{
    const struct tg_graph *g = d->plan->graph;
    const struct tg_site *site = tg_graph_site_of(g, id);
    tg_buf_format(b, "{\"id\": %u, \"name\": ", id);
    add_string(b, site->def->name);
    add_plugin(b, site->def);
    add_args(b, d, id, VALUES, ", \"args\": [", true);
    add_reads(b, d, id);
    add_args(b, d, id, AFTER, ", \"after\": [", true);
    tg_buf_text(b, ", \"options\": ");
    add_task_options(b, g, site);
    tg_buf_format(b, ", \"effect\": %s", site->def->sig.effect ? "true" : "false");
    add_growth(b, d, id);
    if (d->options.fates) add_fate(b, d, id);
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
        if (!tg_needed_shows(&d->needed, id)) continue;
        tg_buf_text(b, between);
        add_json_task(b, d, id);
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

static void add_tally(struct tg_buf *b, const struct tg_paint_tally *t)
{
    const char *between = ", \"states\": {";
    for (unsigned i = 0; i < TG_FATES; i++) {
        if (!t->of[i]) continue;
        tg_buf_format(b, "%s\"%s\": %u", between, tg_paint_word((enum tg_fate)i), t->of[i]);
        between = ", ";
    }
    tg_buf_format(b, "}, \"time\": %llu", (unsigned long long)t->busy_ns);
}

static void add_json_node(struct tg_buf *b, const struct tg_draw *d, size_t i)
{
    const struct tg_draw_node *n = &d->nodes.items[i];
    tg_buf_format(b, "%s    {\"id\": %zu, \"name\": ", i ? ",\n" : "\n", i);
    add_string(b, n->name);
    add_plugin(b, n->def);
    static const char *const kinds[] = {[TG_DRAW_TASK] = "task", [TG_DRAW_OUTPUT] = "output", [TG_DRAW_STREAM] = "stream"};
    TG_ASSERT((size_t)n->kind < TG_COUNT(kinds) && n->count > 0);
    tg_buf_format(b, ", \"kind\": \"%s\", \"count\": %u, \"effect\": %s", kinds[n->kind], n->count,
                  n->def && n->def->sig.effect ? "true" : "false");
    if (n->expands) tg_buf_text(b, ", \"expands\": true");
    if (n->maybe) tg_buf_text(b, ", \"maybe\": true");
    if (tg_draw_paints(d, n)) add_tally(b, &n->tally);
    add_place(b, d, n->span);
    tg_buf_char(b, '}');
}

static void add_collapsed(const struct tg_draw *d, struct tg_out *out)
{
    struct tg_buf *b = &out->buf;
    tg_buf_text(b, "  \"nodes\": [");
    for (size_t i = 0; i < d->nodes.count; i++, tg_out_step(out)) add_json_node(b, d, i);
    tg_buf_text(b, "\n  ],\n  \"edges\": [");
    for (size_t i = 0; i < d->edges.count; i++, tg_out_step(out)) {
        const struct tg_draw_edge *e = &d->edges.items[i];
        tg_buf_format(b, "%s    {\"from\": %u, \"to\": %u, \"count\": %u, \"after\": %s", i ? ",\n" : "\n", e->from, e->to,
                      e->count, e->link == TG_DRAW_AFTER ? "true" : "false");
        if (e->link == TG_DRAW_MAY_USE) tg_buf_text(b, ", \"may_use\": true");
        if (e->link == TG_DRAW_ADDED) tg_buf_text(b, ", \"added\": true");
        tg_buf_char(b, '}');
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
