/* SPDX-License-Identifier: MIT
 * Adding up events.
 *
 * Of columns the way is found at the end: a task has a higher number than those that it needs. Of a graph that grows it is known of
 * each task when that ends, and of one that becomes something else each time: these are points, as in became.c. */
#include "engine/watch/account.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/run/node.h"

/* What stands where results take the most is copied when they are about to take less. Each copy costs as many steps as there are
 * sites: so many in all, and for each event, are fine. */
#define COPIED_FREE 100000
#define COPIED_EACH 4

/* ---- sums ---------------------------------------------------------------------------------------- */

static struct tg_account_of *account_of_site(struct tg_account *a, const struct tg_site *site)
{
    size_t index = (size_t)(site - a->run->graph->site_table.items);
    while (a->sites.count <= index) tg_vec_push(&a->sites, (struct tg_account_of){0});
    a->sites.items[index].def = site->def;
    return &a->sites.items[index];
}

static struct tg_account_task *account_task_of(struct tg_account *a, tg_id id)
{
    while (a->tasks.count <= id) tg_vec_push(&a->tasks, (struct tg_account_task){0});
    return &a->tasks.items[id];
}

static void note_top(struct tg_account *a)
{
    if (a->top_is_noted || a->bytes < a->top_bytes || a->copied > COPIED_FREE + COPIED_EACH * a->events) return;
    for (size_t i = 0; i < a->sites.count; i++) a->sites.items[i].bytes_at_top = a->sites.items[i].bytes;
    a->copied += a->sites.count;
    a->top_is_noted = true;
}

static void add_bytes(struct tg_account *a, const struct tg_event *event)
{
    account_of_site(a, event->site)->bytes += event->bytes;
    account_task_of(a, (tg_id)event->task)->bytes = event->bytes;
    a->bytes += event->bytes;
    if (a->bytes <= a->top_bytes) return;
    a->top_bytes = a->bytes;
    a->top_is_noted = false;
}

static void forget_bytes(struct tg_account *a, const struct tg_event *event)
{
    struct tg_account_task *task = account_task_of(a, (tg_id)event->task);
    struct tg_account_of *of = account_of_site(a, event->site);
    uint64_t bytes = task->bytes;
    if (bytes) note_top(a);
    task->bytes = 0;
    of->bytes -= bytes < of->bytes ? bytes : of->bytes;
    a->bytes -= bytes;
}

/* ---- points -------------------------------------------------------------------------------------- */

/* Its last stretch has ended before, if the task is done, or is told of next. */
static void put_point(struct tg_account *a, const struct tg_event *event)
{
    const struct tg_event_node *e = (const struct tg_event_node *)event->body;
    struct tg_account_task *task = account_task_of(a, (tg_id)event->task);
    struct tg_way_point p = {.task = (tg_id)event->task, .ns = task->ns, .round = e->round, .has_own_stretch = e->continues};
    p.of = (uint32_t)(event->site - a->run->graph->site_table.items);
    p.again = e->again;
    a->needs.count = 0;
    for (size_t i = 0; i < e->input_count; i++)
        if (tg_kind(e->inputs[i]) == TG_FUTURE) tg_vec_push(&a->needs, (uint32_t)e->inputs[i].bits);
    tg_way_put(&a->way, &(struct tg_way_told){p, e->parent, e->parent_round}, a->needs.items, a->needs.count);
    task->ns = 0;
}

/* ---- events -------------------------------------------------------------------------------------- */

/* As in the census: what has become something else is done only if it was a call of a plugin's, and what is made again, or called
 * again behind that, counts once. */
static bool is_counted(const struct tg_account *a, const struct tg_event *event, uint32_t point)
{
    const struct tg_nodes *nodes = a->run->nodes;
    bool suspended = event->kind == TG_EVENT_SUSPENDED;
    if (suspended && (event->site->def->flags & TG_DEF_UNCHECKED || (point != TG_WAY_NONE && a->way.points.items[point].again)))
        return false;
    if (nodes && atomic_load_explicit(&nodes->items[event->task].state, memory_order_relaxed) & TG_NODE_REMAKES) return false;
    return event->kind != TG_EVENT_RETRIED;
}

static void add_stretch(struct tg_account *a, const struct tg_event *event)
{
    uint64_t end_ns = event->ended_ns ? event->ended_ns : event->time_ns;
    uint64_t ns = event->began_ns && end_ns > event->began_ns ? end_ns - event->began_ns : 0;
    struct tg_account_of *of = account_of_site(a, event->site);
    struct tg_account_task *task = account_task_of(a, (tg_id)event->task);
    uint32_t point = a->run->nodes ? tg_way_newest(&a->way, (tg_id)event->task) : TG_WAY_NONE;
    of->total_ns += ns;
    if (is_counted(a, event, point)) of->count++;
    if (task->ns + ns > of->max_ns) of->max_ns = task->ns + ns;
    if (event->body) tg_usage_add(&of->used, &((const struct tg_event_text *)event->body)->used);
    if (event->kind == TG_EVENT_SUSPENDED && point != TG_WAY_NONE && a->way.points.items[point].has_own_stretch) {
        tg_way_add_ns(&a->way, point, ns);
    } else {
        task->ns += ns;
    }
}

static bool take_for_account(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err)
{
    struct tg_account *a = (struct tg_account *)sink;
    (void)err;
    a->events++;
    switch (event->kind) {
    case TG_EVENT_DONE:
    case TG_EVENT_FAILED:
    case TG_EVENT_RETRIED:
    case TG_EVENT_SUSPENDED: add_stretch(a, event); break;
    case TG_EVENT_RELEASED: forget_bytes(a, event); break;
    case TG_EVENT_NODE: put_point(a, event); break;
    default: break;
    }
    if (event->kind == TG_EVENT_DONE && event->bytes) add_bytes(a, event);
    return true;
}

/* ---- the critical path --------------------------------------------------------------------------- */

static void put_path_step(struct tg_account *a, const struct tg_site *site, uint64_t ns)
{
    struct tg_account_step *last = a->path.count ? &a->path.items[a->path.count - 1] : NULL;
    if (last && last->site == site) last->count++, last->ns += ns;
    else tg_vec_push(&a->path, ((struct tg_account_step){site, 1, ns}));
}

/* Of what the task needs, that whose way is the longest; TG_NO_TASK: it needs nothing. */
static tg_id longest_need(const struct tg_account *a, const uint64_t *ways, tg_id id)
{
    const struct tg_graph *g = a->run->graph;
    tg_id longest = TG_NO_TASK;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        tg_id from = tg_arg_payload(g->args[i]);
        if (tg_arg_is_edge(g->args[i]) && (longest == TG_NO_TASK || ways[from] > ways[longest])) longest = from;
    }
    return longest;
}

static void find_way_of_columns(struct tg_account *a)
{
    tg_id count = a->run->graph->count, last = TG_NO_TASK;
    uint64_t *ways = tg_block_zero((size_t)count * sizeof *ways);
    for (tg_id id = 0; id < count && id < a->tasks.count; id++) {
        if (!tg_plan_needs(a->run->plan, id)) continue;
        tg_id from = longest_need(a, ways, id);
        ways[id] = (from == TG_NO_TASK ? 0 : ways[from]) + a->tasks.items[id].ns;
        if (last == TG_NO_TASK || ways[id] > ways[last]) last = id;
    }
    a->path_ns = last == TG_NO_TASK ? 0 : ways[last];
    for (tg_id id = last; id != TG_NO_TASK && ways[id]; id = longest_need(a, ways, id))
        if (a->tasks.items[id].ns) put_path_step(a, tg_graph_site_of(a->run->graph, id), a->tasks.items[id].ns);
    tg_block_free(ways, (size_t)count * sizeof *ways);
}

static void find_way_of_points(struct tg_account *a)
{
    const struct tg_way_point *points = a->way.points.items;
    uint32_t last = tg_way_end(&a->way);
    a->path_ns = last == TG_WAY_NONE ? 0 : points[last].end_ns;
    for (uint32_t at = last; at != TG_WAY_NONE; at = points[at].from)
        if (points[at].ns) put_path_step(a, &a->run->graph->site_table.items[points[at].of], points[at].ns);
}

static void find_way(struct tg_account *a)
{
    if (a->run->nodes) find_way_of_points(a);
    else find_way_of_columns(a);
    for (size_t i = 0, k = a->path.count; i + 1 < k; i++) { /* it was found from its end */
        struct tg_account_step step = a->path.items[i];
        a->path.items[i] = a->path.items[--k];
        a->path.items[k] = step;
    }
}

/* ---- by definition ------------------------------------------------------------------------------- */

static int by_account_def(const void *va, const void *vb)
{
    uintptr_t a = (uintptr_t)((const struct tg_account_of *)va)->def, b = (uintptr_t)((const struct tg_account_of *)vb)->def;
    return (a > b) - (a < b);
}

static int by_total_ns(const void *va, const void *vb)
{
    const struct tg_account_of *a = va, *b = vb;
    if (a->total_ns != b->total_ns) return a->total_ns > b->total_ns ? -1 : 1;
    return strcmp(a->def->name, b->def->name);
}

static void join_sites(struct tg_account *a)
{
    for (size_t i = 0; i < a->sites.count; i++)
        if (a->sites.items[i].def) tg_vec_push(&a->of, a->sites.items[i]);
    size_t kept = 0;
    if (!a->of.count) return;
    qsort(a->of.items, a->of.count, sizeof *a->of.items, by_account_def);
    for (size_t i = 0; i < a->of.count; i++) {
        if (kept && a->of.items[kept - 1].def == a->of.items[i].def) tg_account_join(&a->of.items[kept - 1], &a->of.items[i]);
        else a->of.items[kept++] = a->of.items[i];
    }
    a->of.count = kept;
    qsort(a->of.items, kept, sizeof *a->of.items, by_total_ns);
}

/* ---- the public part ----------------------------------------------------------------------------- */

void tg_account_join(struct tg_account_of *to, const struct tg_account_of *more)
{
    to->count += more->count;
    to->total_ns += more->total_ns;
    if (more->max_ns > to->max_ns) to->max_ns = more->max_ns;
    tg_usage_add(&to->used, &more->used);
    to->bytes += more->bytes;
    to->bytes_at_top += more->bytes_at_top;
}

void tg_account_init(struct tg_account *a)
{
    const uint32_t wants = TG_EVENT_BIT(TG_EVENT_STARTED) | TG_EVENT_BIT(TG_EVENT_DONE) | TG_EVENT_BIT(TG_EVENT_FAILED) |
                           TG_EVENT_BIT(TG_EVENT_RETRIED) | TG_EVENT_BIT(TG_EVENT_SUSPENDED) | TG_EVENT_BIT(TG_EVENT_RELEASED) |
                           TG_EVENT_BIT(TG_EVENT_NODE);
    *a = (struct tg_account){
        .sink = {.name = "the summary", .kind = TG_SINK_LOSSLESS, .wants = wants, .take = take_for_account}};
}

void tg_account_begin(struct tg_account *a, const struct tg_run *run)
{
    a->run = run;
    tg_vec_reserve(&a->tasks, run->nodes ? 0 : (size_t)run->graph->count);
}

void tg_account_end(struct tg_account *a)
{
    note_top(a);
    join_sites(a);
    find_way(a);
}

void tg_account_done(struct tg_account *a)
{
    tg_vec_done(&a->of);
    tg_vec_done(&a->path);
    tg_vec_done(&a->sites);
    tg_vec_done(&a->tasks);
    tg_vec_done(&a->needs);
    tg_way_done(&a->way);
}
