/* SPDX-License-Identifier: MIT
 * Two walks from what is wanted: the first along arguments, and from a stream to all that is put into it; the second
 * goes on from what the expansion points of the first hold, their continuations' values.
 *
 * Values are a graph of their own, which may share and be deep: it is walked with a list of what is left, and every
 * function, list and record is looked into once. */
#include "engine/draw/needed.h"

#include <stdlib.h>

#include "engine/grow/stream.h"
#include "engine/value/list.h"
#include "engine/value/record.h"

tg_id tg_needed_passes(const struct tg_graph *g, tg_id id)
{
    const struct tg_site *site = tg_graph_site_of(g, id);
    if (!tg_site_is_part(site) && (site->def != g->identity || site->span.start)) return TG_NO_TASK;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
        if (tg_arg_kind(g->args[i]) == TG_ARG_TASK) return tg_arg_payload(g->args[i]);
    return TG_NO_TASK;
}

/* The number of a stream that the graph names; TG_NO_NAME if v is none. */
static uint32_t stream_number(const struct tg_needed *r, tg_value v)
{
    if (!tg_is_stream(v)) return TG_NO_NAME;
    return tg_names_find(&r->streams, (const char *)&v.p, sizeof v.p);
}

/* ---- what is held -------------------------------------------------------------------------------- */

struct looking {
    const struct tg_needed *r;
    TG_VEC(tg_value) left; /* borrowed; the last one comes next */
    struct tg_names seen;  /* bodies looked into, by the bytes of their address */
    struct tg_names tasks; /* found, by the bytes of their id */
    tg_held_list *out;
};

static bool first_time(struct tg_names *seen, const void *bytes, size_t length)
{
    size_t before = seen->names.count;
    return tg_names_add(seen, bytes, length) == before;
}

static void look_later(void *data, tg_value v)
{
    struct looking *l = data;
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_OBJECT || kind == TG_FUNCTION || tg_value_marks(v)) tg_vec_push(&l->left, v);
}

/* Puts off what is inside, so that the first of it comes next. */
static void look_inside(struct looking *l, tg_value v)
{
    size_t start = l->left.count;
    if (tg_kind(v) == TG_FUNCTION) {
        const struct tg_function *f = v.p;
        if (f->held) f->held(f, look_later, l);
    } else if (tg_kind(v) == TG_LIST) {
        const struct tg_list *list = tg_list_of(v);
        for (size_t i = 0; i < list->count; i++) look_later(l, list->items[i]);
    } else {
        const struct tg_record *record = tg_record_of(v);
        for (size_t i = 0; i < record->count; i++) look_later(l, record->fields[i].value);
    }
    TG_ASSERT(start <= l->left.count);
    for (size_t end = l->left.count; end > start + 1; start++) {
        tg_value swap = l->left.items[start];
        l->left.items[start] = l->left.items[--end];
        l->left.items[end] = swap;
    }
}

static void look_at(struct looking *l, tg_value v)
{
    if (tg_kind(v) == TG_FUTURE) {
        tg_id id = (tg_id)v.bits;
        if (first_time(&l->tasks, &id, sizeof id)) tg_vec_push(l->out, ((struct tg_held){id, TG_NO_NAME}));
    } else if (!first_time(&l->seen, &v.p, sizeof v.p)) {
        return;
    } else if (tg_kind(v) != TG_OBJECT) {
        look_inside(l, v);
    } else if (stream_number(l->r, v) != TG_NO_NAME) {
        tg_vec_push(l->out, ((struct tg_held){TG_NO_TASK, stream_number(l->r, v)}));
    }
}

void tg_needed_held(const struct tg_needed *r, tg_id id, tg_held_list *out)
{
    const struct tg_graph *g = r->plan->graph;
    TG_ASSERT(tg_task_expands(g, id));
    struct looking l = {.r = r, .out = out};
    out->count = 0;
    for (uint32_t i = g->arg_end[id]; i-- > tg_graph_arg_begin(g, id) && !r->all;) {
        tg_id waited = tg_arg_payload(g->args[i]);
        if (tg_arg_is_edge(g->args[i])) first_time(&l.tasks, &waited, sizeof waited);
        else if (tg_arg_is_continuation(g, g->args[i])) look_later(&l, g->pool.items[waited]);
    }
    while (l.left.count) look_at(&l, l.left.items[--l.left.count]);
    tg_vec_done(&l.left);
    tg_names_done(&l.seen);
    tg_names_done(&l.tasks);
}

/* ---- streams ------------------------------------------------------------------------------------- */

uint32_t tg_needed_arg_stream(const struct tg_needed *r, uint32_t arg)
{
    if (tg_arg_kind(arg) != TG_ARG_POOL) return TG_NO_NAME;
    return stream_number(r, r->plan->graph->pool.items[tg_arg_payload(arg)]);
}

uint32_t tg_needed_put_stream(const struct tg_needed *r, tg_id id)
{
    const struct tg_graph *g = r->plan->graph;
    if (!(tg_graph_def_of(g, id)->flags & TG_DEF_PUT)) return TG_NO_NAME;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        uint32_t stream = tg_needed_arg_stream(r, g->args[i]);
        if (stream != TG_NO_NAME) return stream;
    }
    return TG_NO_NAME;
}

/* Numbers the streams of the constants, and finds what is put into each. */
static void number_streams(struct tg_needed *r)
{
    const struct tg_graph *g = r->plan->graph;
    size_t puts = r->all ? 0 : g->puts.count; /* nothing is left to be put in by what became of a graph */
    for (size_t i = 0; i < g->pool.count; i++)
        if (tg_is_stream(g->pool.items[i])) tg_names_add(&r->streams, (const char *)&g->pool.items[i].p, sizeof(void *));
    r->puts = tg_alloc_zero((r->streams.names.count + 1) * sizeof *r->puts);
    r->next_put = tg_alloc_zero((puts + 1) * sizeof *r->next_put);
    for (size_t i = puts; i-- > 0;) {
        uint32_t stream = stream_number(r, g->puts.items[i].stream); /* a constant of the put task */
        if (stream == TG_NO_NAME) continue;
        TG_ASSERT(r->puts[stream] == 0 || r->puts[stream] > i + 1); /* from the last to the first: the list ascends */
        r->next_put[i] = r->puts[stream];
        r->puts[stream] = (uint32_t)i + 1;
    }
}

/* ---- the walks ----------------------------------------------------------------------------------- */

struct need_walk {
    struct tg_needed *r;
    TG_VEC(tg_id) left;
    uint64_t *into;    /* the bitmap that is being filled */
    uint64_t *streams; /* bitmap: those that have been walked */
    tg_id *count;
};

static void reach_task(struct need_walk *w, tg_id id)
{
    TG_ASSERT(id < w->r->task_count);
    if (tg_bits_get(w->r->sure, id) || tg_bits_get(w->into, id)) return;
    tg_bits_set(w->into, id);
    *w->count += tg_needed_passes(w->r->plan->graph, id) == TG_NO_TASK;
    tg_vec_push(&w->left, id);
}

static void reach_stream(struct need_walk *w, uint32_t stream)
{
    if (stream == TG_NO_NAME || tg_bits_get(w->streams, stream)) return;
    TG_ASSERT(stream < w->r->streams.names.count);
    tg_bits_set(w->streams, stream);
    const struct tg_graph *g = w->r->plan->graph;
    for (uint32_t i = w->r->puts[stream]; i; i = w->r->next_put[i - 1]) reach_task(w, g->puts.items[i - 1].task);
}

static void reach_held(struct need_walk *w, tg_id id, tg_held_list *held)
{
    if (!tg_task_expands(w->r->plan->graph, id)) return;
    tg_needed_held(w->r, id, held);
    for (size_t i = 0; i < held->count; i++) {
        if (held->items[i].task == TG_NO_TASK) reach_stream(w, held->items[i].stream);
        else reach_task(w, held->items[i].task);
    }
}

/* Goes on until nothing is left; held: NULL while continuations are left alone. */
static void walk_on(struct need_walk *w, tg_held_list *held)
{
    const struct tg_graph *g = w->r->plan->graph;
    while (w->left.count) {
        tg_id id = w->left.items[--w->left.count];
        for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
            if (tg_arg_is_edge(g->args[i])) reach_task(w, tg_arg_payload(g->args[i]));
            else reach_stream(w, tg_needed_arg_stream(w->r, g->args[i]));
        }
        if (held) reach_held(w, id, held);
    }
}

static void walk_sure(struct need_walk *w)
{
    const struct tg_plan *p = w->r->plan;
    const struct tg_graph *g = p->graph;
    w->into = w->r->sure;
    w->count = &w->r->sure_count;
    for (size_t i = 0; i < g->wanted.count; i++)
        if (g->wanted.items[i].task != TG_NO_TASK && tg_bits_get(p->selected, i)) reach_task(w, g->wanted.items[i].task);
    for (size_t i = 0; i < g->finals.count; i++)
        if (tg_plan_needs(p, g->finals.items[i])) reach_task(w, g->finals.items[i]);
    walk_on(w, NULL);
}

static void walk_maybe(struct need_walk *w)
{
    struct tg_needed *r = w->r;
    tg_held_list held = {0};
    w->into = r->maybe;
    w->count = &r->maybe_count;
    for (tg_id id = 0; id < r->plan->graph->count; id++)
        if (tg_bits_get(r->sure, id)) {
            reach_held(w, id, &held);
            walk_on(w, &held);
        }
    tg_vec_done(&held);
}

static void take_all(struct tg_needed *r)
{
    const struct tg_graph *g = r->plan->graph;
    for (tg_id id = 0; id < g->count; id++) {
        tg_bits_set(r->sure, id);
        r->sure_count += tg_needed_passes(g, id) == TG_NO_TASK;
    }
}

void tg_needed_make(struct tg_needed *r, const struct tg_plan *plan, bool all)
{
    const struct tg_graph *g = plan->graph;
    *r = (struct tg_needed){.plan = plan, .all = all, .task_count = g->count, .sure_count = plan->count};
    if (!g->grows && !g->finals.count && !all) return;
    r->sure = tg_bits_new(g->count);
    r->maybe = tg_bits_new(g->count);
    r->sure_count = 0;
    number_streams(r);
    if (all) {
        take_all(r);
    } else {
        struct need_walk w = {.r = r, .streams = tg_bits_new(r->streams.names.count)};
        walk_sure(&w);
        walk_maybe(&w);
        tg_bits_free(w.streams, r->streams.names.count);
        tg_vec_done(&w.left);
    }
    TG_ASSERT(r->sure_count + r->maybe_count <= g->count);
    for (tg_id id = 0; id < g->count; id++) r->sure_expands += tg_bits_get(r->sure, id) && tg_task_expands(g, id);
}

void tg_needed_done(struct tg_needed *r)
{
    tg_bits_free(r->sure, r->task_count);
    tg_bits_free(r->maybe, r->task_count);
    free(r->puts);
    free(r->next_put);
    tg_names_done(&r->streams);
    *r = (struct tg_needed){0};
}
