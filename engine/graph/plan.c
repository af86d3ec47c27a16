/* SPDX-License-Identifier: MIT
 * Plans a run. One sweep over the ids from the last to the first finds what is needed, since every consumer is met
 * before its arguments: a task is needed if its bit is set when the sweep comes by.
 *
 * Where results may be heap values, the same sweep counts uses and finds the peak of results alive in id order: met
 * backwards, a result is born at its last consumer (its first use that is met) and ends at its task. If that
 * peak is large, the depth-first order is tried, and taken if its peak is lower. */
#include "engine/graph/plan.h"

#include <string.h>

#include "engine/base/near.h"
#include "engine/graph/order.h"
#include "engine/value/future.h"

/* A peak up to this many results is not worth another order: running by an order costs 4 to 20 ns a task. */
#define PEAK_SMALL 64

/* A bitmap of the plan. */
static uint64_t *keep_bits(struct tg_plan *p, size_t count)
{
    p->bytes += tg_bits_bytes(count);
    return tg_bits_new(count);
}

/* ---- what is wanted ------------------------------------------------------------------------------ */

static bool unknown_output(const struct tg_graph *g, const char *name, struct tg_err *err)
{
    struct tg_near near = tg_near_begin(name, strlen(name));
    size_t outputs = 0;
    for (size_t i = 0; i < g->wanted.count; i++) {
        const char *known = g->wanted.items[i].name;
        if (!known) continue;
        tg_near_offer(&near, known, strlen(known));
        outputs++;
    }
    tg_err_set(err, TG_EXIT_USAGE, "unknown output '%s'", name);
    if (strchr(name, '=')) tg_err_hint(err, "a parameter is set with -D %s", name);
    else if (near.best) tg_err_hint(err, "did you mean '%.*s'?", (int)near.best_length, near.best);
    else if (outputs == 0) tg_err_hint(err, "The workflow has no outputs.");
    return false;
}

static bool select_output(const struct tg_graph *g, const char *name, uint64_t *selected, struct tg_err *err)
{
    bool found = false;
    for (size_t i = 0; i < g->wanted.count; i++) {
        if (!g->wanted.items[i].name || strcmp(g->wanted.items[i].name, name) != 0) continue;
        tg_bits_set(selected, i);
        found = true;
    }
    return found || unknown_output(g, name, err);
}

static bool select_wanted(const struct tg_graph *g, const char *const *outputs, size_t output_count, uint64_t *selected,
                          struct tg_err *err)
{
    if (output_count == 0)
        for (size_t i = 0; i < g->wanted.count; i++) tg_bits_set(selected, i);
    for (size_t i = 0; i < output_count; i++)
        if (!select_output(g, outputs[i], selected, err)) return false;
    return true;
}

/* ---- the sweep ----------------------------------------------------------------------------------- */

struct sweep {
    uint64_t *needed;
    _Atomic uint32_t *uses;
    tg_id count;
    size_t live, peak;
};

/* One more use of a result; met backwards, it is born at its first. */
static inline void add_use(const struct tg_graph *g, struct sweep *s, tg_id id)
{
    uint32_t uses = atomic_load_explicit(&s->uses[id], memory_order_relaxed);
    atomic_store_explicit(&s->uses[id], uses + 1, memory_order_relaxed);
    if (uses == 0) s->live += tg_graph_is_heap(g, id);
}

/* Marks the roots of the sweep. */
static void sweep_begin(const struct tg_plan *p, struct sweep *s)
{
    const struct tg_graph *g = p->graph;
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        if (w->task == TG_NO_TASK || !tg_bits_get(p->selected, i)) continue;
        if (s->uses && tg_wanted_keeps(w)) add_use(g, s, w->task);
        tg_bits_set(s->needed, w->task);
    }
    s->peak = s->live;
}

static inline __attribute__((always_inline)) void sweep_task(const struct tg_graph *g, struct sweep *s, tg_id id, bool heap)
{
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        uint32_t arg = g->args[i];
        if (!tg_arg_is_edge(arg)) continue;
        tg_id from = tg_arg_payload(arg);
        if (heap && tg_arg_kind(arg) == TG_ARG_TASK) add_use(g, s, from);
        tg_bits_set(s->needed, from);
    }
    if (!heap) return;
    if (s->live > s->peak) s->peak = s->live;
    if (atomic_load_explicit(&s->uses[id], memory_order_relaxed)) s->live -= tg_graph_is_heap(g, id);
}

static inline __attribute__((always_inline)) void sweep_all(const struct tg_graph *g, struct sweep *s, bool heap)
{
    for (tg_id id = g->count; id-- > 0;) {
        if (!tg_bits_get(s->needed, id)) continue;
        s->count++;
        sweep_task(g, s, id, heap);
    }
}

/* ---- streams ------------------------------------------------------------------------------------- */

/* Marks what the selected outputs need. */
static void mark_needed(const struct tg_plan *p, uint64_t *needed)
{
    const struct tg_graph *g = p->graph;
    for (size_t i = 0; i < g->wanted.count; i++)
        if (g->wanted.items[i].task != TG_NO_TASK && tg_bits_get(p->selected, i)) tg_bits_set(needed, g->wanted.items[i].task);
    for (tg_id id = g->count; id-- > 0;)
        for (uint32_t i = tg_graph_arg_begin(g, id); tg_bits_get(needed, id) && i < g->arg_end[id]; i++)
            if (tg_arg_is_edge(g->args[i])) tg_bits_set(needed, tg_arg_payload(g->args[i]));
}

struct streams {
    TG_VEC(void *) items;
    bool all; /* an expansion point is needed, which may have any */
};

/* The streams that needed tasks wait for. */
static struct streams find_awaited(const struct tg_graph *g, const uint64_t *needed)
{
    struct streams streams = {0};
    for (tg_id id = 0; id < g->count; id++) {
        const struct tg_site *site = tg_graph_site_of(g, id);
        if (!tg_bits_get(needed, id) || !(site->flags & (TG_SITE_STREAM | TG_SITE_EXPANDS))) continue;
        if (site->flags & TG_SITE_EXPANDS) streams.all = true;
        uint32_t arg = g->args[tg_graph_arg_begin(g, id)];
        if (tg_arg_kind(arg) != TG_ARG_POOL) continue;
        void *stream = g->pool.items[tg_arg_payload(arg)].p;
        if (!streams.items.count || streams.items.items[streams.items.count - 1] != stream) tg_vec_push(&streams.items, stream);
    }
    return streams;
}

static bool has_stream(const struct streams *streams, tg_value stream)
{
    bool found = streams->all;
    for (size_t i = 0; !found && i < streams->items.count; i++) found = streams->items.items[i] == stream.p;
    return found;
}

/* Selects the puts of needed streams; true if one more is needed now. */
static bool select_more(struct tg_plan *p, const uint64_t *needed, uint64_t *chosen)
{
    const struct tg_graph *g = p->graph;
    struct streams streams = find_awaited(g, needed);
    bool more = false;
    for (size_t i = 0; i < g->puts.count; i++)
        if (has_stream(&streams, g->puts.items[i].stream)) tg_bits_set(chosen, g->puts.items[i].task);
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        if (w->name || w->task == TG_NO_TASK || !tg_bits_get(chosen, w->task) || tg_bits_get(p->selected, i)) continue;
        tg_bits_set(p->selected, i);
        more = true;
    }
    tg_vec_done(&streams.items);
    return more;
}

/* Where only some outputs are selected, effects are not; but what is put into a stream that they need is. */
static void select_puts(struct tg_plan *p)
{
    uint64_t *needed = tg_bits_new(p->graph->count), *chosen = tg_bits_new(p->graph->count);
    do mark_needed(p, needed);
    while (select_more(p, needed, chosen));
    tg_bits_free(needed, p->graph->count);
    tg_bits_free(chosen, p->graph->count);
}

/* ---- guards -------------------------------------------------------------------------------------- */

struct guards {
    const struct tg_graph *graph;
    uint64_t *shows;
    uint64_t *effects; /* those that nobody met so far uses */
    uint64_t *held;    /* may be used by what is added while the graph runs */
};

static void mark_held(void *guards, tg_id id)
{
    struct guards *s = guards;
    tg_bits_set(s->held, id);
    tg_bits_clear(s->effects, id);
}

static void look_at_inputs(struct guards *s, tg_id id, bool needed)
{
    const struct tg_graph *g = s->graph;
    bool shown = tg_bits_get(s->shows, id), catches = tg_graph_def_of(g, id)->flags & TG_DEF_CATCHES;
    uint32_t begin = tg_graph_arg_begin(g, id);
    for (uint32_t i = begin; i < g->arg_end[id]; i++) {
        uint32_t arg = g->args[i];
        if (tg_arg_kind(arg) == TG_ARG_POOL && tg_value_marks(g->pool.items[tg_arg_payload(arg)]))
            tg_future_held(g->pool.items[tg_arg_payload(arg)], mark_held, s);
        if (!tg_arg_is_edge(arg)) continue;
        bool caught = catches && i == begin && tg_arg_kind(arg) == TG_ARG_TASK;
        if (shown && !caught) tg_bits_set(s->shows, tg_arg_payload(arg));
        if (needed) tg_bits_clear(s->effects, tg_arg_payload(arg));
        else mark_held(s, tg_arg_payload(arg));
    }
}

/* A failure is guarded unless it shows: in an output, in an effect that nobody uses, or in a consumer that shows and
 * does not catch it. Consumers have larger ids, so those of a task are known when the walk reaches it. */
static void find_guarded(struct tg_plan *p)
{
    const struct tg_graph *g = p->graph;
    struct guards s = {g, keep_bits(p, g->count), tg_bits_new(g->count), tg_bits_new(g->count)};
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        if (w->task != TG_NO_TASK && !w->held && tg_bits_get(p->selected, i))
            tg_bits_set(w->name ? s.shows : s.effects, w->task);
    }
    for (tg_id id = g->count; id-- > 0;) {
        bool needed = tg_plan_needs(p, id);
        if (!needed && !tg_bits_get(s.held, id)) continue;
        if (tg_bits_get(s.effects, id)) tg_bits_set(s.shows, id);
        look_at_inputs(&s, id, needed);
    }
    for (size_t i = 0; i < (g->count + 63) / 64; i++) s.shows[i] = ~s.shows[i];
    p->guarded = s.shows;
    tg_bits_free(s.effects, g->count);
    tg_bits_free(s.held, g->count);
}

/* A failure may be caught, or be of what is only held; in a graph that grows that of an effect, by what is not there yet. */
static bool may_guard(const struct tg_graph *g)
{
    bool effects = g->catches || g->finals.count;
    for (size_t i = 0; g->grows && i < g->wanted.count && !effects; i++) effects = !g->wanted.items[i].name;
    return effects;
}

/* ---- the public part ----------------------------------------------------------------------------- */

static tg_id count_slow(const struct tg_plan *p)
{
    tg_id count = 0;
    for (tg_id id = 0; id < p->graph->count; id++)
        count += tg_plan_needs(p, id) && tg_graph_site_of(p->graph, id)->flags & TG_SITE_SLOW;
    return count;
}

static void choose_order(struct tg_plan *p)
{
    TG_ASSERT(p->count <= p->graph->count && p->peak_values <= p->count);
    if (p->graph->has_priority && !p->graph->grows) { /* a graph that grows is run as it comes */
        p->order = tg_order_by_priority(p);
        p->bytes += p->count * sizeof *p->order;
        if (p->uses) p->peak_values = tg_order_peak(p->graph, p->selected, p->order, p->count);
        return;
    }
    if (p->peak_values <= PEAK_SMALL) return;
    tg_id *order = tg_order_depth_first(p->graph, p->selected, p->count);
    size_t peak = tg_order_peak(p->graph, p->selected, order, p->count), bytes = p->count * sizeof *order;
    if (peak < p->peak_values) {
        p->order = order;
        p->peak_values = peak;
        p->bytes += bytes;
    } else {
        tg_block_free(order, bytes);
    }
}

/* Plans what is selected; some: not all of it, so that what streams need is looked for. */
static void plan_selection(struct tg_plan *p, bool some)
{
    const struct tg_graph *g = p->graph;
    p->grows = g->grows;
    for (size_t i = 0; i < g->wanted.count; i++)
        if (g->wanted.items[i].held) tg_bits_set(p->selected, i);
    p->bytes += tg_bits_bytes(g->wanted.count);
    if (some && g->puts.count) select_puts(p);
    p->needed = keep_bits(p, g->count);
    if (g->heap_results) {
        p->uses = tg_block_zero(g->count * sizeof *p->uses);
        p->bytes += g->count * sizeof *p->uses;
    }
    struct sweep s = {.needed = p->needed, .uses = p->uses};
    sweep_begin(p, &s);
    if (g->heap_results) sweep_all(g, &s, true);
    else sweep_all(g, &s, false);
    TG_ASSERT(s.live == 0); /* every result that has a use was born, and ended at its task */
    p->count = s.count;
    p->peak_values = s.peak;
    if (s.count == g->count) {
        tg_bits_free(p->needed, g->count);
        p->needed = NULL;
        p->bytes -= tg_bits_bytes(g->count);
    }
    if (may_guard(g)) find_guarded(p);
    if (g->has_slow) p->slow_count = count_slow(p);
    choose_order(p);
}

bool tg_plan_make(const struct tg_graph *g, const char *const *outputs, size_t output_count, struct tg_plan *out,
                  struct tg_err *err)
{
    *out = (struct tg_plan){.graph = g, .selected = tg_bits_new(g->wanted.count)};
    if (!select_wanted(g, outputs, output_count, out->selected, err)) {
        tg_plan_done(out);
        return false;
    }
    plan_selection(out, output_count > 0);
    return true;
}

void tg_plan_selected(const struct tg_graph *g, uint64_t *take_selected, struct tg_plan *out)
{
    *out = (struct tg_plan){.graph = g, .selected = take_selected};
    plan_selection(out, true);
}

void tg_plan_final(const struct tg_graph *g, tg_id final, struct tg_plan *out)
{
    *out = (struct tg_plan){.graph = g, .count = 1, .grows = true, .final = true};
    out->selected = keep_bits(out, g->wanted.count);
    out->needed = keep_bits(out, g->count);
    tg_bits_set(out->needed, final);
}

/* They have the last numbers, so they come last in any order. */
void tg_plan_show_finals(struct tg_plan *p)
{
    const struct tg_graph *g = p->graph;
    size_t bytes = p->count * sizeof *p->order, more = g->finals.count * sizeof *p->order;
    if (!more) return;
    TG_ASSERT(p->needed);
    for (size_t i = 0; i < g->finals.count; i++) tg_bits_set(p->needed, g->finals.items[i]);
    if (p->order) {
        tg_id *order = tg_block_new(bytes + more);
        memcpy(order, p->order, bytes);
        memcpy(order + p->count, g->finals.items, more);
        tg_block_free(p->order, bytes);
        p->order = order;
        p->bytes += more;
    }
    p->count += (tg_id)g->finals.count;
}

void tg_plan_done(struct tg_plan *p)
{
    if (!p->graph) return;
    size_t tasks = p->graph->count;
    TG_ASSERT(p->needed ? p->count <= tasks : !p->count || p->count == tasks); /* the graph has not changed meanwhile */
    tg_block_free(p->order, p->count * sizeof *p->order);
    tg_bits_free(p->needed, tasks);
    tg_block_free(p->uses, tasks * sizeof *p->uses);
    tg_bits_free(p->guarded, tasks);
    tg_bits_free(p->selected, p->graph->wanted.count);
    *p = (struct tg_plan){0};
}

bool tg_plan_needs_site(const struct tg_plan *p, size_t site)
{
    for (tg_id id = 0; id < p->graph->count; id++)
        if (p->graph->sites[id] == site && tg_plan_needs(p, id)) return true;
    return false;
}
