/* SPDX-License-Identifier: MIT
 * What a run of a graph that grows may need. Some tasks surely run. Others are only held by an expansion point, in the
 * values that its continuation took over: they run if what it adds uses them.
 * Thread class: owner; the graph does not change. */
#ifndef TG_DRAW_NEEDED_H
#define TG_DRAW_NEEDED_H

#include <string.h>

#include "engine/base/names.h"
#include "engine/graph/plan.h"

struct tg_needed {
    const struct tg_plan *plan;
    bool all;                      /* what became of a graph: everything is sure, and continuations hold nothing any more */
    tg_id task_count;              /* of the graph: the bitmaps' size */
    uint64_t *sure, *maybe;        /* bitmaps over ids, nothing in both; NULL: just what the plan needs */
    tg_id sure_count, maybe_count; /* without those that only pass a result on */
    tg_id sure_expands;            /* expansion points among the sure ones */
    struct tg_names streams;       /* numbers for streams: by the bytes of their address */
    uint32_t *puts, *next_put;     /* of a stream the first of graph->puts, then the next one of the same, counted from 1 */
};

/* Borrows the plan. */
void tg_needed_make(struct tg_needed *r, const struct tg_plan *plan, bool all);
void tg_needed_done(struct tg_needed *r);

static inline bool tg_needed_sure(const struct tg_needed *r, tg_id id)
{
    return r->sure ? tg_bits_get(r->sure, id) : tg_plan_needs(r->plan, id);
}
static inline bool tg_needed_maybe(const struct tg_needed *r, tg_id id)
{
    return r->maybe && tg_bits_get(r->maybe, id);
}
static inline bool tg_needed_shows(const struct tg_needed *r, tg_id id)
{
    return tg_needed_sure(r, id) || tg_needed_maybe(r, id);
}

/* The stream that an argument is: TG_NO_NAME if it is none. */
uint32_t tg_needed_arg_stream(const struct tg_needed *r, uint32_t arg);
/* The stream that a task puts something into; TG_NO_NAME if it does not. */
uint32_t tg_needed_put_stream(const struct tg_needed *r, tg_id id);

/* The future of a task, or a stream (then task is TG_NO_TASK). */
struct tg_held {
    tg_id task;
    uint32_t stream; /* TG_NO_NAME: a future */
};
typedef TG_VEC(struct tg_held) tg_held_list;
/* Replaces the list by what an expansion point may use beside what it waits for, each once, in the order of its
 * continuation. */
void tg_needed_held(const struct tg_needed *r, tg_id id, tg_held_list *out);

/* True for a `for`, an `if` and whatever else of the language waits for a result: it was not called as a task. */
static inline bool tg_site_is_construct(const struct tg_site *site)
{
    const char *plugin = site->def->plugin;
    return (site->flags & TG_SITE_EXPANDS) && (!plugin || strcmp(plugin, "core") == 0);
}
/* True for what takes one of several results of a construct. */
static inline bool tg_site_is_part(const struct tg_site *site)
{
    return tg_site_is_construct(site) && strcmp(site->def->name, "part") == 0;
}
/* True for a block that is run when all else has ended. */
static inline bool tg_site_is_final(const struct tg_site *site)
{
    return tg_site_is_construct(site) && strcmp(site->def->name, "finally") == 0;
}
/* True for an expansion point. */
static inline bool tg_task_expands(const struct tg_graph *g, tg_id id)
{
    const struct tg_site *site = tg_graph_site_of(g, id);
    return (site->flags & TG_SITE_EXPANDS) && !tg_site_is_part(site);
}
/* The task whose result this one only passes on, which says nothing in a picture: it takes its part of what an expansion
 * point gives, or stands for what one became. TG_NO_TASK: it does more than that. */
tg_id tg_needed_passes(const struct tg_graph *g, tg_id id);
/* True for an argument that is a construct's continuation. */
static inline bool tg_arg_is_continuation(const struct tg_graph *g, uint32_t arg)
{
    return tg_arg_kind(arg) == TG_ARG_POOL && tg_kind(g->pool.items[tg_arg_payload(arg)]) == TG_FUNCTION;
}

#endif
