/* SPDX-License-Identifier: MIT
 * How long tasks take, as far as scheduling asks: whether a task is quick, and how much one adds to the way to the end.
 *
 * A task is slow if its definition says so (commands, `slow` in a signature), or if the running mean of what was measured is a
 * millisecond or more. What was never measured passes for quick, unless it has a priority: who asks for an order gets it. */
#ifndef TG_GRAPH_PACE_H
#define TG_GRAPH_PACE_H

#include <stdatomic.h>

#include "engine/graph/durations.h"

/* The mean from which on tasks are slow. */
#define TG_SLOW_US 1000

/* What is known of a definition's tasks. Thread class: atomic, relaxed; a lost update is one measurement less. */
struct tg_pace {
    _Atomic uint32_t mean_us; /* running mean, rounded up; 0: never measured */
    _Atomic bool was_slow;    /* has been slow at some time */
};

/* The running mean of the site's tasks; UINT32_MAX: known to be slow; 0: not known, and to be measured. */
static inline uint32_t tg_pace_mean(const struct tg_site *site)
{
    if (site->flags & (TG_SITE_SLOW | TG_SITE_QUICK)) return site->flags & TG_SITE_SLOW ? UINT32_MAX : 1;
    const struct tg_pace *pace = site->def->pace;
    return pace ? atomic_load_explicit(&pace->mean_us, memory_order_relaxed) : 1;
}
static inline bool tg_pace_is_slow(const struct tg_site *site)
{
    uint32_t mean = tg_pace_mean(site);
    return mean >= TG_SLOW_US || (mean == 0 && site->flags & TG_SITE_PRIORITY);
}

/* A task of this site took that long. True if its definition is slow now, for the first time. */
bool tg_pace_note(const struct tg_site *site, uint64_t ns);
/* The estimate of how long a task of this site takes, as a part of the way to the end: a quick one is nothing, a slow one a hop, or
 * milliseconds where durations of earlier runs are known (NULL: they are not). id: of a task of the plan, or TG_NO_TASK. */
uint32_t tg_pace_estimate(const struct tg_site *site, const struct tg_durations *durations, tg_id id);
/* Two parts of a way, one behind the other. */
static inline uint32_t tg_pace_sum(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}
/* The option `priority`. */
int64_t tg_pace_priority(const struct tg_graph *g, const struct tg_site *site);
/* For each task that the plan needs, the longest way to the end, its own estimate included. To be freed with tg_block_free. */
struct tg_plan;
uint32_t *tg_pace_levels(const struct tg_plan *p, const struct tg_durations *durations);

#endif
