/* SPDX-License-Identifier: MIT
 * Running one task of a graph that grows: collects its arguments, calls its function, and lets what the function has added join
 * the graph. What becomes of the task itself is decided by run/task.h. */
#include "engine/grow/exec.h"

#include "engine/base/assert.h"
#include "engine/graph/pace.h"
#include "engine/grow/grow.h"
#include "engine/grow/present.h"
#include "engine/run/apart.h"
#include "engine/run/failing.h"
#include "engine/run/task.h"
#include "engine/value/future.h"

/* Copies the values of the inputs; how many. *refused: something needs a closer look. */
static size_t take_inputs(struct tg_worker *w, const struct tg_node *n, const struct tg_site *site, tg_value **out,
                          uint32_t *refused)
{
    const struct tg_node *items = w->nodes->items;
    tg_value *args = n->input_count > w->args_room ? tg_worker_room(w, n->input_count) : w->args;
    *refused = site->flags & (TG_SITE_DEEP | TG_SITE_ADMIT);
    *out = args;
    for (uint32_t i = 0; i < n->input_count; i++) {
        const struct tg_input *in = &tg_node_inputs_of(n)[i];
        if (TG_UNLIKELY(in->v.tag & TG_ONLY_AFTER && tg_input_is_edge(in))) {
            *refused = 1;
            return i;
        }
        TG_ASSERT(!tg_input_is_edge(in) || tg_node_phase(&items[in->v.bits]) == TG_NODE_DONE);
        tg_value v = tg_input_is_edge(in) ? items[in->v.bits].value : in->v;
        tg_value_put(&args[i], v);
        *refused |= tg_task_refuses(site, i, v);
    }
    return n->input_count;
}

/* ---- results ------------------------------------------------------------------------------------- */

/* A result must be what the task as it is says, and as it was made, if it became something else. */
static bool check_result(struct tg_worker *w, const struct tg_node *n, tg_value out)
{
    const struct tg_site *promised = n->site;
    bool good = tg_task_gives(w, promised, out);
    if (TG_UNLIKELY(good && promised != n->made)) good = tg_task_gives(w, promised = n->made, out);
    if (TG_LIKELY(good)) return true;
    tg_failing_result(&w->ctx, promised->def, TG_OK, out);
    return false;
}

struct staleness {
    const struct tg_nodes *nodes;
    bool found;
};

static void look_for_stale(void *staleness, tg_id id)
{
    struct staleness *s = staleness;
    tg_id end = atomic_load_explicit(&s->nodes->end, memory_order_relaxed);
    if (id >= end || tg_node_phase(&s->nodes->items[id]) != TG_NODE_FRESH) s->found = true;
}

/* A plugin's task may return only futures that it has got while it ran, and only if it may grow. A command may come again behind
 * tasks that it has added. */
static bool check_futures(struct tg_worker *w, const struct tg_def *def, tg_value out)
{
    if (def->flags & TG_DEF_COMMAND) return true;
    struct staleness s = {.nodes = w->nodes, .found = !(def->flags & TG_DEF_EXPANDS)};
    if (!s.found && def->flags & TG_DEF_UNCHECKED) return true;
    if (!s.found) tg_future_held(out, look_for_stale, &s);
    if (s.found && def->flags & TG_DEF_EXPANDS)
        tg_err_set(&w->ctx.err, TG_EXIT_FAILED, "task '%s' returned a future of another task's calls", def->name);
    else if (s.found)
        tg_err_set(&w->ctx.err, TG_EXIT_FAILED, "task '%s' returned a future, but its signature does not say 'grows'",
                   def->name);
    return !s.found;
}

/* ---- running ------------------------------------------------------------------------------------- */

/* Becomes what makes files that are missing and then gives `future`; or fails, if that could not be added. */
static void make_first(struct tg_worker *w, tg_id id, const tg_value *args, size_t count, tg_value future)
{
    struct tg_fragment *f = tg_fragment_of(&w->ctx);
    if (!w->ctx.err.code && tg_fragment_commit(f, future, &w->ctx.err)) return;
    tg_fragment_drop(f);
    tg_task_fail(w, id, args, count);
}

/* The task function has returned TG_OK: the task is done, or becomes something else. */
static void succeed(struct tg_worker *w, tg_id id, const tg_value *args, size_t count, tg_value take_out)
{
    struct tg_fragment *f = tg_fragment_of(&w->ctx);
    const struct tg_node *n = &w->nodes->items[id];
    bool continues = tg_future_in(take_out);
    if (continues ? check_futures(w, n->site->def, take_out) : check_result(w, n, take_out)) {
        tg_value later;
        if (!continues && TG_UNLIKELY(tg_present_after(w, id, take_out, &later))) {
            make_first(w, id, args, count, later);
            tg_value_unref(take_out);
            return;
        }
        if (TG_LIKELY(!continues && !f->added.ids.count)) tg_task_complete(w, id, take_out);
        else if (!tg_fragment_commit(f, take_out, &w->ctx.err)) tg_task_fail(w, id, args, count);
        return;
    }
    tg_fragment_drop(f);
    tg_value_unref(take_out);
    tg_task_fail(w, id, args, count);
}

/* Nobody may need the result any more before it is there, and the task, code of others that is not known to be quick, may not
 * look for that: it runs apart, so that the run can go on without it. */
static inline bool may_be_left(const struct tg_worker *w, const struct tg_node *n, const struct tg_site *site)
{
    if (TG_LIKELY(atomic_load_explicit(&n->state, memory_order_relaxed) & TG_NODE_SHOWS)) return false;
    if (!w->nodes->shared || (site->flags & (TG_SITE_PLUGIN | TG_SITE_AWAY)) != TG_SITE_PLUGIN) return false;
    return tg_pace_mean(site) == 0 || tg_pace_is_slow(site);
}

/* Goes over a list with futures in the place of what is missing. False: what comes of that has to be known now. */
static bool go_over(struct tg_worker *w, tg_id id, const struct tg_site *site, tg_value *args, size_t count)
{
    struct tg_fragment *f = tg_fragment_of(&w->ctx);
    tg_value list = args[0], later, out = tg_nil();
    if (!tg_present_goes_over(site) || !count || !tg_present_later(w, list, &later)) return false;
    for (size_t i = 1; i < count; i++)
        tg_value_ref(args[i]); /* nothing is taken out of it, so that it can be called once more */
    args[0] = later;
    bool good = !w->ctx.err.code && tg_task_succeeded(w, site->fn(&w->ctx, args, count, &out));
    args[0] = list;
    for (size_t i = 1; i < count; i++) tg_value_unref(args[i]);
    tg_value_unref(later);
    if (good) {
        succeed(w, id, args, count, out);
        return true;
    }
    tg_fragment_drop(f);
    tg_value_unref(out);
    tg_err_done(&w->ctx.err);
    return false;
}

/* What it is given is missing: true if it is seen to that it goes on. */
static __attribute__((noinline)) bool see_to_missing(struct tg_worker *w, tg_id id, const struct tg_site *site, tg_value *args,
                                                     size_t count)
{
    tg_value later;
    if (go_over(w, id, site, args, count)) return true;
    if (!tg_present_before(w, id, args, count, &later)) return false;
    make_first(w, id, args, count, later);
    return true;
}

static inline __attribute__((always_inline)) bool begin_node(struct tg_worker *w, tg_id id)
{
    bool ends;
    if (TG_LIKELY(tg_node_begin(w, &w->nodes->items[id], &ends))) return true;
    if (ends) tg_task_skip(w, id, tg_failing_value(TG_FAILED_UNRUN));
    return false;
}

bool tg_exec_begin(struct tg_worker *w, tg_id id)
{
    return begin_node(w, id);
}

void tg_exec_run(struct tg_worker *w, tg_id id)
{
    if (begin_node(w, id)) tg_exec_begun(w, id);
}

void tg_exec_begun(struct tg_worker *w, tg_id id)
{
    struct tg_node *n = &w->nodes->items[id];
    const struct tg_site *site = n->site;
    TG_ASSERT(!tg_fragment_of(&w->ctx)->added.ids.count && !w->ctx.err.code);
    tg_value *args, out = tg_nil();
    uint32_t refused;
    size_t count = take_inputs(w, n, site, &args, &refused);
    w->ctx.unwanted = &n->state;
    tg_fragment_of(&w->ctx)->task = id;
    tg_task_enter(w, id, w->nodes->graph, site);
    if (TG_UNLIKELY(refused) && !tg_task_check_inputs(w, id, args, count)) return;
    tg_worker_starts(w, id, site, args, count);
    if (TG_UNLIKELY(tg_present_looks(w)) && see_to_missing(w, id, site, args, count)) return;
    int status = TG_UNLIKELY(may_be_left(w, n, site)) ? tg_apart_run(&w->ctx, args, count, &out)
                                                      : site->fn(&w->ctx, args, count, &out);
    if (status == TG_LATER && site->flags & TG_SITE_STREAM) {
        tg_worker_leaves(w);
        return;
    } /* it may be done already: nothing of it may be touched */
    if (TG_LIKELY(tg_task_succeeded(w, status))) {
        succeed(w, id, args, count, out);
        return;
    }
    tg_fragment_drop(tg_fragment_of(&w->ctx));
    tg_task_reject(w, id, args, count, status, out);
}

int tg_exec_rehearse(struct tg_worker *w, tg_id id, const tg_value *args, size_t count, tg_value *out)
{
    struct tg_nodes *nodes = w->nodes;
    struct tg_fragment *f = tg_fragment_of(&w->ctx);
    const struct tg_site *site = nodes->items[id].site;
    TG_ASSERT(!nodes->shared && nodes->next >= nodes->graph->count);
    f->task = id;
    tg_task_enter(w, id, nodes->graph, site);
    int status = site->fn(&w->ctx, args, count, out);
    tg_fragment_drop(f);
    w->free.ids.count = nodes->free.ids.count = 0;
    f->fresh_next = f->fresh_end = 0;
    nodes->next = nodes->graph->count;
    return status;
}
