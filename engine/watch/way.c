/* SPDX-License-Identifier: MIT
 * A point's way is the longest one of those that it waited for, and its own time. */
#include "engine/watch/way.h"

/* Of an expansion point when it added what asks: if it has gone on since, not what came of that. One that was done with its last
 * adding of tasks tells of a round more than they do. */
static uint32_t point_of_parent(const struct tg_way *w, uint32_t task, uint32_t round)
{
    const struct tg_way_point *points = w->points.items;
    uint32_t at = tg_way_newest(w, task);
    if (at == TG_WAY_NONE || points[at].round < round) return at;
    while (points[at].older != TG_WAY_NONE && points[points[at].older].round >= round)
        at = points[points[at].jump].round >= round ? points[at].jump : points[at].older;
    return at;
}

/* Jumps are such that from any point to any other of its task there are few of them, however many points lie between. */
static void set_jump(const struct tg_way *w, struct tg_way_point *p)
{
    const struct tg_way_point *points = w->points.items;
    p->jump = (uint32_t)w->points.count; /* the first one: nowhere */
    p->depth = 0;
    if (p->older == TG_WAY_NONE) return;
    const struct tg_way_point *older = &points[p->older], *jump = &points[older->jump];
    bool as_long = older->depth - jump->depth == jump->depth - points[jump->jump].depth;
    p->jump = as_long ? jump->jump : p->older;
    p->depth = older->depth + 1;
}

static void wait_for_point(const struct tg_way *w, struct tg_way_point *p, uint32_t from)
{
    if (from == TG_WAY_NONE || w->points.items[from].end_ns < p->end_ns) return;
    p->from = from;
    p->end_ns = w->points.items[from].end_ns;
}

void tg_way_put(struct tg_way *w, const struct tg_way_told *told, const uint32_t *needs, size_t need_count)
{
    struct tg_way_point p = told->point;
    p.end_ns = 0;
    p.from = TG_WAY_NONE;
    p.older = tg_way_newest(w, p.task);
    set_jump(w, &p);
    wait_for_point(w, &p, p.older);
    if (told->parent != TG_WAY_NONE) wait_for_point(w, &p, point_of_parent(w, told->parent, told->parent_round));
    for (size_t i = 0; i < need_count; i++) wait_for_point(w, &p, tg_way_newest(w, needs[i]));
    p.end_ns += p.ns;
    while (w->newest.count <= p.task) tg_vec_push(&w->newest, TG_WAY_NONE);
    w->newest.items[p.task] = (uint32_t)w->points.count;
    tg_vec_push(&w->points, p);
}

void tg_way_add_ns(struct tg_way *w, uint32_t point, uint64_t ns)
{
    w->points.items[point].ns += ns;
    w->points.items[point].end_ns += ns;
}

uint32_t tg_way_end(const struct tg_way *w)
{
    uint32_t last = TG_WAY_NONE;
    for (uint32_t i = 0; i < w->points.count; i++)
        if (last == TG_WAY_NONE || w->points.items[i].end_ns > w->points.items[last].end_ns) last = i;
    return last;
}

void tg_way_done(struct tg_way *w)
{
    tg_vec_done(&w->points);
    tg_vec_done(&w->newest);
}
