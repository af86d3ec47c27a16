/* SPDX-License-Identifier: MIT
 * What a run would do.
 *
 *     3 tasks would run
 *       1  inc(1)       tree.tg:8
 *       2  dec(#1)      tree.tg:9
 *       3  add(#1, #2)  tree.tg:10
 *
 * The number is the task's place in the order of a run with one worker. */
#include "cmd/dryrun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/term.h"
#include "engine/base/utf8.h"

#define LISTED_TASKS 300 /* more are listed by call */
#define ARG_BYTES 40     /* of one known argument */
#define CALL_BYTES 160   /* of all arguments */
#define CALL_COLUMNS 44  /* a longer call pushes its place to the right */

struct lister {
    struct tg_out *out;
    const struct tg_plan *plan;
    const struct tg_sources *sources;
    uint32_t *number; /* by task: its place in the order, from 1 */
    int number_width;
    size_t column;    /* where places start */
};

/* Calls visit for each task in the order of the plan. */
static void each_task(struct lister *l, void (*visit)(struct lister *, tg_id, uint32_t number))
{
    const struct tg_plan *p = l->plan;
    uint32_t number = 0;
    tg_id count = p->order ? p->count : p->graph->count;
    for (tg_id i = 0; i < count; i++) {
        tg_id id = p->order ? p->order[i] : i;
        if (tg_plan_needs(p, id)) visit(l, id, ++number);
    }
}

static void add_place(struct lister *l, tg_span span)
{
    struct tg_place place;
    struct tg_buf *b = &l->out->buf;
    if (!tg_sources_place(l->sources, span, &place)) return;
    tg_term_text(b, place.source->name, strlen(place.source->name), 0);
    tg_buf_format(b, ":%u", place.line);
}

/* ---- task by task -------------------------------------------------------------------------------- */

static void add_arg(struct tg_buf *b, const struct lister *l, uint32_t arg)
{
    switch (tg_arg_kind(arg)) {
    case TG_ARG_SMALL: tg_buf_format(b, "%lld", (long long)tg_arg_small(arg)); break;
    case TG_ARG_POOL: tg_value_repr(b, l->plan->graph->pool.items[tg_arg_payload(arg)], ARG_BYTES); break;
    case TG_ARG_TASK: tg_buf_format(b, "#%u", l->number[tg_arg_payload(arg)]); break;
    case TG_ARG_AFTER: tg_buf_format(b, "after #%u", l->number[tg_arg_payload(arg)]); break;
    }
}

/* "add(#1, 2)", made fit for a terminal. */
static void add_call(struct tg_buf *b, const struct lister *l, tg_id id)
{
    const struct tg_graph *g = l->plan->graph;
    struct tg_buf call = {0};
    tg_buf_format(&call, "%s(", tg_graph_def_of(g, id)->name);
    uint32_t begin = tg_graph_arg_begin(g, id);
    for (uint32_t i = begin; i < g->arg_end[id]; i++) {
        if (i > begin) tg_buf_text(&call, ", ");
        if (call.length >= CALL_BYTES) {
            tg_buf_format(&call, "... %u more", g->arg_end[id] - i);
            break;
        }
        add_arg(&call, l, g->args[i]);
    }
    tg_buf_char(&call, ')');
    tg_term_text(b, call.data, call.length, 0);
    tg_buf_done(&call);
}

static void number_task(struct lister *l, tg_id id, uint32_t number) { l->number[id] = number; }

static void measure_task(struct lister *l, tg_id id, uint32_t number)
{
    (void)number;
    struct tg_buf call = {0};
    add_call(&call, l, id);
    size_t columns = tg_utf8_count(call.data, call.length);
    if (columns <= CALL_COLUMNS && columns > l->column) l->column = columns;
    tg_buf_done(&call);
}

static void list_task(struct lister *l, tg_id id, uint32_t number)
{
    struct tg_buf *b = &l->out->buf;
    tg_buf_format(b, "%*u  ", l->number_width, number);
    size_t start = b->length;
    add_call(b, l, id);
    size_t columns = tg_utf8_count(b->data + start, b->length - start);
    tg_buf_fill(b, ' ', (columns < l->column ? l->column - columns : 0) + 2);
    add_place(l, tg_graph_site_of(l->plan->graph, id)->span);
    while (b->data[b->length - 1] == ' ') b->length--;
    tg_buf_char(b, '\n');
    tg_out_step(l->out);
}

static void list_tasks(struct lister *l)
{
    l->number = tg_alloc_zero(((size_t)l->plan->graph->count + 1) * sizeof *l->number);
    char digits[16];
    l->number_width = snprintf(digits, sizeof digits, "%u", l->plan->count);
    if (l->number_width < 3) l->number_width = 3;
    each_task(l, number_task);
    each_task(l, measure_task);
    each_task(l, list_task);
    free(l->number);
}

/* ---- call by call -------------------------------------------------------------------------------- */

/* Tasks of one call: definition and place. */
struct call {
    const struct tg_def *def;
    tg_span span;
    uint32_t first, count; /* the number of its first task; how many */
};

static int by_call(const void *va, const void *vb)
{
    const struct call *a = va, *b = vb;
    if (a->span.start != b->span.start) return a->span.start < b->span.start ? -1 : 1;
    if (a->def != b->def) return (uintptr_t)a->def < (uintptr_t)b->def ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

static int by_first(const void *va, const void *vb)
{
    const struct call *a = va, *b = vb;
    return (a->first > b->first) - (a->first < b->first);
}

/* Counts tasks by site, using `number` (per site here) for the entry's index plus one. */
struct tally {
    struct lister base;
    TG_VEC(struct call) calls;
};

static void tally_task(struct lister *l, tg_id id, uint32_t number)
{
    struct tally *t = (struct tally *)l;
    uint32_t *entry = &l->number[l->plan->graph->sites[id]];
    if (*entry == 0) {
        const struct tg_site *site = tg_graph_site_of(l->plan->graph, id);
        tg_vec_push(&t->calls, ((struct call){site->def, site->span, number, 0}));
        *entry = (uint32_t)t->calls.count;
    }
    t->calls.items[*entry - 1].count++;
}

/* Sites of one call (with other options) become one entry. */
static size_t merge_calls(struct call *calls, size_t count)
{
    size_t kept = 0;
    qsort(calls, count, sizeof *calls, by_call);
    for (size_t i = 0; i < count; i++) {
        struct call *last = kept ? &calls[kept - 1] : NULL;
        if (last && last->def == calls[i].def && last->span.start == calls[i].span.start) last->count += calls[i].count;
        else calls[kept++] = calls[i];
    }
    qsort(calls, kept, sizeof *calls, by_first);
    return kept;
}

static void list_calls(struct lister *l)
{
    struct tally t = {.base = *l};
    struct tg_buf *b = &l->out->buf;
    t.base.number = tg_alloc_zero((l->plan->graph->site_table.count + 1) * sizeof(uint32_t));
    each_task(&t.base, tally_task);
    size_t count = merge_calls(t.calls.items, t.calls.count);
    for (size_t i = 0; i < count; i++) {
        const struct call *c = &t.calls.items[i];
        tg_buf_format(b, "%10u x %-20s  ", c->count, c->def->name);
        add_place(l, c->span);
        while (b->data[b->length - 1] == ' ') b->length--;
        tg_buf_char(b, '\n');
        tg_out_step(l->out);
    }
    tg_buf_text(b, "-v lists every task\n");
    tg_vec_done(&t.calls);
    free(t.base.number);
}

void tg_dryrun(struct tg_out *out, const struct tg_plan *plan, const struct tg_sources *sources, bool all)
{
    struct lister l = {.out = out, .plan = plan, .sources = sources};
    tg_buf_format(&out->buf, "%u task%s would run\n", plan->count, plan->count == 1 ? "" : "s");
    if (all || plan->count <= LISTED_TASKS) list_tasks(&l);
    else list_calls(&l);
}
