/* SPDX-License-Identifier: MIT
 * The longest way through a graph that grows, by the times that tasks took: points, as in became.c, each when a task ended or became
 * something else. Thread class: owner. */
#ifndef TG_WATCH_WAY_H
#define TG_WATCH_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/vec.h"

#define TG_WAY_NONE UINT32_MAX

struct tg_way_point {
    uint64_t ns, end_ns;         /* in its function; the longest way up to here */
    uint32_t of, task;           /* what the caller says of it */
    uint32_t from, older;        /* the point that this one waited for last, and that of the same task before; or none */
    uint32_t round;              /* of the task */
    uint32_t jump, depth;        /* one of the same task long before, and how many are before */
    bool has_own_stretch, again; /* its last stretch is still to be told of; and was none of its own: it is called again */
};

struct tg_way {
    TG_VEC(struct tg_way_point) points;
    TG_VEC(uint32_t) newest; /* by task: its last point */
};

/* What is told of a task that ends or becomes something else: `of`, `task`, `round` and the two flags of a point; `ns` since the
 * point before. */
struct tg_way_told {
    struct tg_way_point point;
    uint32_t parent, parent_round; /* TG_WAY_NONE: nobody has added it */
};

/* The last point of a task. */
static inline uint32_t tg_way_newest(const struct tg_way *w, uint32_t task)
{
    return task < w->newest.count ? w->newest.items[task] : TG_WAY_NONE;
}
/* One more point, which waits for those of its task and of who has added it; then for those of what it needs. */
void tg_way_put(struct tg_way *w, const struct tg_way_told *told, const uint32_t *needs, size_t need_count);
/* The time of its last stretch is told of behind the point. */
void tg_way_add_ns(struct tg_way *w, uint32_t point, uint64_t ns);
/* The point at which the longest way ends. */
uint32_t tg_way_end(const struct tg_way *w);
void tg_way_done(struct tg_way *w);

#endif
