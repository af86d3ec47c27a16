/* SPDX-License-Identifier: MIT
 * The model behind every picture of a graph.
 *
 * Expanded, a node is a task. Collapsed, it is all tasks of one call in the source, however many sites the call has;
 * and where a (generated) source has more calls than fit a picture, all tasks of one name. Edges between the same two
 * nodes become one with a count: found through a table by (from, to) in a collapsed picture, and by looking at the few
 * edges of the same task in an expanded one. At the end edges are sorted by their target, arguments in order, which is
 * what the text form walks.
 *
 * A stream is a node, and the tasks that put something into it are drawn as edges to it. Collapsed, streams whose first
 * one was put in by the same call are one node. */
#include "engine/draw/draw.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/path.h"
#include "engine/grow/stream.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

#define DETAIL_BYTES 40  /* of arguments in a label */
#define MERGED_OUTPUTS 4 /* collapsed: from so many outputs of one node on, they become one */
#define LOOKED_AT 64     /* expanded: of the edges of one task, for one that is alike */
#define NOT_DRAWN UINT32_MAX

/* What building needs beside the result. */
struct builder {
    struct tg_draw *d;
    const struct tg_graph *g;
    uint32_t *class_of;     /* collapsed: by site, a number for what becomes one node; else NULL */
    bool by_name;           /* ... where a class is all tasks of a name */
    uint32_t *node_of;      /* by task (expanded) or by class (collapsed) */
    uint32_t *stream_node;  /* by stream */
    uint32_t loose_streams; /* collapsed: the node of the streams that nothing is put into before the run */
    tg_held_list held;      /* of the expansion point that is being looked at */
    struct tg_table table;  /* collapsed: of edges */
};

/* ---- arguments ----------------------------------------------------------------------------------- */

/* A constant; of a path that is too long the end, which tells more than the beginning. */
static void add_constant(struct tg_buf *b, tg_value v, size_t max_bytes)
{
    const struct tg_str *path = tg_kind(v) == TG_FILE ? tg_str_of(v) : NULL;
    const char *name = path && path->length + 2 > max_bytes ? tg_path_name(path->data) : "";
    if (!*name || name == path->data) {
        tg_value_repr(b, v, max_bytes);
        return;
    }
    tg_value end = tg_str_make(TG_FILE, name, strlen(name));
    tg_value_repr(b, end, max_bytes);
    tg_value_unref(end);
}

/* One argument; true if it is known. */
static bool print_arg(struct tg_buf *b, const struct tg_graph *g, uint32_t arg, const char *future, size_t max_bytes)
{
    switch (tg_arg_kind(arg)) {
    case TG_ARG_SMALL: tg_buf_format(b, "%lld", (long long)tg_arg_small(arg)); return true;
    case TG_ARG_POOL:
        if (tg_is_stream(g->pool.items[tg_arg_payload(arg)])) break;
        add_constant(b, g->pool.items[tg_arg_payload(arg)], max_bytes);
        return true;
    default: break;
    }
    tg_buf_text(b, future);
    return false;
}

void tg_draw_args(struct tg_buf *b, const struct tg_graph *g, tg_id task, const char *future, size_t max_bytes)
{
    size_t start = b->length;
    uint32_t begin = tg_graph_arg_begin(g, task), end = tg_graph_written_end(g, task);
    bool known = false;
    tg_buf_char(b, '(');
    for (uint32_t i = begin; i < end; i++) {
        if (i > begin) tg_buf_text(b, ", ");
        if (b->length - start > max_bytes) {
            tg_buf_text(b, "...");
            break;
        }
        known |= print_arg(b, g, g->args[i], future, max_bytes / 2);
    }
    tg_buf_char(b, ')');
    if (known) return;
    b->length = start;
    b->data[start] = 0;
}

/* ---- nodes --------------------------------------------------------------------------------------- */

static char *keep(struct tg_draw *d, struct tg_buf *b)
{
    tg_secrets_hide(d->options.secrets, b, 0); /* before they are quoted in ways of their own */
    char *text = tg_arena_copy(&d->arena, tg_buf_str(b), b->length);
    tg_buf_done(b);
    return text;
}

/* The plugin's colour. */
static int color_of(struct tg_draw *d, const struct tg_def *def)
{
    const char *plugin = def->plugin ? def->plugin : "";
    if (strcmp(plugin, "core") == 0) return -1;
    for (size_t i = 0; i < d->plugins.count; i++)
        if (strcmp(d->plugins.items[i], plugin) == 0) return (int)i;
    tg_vec_push(&d->plugins, plugin);
    return (int)d->plugins.count - 1;
}

/* The option `label`, or the task's name. */
static const char *name_of(struct tg_draw *d, const struct tg_graph *g, const struct tg_site *site)
{
    if (!site->options) return site->def->name;
    const tg_value *label = tg_record_find(g->options.items[site->options], "label", 5);
    if (!label || tg_kind(*label) != TG_STR) return site->def->name;
    const struct tg_str *text = tg_str_of(*label);
    struct tg_buf shown = {0};
    tg_buf_add(&shown, text->data, text->length);
    return keep(d, &shown);
}

/* " \u2026 line 7" of a `for`, " \u2026 lib.tg:7" of one in another file. */
static void add_line(struct tg_buf *b, const struct tg_draw_options *options, tg_span span)
{
    struct tg_draw_place place;
    tg_buf_text(b, " \u2026");
    if (!tg_draw_place(options, span, &place)) return;
    const char *name = tg_path_name(place.file);
    if (options->title && strcmp(place.file, options->title) == 0) tg_buf_format(b, " line %u", place.line);
    else tg_buf_format(b, " %s:%u", *name ? name : place.file, place.line);
}

static char *detail_of(const struct builder *b, tg_id id)
{
    const struct tg_site *site = tg_graph_site_of(b->g, id);
    struct tg_buf detail = {0};
    if (tg_site_is_construct(site)) add_line(&detail, &b->d->options, b->by_name ? (tg_span){0, 0} : site->span);
    else if (!b->d->options.collapse) tg_draw_args(&detail, b->g, id, "\u2026", DETAIL_BYTES);
    return keep(b->d, &detail);
}

static uint32_t new_task_node(struct builder *b, tg_id id)
{
    struct tg_draw *d = b->d;
    const struct tg_site *site = tg_graph_site_of(b->g, id);
    bool construct = tg_site_is_construct(site);
    struct tg_draw_node n = {.kind = TG_DRAW_TASK,
                             .name = name_of(d, b->g, site),
                             .detail = detail_of(b, id),
                             .def = site->def,
                             .task = id,
                             .count = 1,
                             .color = construct ? -1 : color_of(d, site->def),
                             .expands = tg_task_expands(b->g, id),
                             .maybe = !tg_needed_sure(&d->needed, id),
                             .span = site->span};
    tg_vec_push(&d->nodes, n);
    return (uint32_t)d->nodes.count - 1;
}

/* Where the node of a task is noted that is none of a stream's. */
static uint32_t *entry_of(const struct builder *b, tg_id id)
{
    return &b->node_of[b->class_of ? b->class_of[b->g->sites[id]] : id];
}

/* The stream that stands for the task; TG_NO_NAME: none. */
static uint32_t stream_of(const struct builder *b, tg_id id)
{
    if (tg_task_expands(b->g, id)) return TG_NO_NAME;
    return tg_needed_put_stream(&b->d->needed, id);
}

static uint32_t node_of(const struct builder *b, tg_id id)
{
    for (tg_id from; (from = tg_needed_passes(b->g, id)) != TG_NO_TASK;) id = from;
    uint32_t stream = stream_of(b, id);
    return stream == TG_NO_NAME ? *entry_of(b, id) : b->stream_node[stream];
}

/* A further task of a node. */
static void join_node(const struct builder *b, struct tg_draw_node *n, tg_id id)
{
    TG_ASSERT(b->class_of && n->kind != TG_DRAW_OUTPUT);
    n->count++;
    n->maybe &= !tg_needed_sure(&b->d->needed, id);
}

static void take_task(struct builder *b, tg_id id)
{
    if (stream_of(b, id) != TG_NO_NAME) return;
    uint32_t *node = entry_of(b, id);
    if (*node == NOT_DRAWN) *node = new_task_node(b, id);
    else join_node(b, &b->d->nodes.items[*node], id);
    struct tg_draw *d = b->d;
    if (d->options.fates) tg_paint_add(&d->nodes.items[*node].tally, tg_draw_fate(d, id), tg_draw_message(d, id));
}

/* ---- streams ------------------------------------------------------------------------------------- */

/* The stream's first put; TG_NO_TASK if there is none. */
static tg_id first_put(const struct builder *b, uint32_t stream)
{
    uint32_t first = b->d->needed.puts[stream];
    return first ? b->g->puts.items[first - 1].task : TG_NO_TASK;
}

/* Where the node is noted that a stream is one with. */
static uint32_t *stream_entry(struct builder *b, uint32_t stream)
{
    tg_id put = first_put(b, stream);
    if (!b->class_of) return &b->stream_node[stream];
    if (put == TG_NO_TASK || stream_of(b, put) == TG_NO_NAME) return &b->loose_streams;
    return entry_of(b, put);
}

static void take_stream(struct builder *b, uint32_t stream)
{
    TG_ASSERT(stream == TG_NO_NAME || stream < b->d->needed.streams.names.count);
    if (stream == TG_NO_NAME || b->stream_node[stream] != NOT_DRAWN) return;
    struct tg_draw *d = b->d;
    uint32_t *node = stream_entry(b, stream);
    if (*node != NOT_DRAWN) {
        d->nodes.items[*node].count++;
    } else {
        tg_id put = first_put(b, stream);
        tg_span span = put == TG_NO_TASK ? (tg_span){0, 0} : tg_graph_site_of(b->g, put)->span;
        tg_vec_push(&d->nodes, ((struct tg_draw_node){.kind = TG_DRAW_STREAM,
                                                      .name = "stream",
                                                      .detail = "",
                                                      .task = TG_NO_TASK,
                                                      .count = 1,
                                                      .color = -1,
                                                      .span = span}));
        *node = (uint32_t)d->nodes.count - 1;
    }
    b->stream_node[stream] = *node;
}

/* Makes the nodes of all streams that a task names or holds. */
static void take_streams(struct builder *b, tg_id id)
{
    const struct tg_needed *r = &b->d->needed;
    for (uint32_t i = tg_graph_arg_begin(b->g, id); i < b->g->arg_end[id]; i++)
        take_stream(b, tg_needed_arg_stream(r, b->g->args[i]));
    if (!tg_task_expands(b->g, id)) return;
    tg_needed_held(r, id, &b->held);
    for (size_t i = 0; i < b->held.count; i++) take_stream(b, b->held.items[i].stream);
}

/* ---- collapsing ---------------------------------------------------------------------------------- */

/* A site, for sorting equal calls together. */
struct call {
    const struct tg_def *def;
    tg_span span; /* {0, 0} where only the name counts */
    uint32_t site;
};

/* A construct with effects and one without have two definitions of one name. */
static int compare_names(const struct tg_def *a, const struct tg_def *b)
{
    int plugins = strcmp(a->plugin ? a->plugin : "", b->plugin ? b->plugin : "");
    return plugins ? plugins : strcmp(a->name, b->name);
}

static int compare_calls(const void *va, const void *vb)
{
    const struct call *a = va, *b = vb;
    int names = a->def == b->def ? 0 : compare_names(a->def, b->def);
    if (names) return names;
    if (a->span.start != b->span.start) return a->span.start < b->span.start ? -1 : 1;
    return (a->span.end > b->span.end) - (a->span.end < b->span.end);
}

/* Numbers the classes of equal calls; returns how many there are. */
static size_t number_classes(struct builder *b, struct call *calls, size_t count)
{
    size_t classes = 0;
    if (count) qsort(calls, count, sizeof *calls, compare_calls);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_calls(&calls[i - 1], &calls[i]) != 0) classes++;
        TG_ASSERT(calls[i].site < b->g->site_table.count);
        b->class_of[calls[i].site] = (uint32_t)classes;
    }
    return classes + 1;
}

static void make_classes(struct builder *b)
{
    const struct tg_graph *g = b->g;
    size_t sites = g->site_table.count, count = 0;
    b->class_of = tg_alloc((sites + 1) * sizeof *b->class_of);
    memset(b->class_of, 0xff, (sites + 1) * sizeof *b->class_of);
    struct call *calls = tg_alloc((sites + 1) * sizeof *calls);
    for (tg_id id = 0; id < g->count; id++) {
        uint32_t site = g->sites[id];
        if (b->class_of[site] == 0 || !tg_needed_shows(&b->d->needed, id)) continue;
        b->class_of[site] = 0; /* seen */
        calls[count++] = (struct call){tg_graph_def_of(g, id), tg_graph_site_of(g, id)->span, site};
    }
    if (number_classes(b, calls, count) > TG_DRAW_AUTO) {
        b->by_name = true;
        for (size_t i = 0; i < count; i++) calls[i].span = (tg_span){0, 0};
        number_classes(b, calls, count);
    }
    free(calls);
}

/* ---- edges --------------------------------------------------------------------------------------- */

static bool is_edge(const void *edges, uint32_t number, const void *wanted)
{
    const struct tg_draw_edge *a = &((const struct tg_draw_edge *)edges)[number], *b = wanted;
    return a->from == b->from && a->to == b->to && a->link == b->link;
}

/* An edge of a collapsed picture that is like this one; else this one will be found from now on. */
static uint32_t find_collapsed(struct builder *b, const struct tg_draw_edge *e)
{
    TG_ASSERT(e->from < 1u << 30); /* two bits are left for the link */
    uint32_t hash = tg_table_hash((uint64_t)e->to << 32 ^ (uint64_t)e->from << 2 ^ e->link);
    tg_table_reserve(&b->table);
    struct tg_table_slot *slot = tg_table_slot(&b->table, hash, is_edge, b->d->edges.items, e);
    if (slot->number_plus_1) return slot->number_plus_1 - 1;
    tg_table_take(&b->table, slot, hash, (uint32_t)b->d->edges.count);
    return TG_TABLE_NONE;
}

/* An edge of the same task that is like this one, from first_of_task on; of very many, only the last are looked at. */
static uint32_t find_expanded(const struct builder *b, const struct tg_draw_edge *e, uint32_t first_of_task)
{
    size_t count = b->d->edges.count, first = count > LOOKED_AT ? count - LOOKED_AT : 0;
    if (first < first_of_task) first = first_of_task;
    for (size_t i = count; i-- > first;)
        if (is_edge(b->d->edges.items, (uint32_t)i, e)) return (uint32_t)i;
    return TG_TABLE_NONE;
}

static void take_edge(struct builder *b, uint32_t from, uint32_t to, enum tg_draw_link link, uint32_t first_of_task)
{
    TG_ASSERT(from < b->d->nodes.count && to < b->d->nodes.count);
    struct tg_draw_edge e = {from, to, 1, link};
    uint32_t same = b->class_of ? find_collapsed(b, &e) : find_expanded(b, &e, first_of_task);
    if (same == TG_TABLE_NONE) tg_vec_push(&b->d->edges, e);
    else b->d->edges.items[same].count++;
}

static void take_args(struct builder *b, tg_id id)
{
    const struct tg_graph *g = b->g;
    uint32_t to = node_of(b, id), first = (uint32_t)b->d->edges.count, into = tg_needed_put_stream(&b->d->needed, id);
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        enum tg_arg_kind kind = tg_arg_kind(g->args[i]);
        tg_id from = tg_arg_payload(g->args[i]);
        uint32_t stream = tg_needed_arg_stream(&b->d->needed, g->args[i]);
        if (kind == TG_ARG_TASK) take_edge(b, node_of(b, from), to, TG_DRAW_VALUE, first);
        if (kind == TG_ARG_AFTER)
            take_edge(b, node_of(b, from), to, tg_draw_added(b->d, from) ? TG_DRAW_ADDED : TG_DRAW_AFTER, first);
        if (stream != TG_NO_NAME && stream != into) take_edge(b, b->stream_node[stream], to, TG_DRAW_VALUE, first);
    }
    if (into != TG_NO_NAME && b->stream_node[into] != to)
        take_edge(b, to, b->stream_node[into], TG_DRAW_VALUE, (uint32_t)b->d->edges.count);
}

static void take_held(struct builder *b, tg_id id)
{
    if (!tg_task_expands(b->g, id)) return;
    uint32_t to = node_of(b, id), first = (uint32_t)b->d->edges.count, into = tg_needed_put_stream(&b->d->needed, id);
    tg_needed_held(&b->d->needed, id, &b->held);
    for (size_t i = 0; i < b->held.count; i++) {
        const struct tg_held *h = &b->held.items[i];
        if (h->task != TG_NO_TASK) take_edge(b, node_of(b, h->task), to, TG_DRAW_MAY_USE, first);
        else if (h->stream != into) take_edge(b, b->stream_node[h->stream], to, TG_DRAW_MAY_USE, first);
    }
}

/* ---- outputs ------------------------------------------------------------------------------------- */

/* Collapsed: the last output node of the same task node, to be counted up. */
static uint32_t merge_output(const struct builder *b, uint32_t from, size_t first_output)
{
    uint32_t last = NOT_DRAWN, count = 0;
    for (size_t i = b->d->edges.count; i > 0 && b->d->edges.items[i - 1].to >= first_output; i--)
        if (b->d->edges.items[i - 1].from == from) {
            if (last == NOT_DRAWN) last = b->d->edges.items[i - 1].to;
            count++;
        }
    return count >= MERGED_OUTPUTS ? last : NOT_DRAWN;
}

static void take_output(struct builder *b, const struct tg_wanted *w, size_t first_output)
{
    struct tg_draw *d = b->d;
    struct tg_draw_node n = {
        .kind = TG_DRAW_OUTPUT, .name = w->name, .task = TG_NO_TASK, .count = 1, .color = -1, .span = w->span, .detail = ""};
    uint32_t from = w->task == TG_NO_TASK ? NOT_DRAWN : node_of(b, w->task);
    if (from == NOT_DRAWN) {
        struct tg_buf known = {0};
        tg_buf_text(&known, " = ");
        tg_value_repr(&known, w->value, DETAIL_BYTES);
        n.detail = keep(d, &known);
    }
    uint32_t merged = d->options.collapse && from != NOT_DRAWN ? merge_output(b, from, first_output) : NOT_DRAWN;
    TG_ASSERT(merged == NOT_DRAWN || d->nodes.items[merged].kind == TG_DRAW_OUTPUT);
    if (merged != NOT_DRAWN) {
        d->nodes.items[merged].count++;
        return;
    }
    tg_vec_push(&d->nodes, n);
    if (from != NOT_DRAWN)
        tg_vec_push(&d->edges, ((struct tg_draw_edge){from, (uint32_t)d->nodes.count - 1, 1, TG_DRAW_VALUE}));
}

bool tg_draw_shows(const struct tg_draw_options *options, const char *output)
{
    if (!output) return false;
    for (size_t i = 0; i < options->output_count; i++)
        if (strcmp(options->outputs[i], output) == 0) return true;
    return options->output_count == 0;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

/* Sorts edges by target, stably (counting), and sets first_edge. */
static void sort_edges(struct tg_draw *d)
{
    size_t nodes = d->nodes.count, count = d->edges.count;
    d->first_edge = tg_alloc_zero((nodes + 2) * sizeof *d->first_edge);
    for (size_t i = 0; i < count; i++) d->first_edge[d->edges.items[i].to + 2]++;
    for (size_t n = 2; n < nodes + 2; n++) d->first_edge[n] += d->first_edge[n - 1];
    TG_ASSERT(d->first_edge[nodes + 1] == count);
    struct tg_draw_edge *sorted = tg_alloc((count + 1) * sizeof *sorted);
    for (size_t i = 0; i < count; i++) sorted[d->first_edge[d->edges.items[i].to + 1]++] = d->edges.items[i];
    TG_ASSERT(d->first_edge[0] == 0 && d->first_edge[nodes] == count);
    if (count) memcpy(d->edges.items, sorted, count * sizeof *sorted);
    free(sorted);
}

void tg_draw_init(struct tg_draw *d, const struct tg_plan *plan, const struct tg_draw_options *options)
{
    TG_ASSERT(plan->graph);
    *d = (struct tg_draw){.plan = plan, .options = *options};
    tg_needed_make(&d->needed, plan, options->ran);
}

static bool is_drawn(const struct builder *b, tg_id id)
{
    return tg_needed_shows(&b->d->needed, id) && tg_needed_passes(b->g, id) == TG_NO_TASK;
}

static void take_tasks(struct builder *b)
{
    const struct tg_needed *r = &b->d->needed;
    for (tg_id id = 0; id < b->g->count; id++) {
        if (!is_drawn(b, id)) continue;
        if (r->streams.names.count) take_streams(b, id);
        take_task(b, id);
    }
    for (tg_id id = 0; id < b->g->count; id++) {
        if (!is_drawn(b, id)) continue;
        take_args(b, id);
        take_held(b, id);
    }
}

void tg_draw_make(struct tg_draw *d)
{
    const struct tg_graph *g = d->plan->graph;
    size_t keys = d->options.collapse ? g->site_table.count : g->count, streams = d->needed.streams.names.count;
    struct builder b = {.d = d,
                        .g = g,
                        .node_of = tg_alloc((keys + 1) * sizeof(uint32_t)),
                        .stream_node = tg_alloc((streams + 1) * sizeof(uint32_t)),
                        .loose_streams = NOT_DRAWN};
    if (d->options.collapse) make_classes(&b);
    memset(b.node_of, 0xff, (keys + 1) * sizeof(uint32_t));
    memset(b.stream_node, 0xff, (streams + 1) * sizeof(uint32_t));
    take_tasks(&b);
    size_t first_output = d->nodes.count;
    TG_ASSERT(b.class_of || d->nodes.count <= g->count + streams);
    for (size_t i = 0; i < g->wanted.count; i++)
        if (tg_draw_shows(&d->options, g->wanted.items[i].name)) take_output(&b, &g->wanted.items[i], first_output);
    sort_edges(d);
    for (size_t i = 0; i < d->nodes.count; i++) tg_paint_measure(&d->scale, &d->nodes.items[i].tally);
    tg_paint_settle(&d->scale);
    tg_vec_done(&b.held);
    free(b.class_of);
    free(b.node_of);
    free(b.stream_node);
    tg_table_done(&b.table);
}

void tg_draw_done(struct tg_draw *d)
{
    tg_needed_done(&d->needed);
    tg_vec_done(&d->nodes);
    tg_vec_done(&d->edges);
    tg_vec_done(&d->plugins);
    free(d->first_edge);
    tg_arena_done(&d->arena);
    *d = (struct tg_draw){0};
}

struct tg_fate_of tg_draw_fate(const struct tg_draw *d, tg_id id)
{
    const tg_id *known_as = d->options.fate_of;
    return tg_fates_of(d->options.fates, known_as ? known_as[id] : id);
}

const char *tg_draw_message(const struct tg_draw *d, tg_id id)
{
    const tg_id *known_as = d->options.fate_of;
    return tg_fates_message(d->options.fates, known_as ? known_as[id] : id);
}

struct tg_paint_tally tg_draw_tally(const struct tg_draw *d)
{
    struct tg_paint_tally all = {0};
    for (size_t i = 0; i < d->nodes.count; i++) {
        const struct tg_paint_tally *t = &d->nodes.items[i].tally;
        for (size_t fate = 0; fate < TG_FATES; fate++) all.of[fate] += tg_draw_paints(d, &d->nodes.items[i]) ? t->of[fate] : 0;
    }
    return all;
}

bool tg_draw_place(const struct tg_draw_options *options, tg_span span, struct tg_draw_place *out)
{
    return options->place && span.start && options->place(options->place_data, span, out);
}

struct tg_draw_color tg_draw_color(const struct tg_draw_node *n)
{
    static const struct tg_draw_color plugins[] = {
        {"#dbeafe", "#3b82f6"}, {"#dcfce7", "#22a55a"}, {"#fef3c7", "#d99a06"}, {"#ede9fe", "#8b5cf6"},
        {"#ffe4e6", "#e8506a"}, {"#ccfbf1", "#14a698"}, {"#fce7f3", "#d64d96"}, {"#e7f0c8", "#7a9a1c"},
    };
    TG_ASSERT(n->color >= -1);
    if (n->kind == TG_DRAW_OUTPUT) return (struct tg_draw_color){"#334155", "#334155"};
    if (n->kind == TG_DRAW_STREAM) return (struct tg_draw_color){"#e0f2fe", "#0284c7"};
    if (n->expands && n->color < 0) return (struct tg_draw_color){"#ffedd5", "#ea580c"};
    if (n->color < 0) return (struct tg_draw_color){"#f1f5f9", "#94a3b8"};
    return plugins[(size_t)n->color % (sizeof plugins / sizeof *plugins)];
}
