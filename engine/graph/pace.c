/* SPDX-License-Identifier: MIT
 * Estimates, and the ways to the end that follow from them. */
#include "engine/graph/pace.h"

#include "engine/graph/plan.h"
#include "engine/value/record.h"

/* A mean rises by a part of what was measured above it, and falls by half: what takes long once is often the first touch of
 * something, or another process that had the CPU. */
#define RISE_PARTS 4

static uint32_t new_mean(uint32_t mean, uint32_t us)
{
    if (mean == 0) return us;
    return us > mean ? mean + (us - mean + RISE_PARTS - 1) / RISE_PARTS : us + (mean - us) / 2;
}

bool tg_pace_note(const struct tg_site *site, uint64_t ns)
{
    struct tg_pace *pace = site->def->pace;
    if (!pace) return false;
    uint64_t us = ns / 1000 + 1;
    uint32_t mean = atomic_load_explicit(&pace->mean_us, memory_order_relaxed);
    uint32_t now = new_mean(mean, us < UINT32_MAX ? (uint32_t)us : UINT32_MAX);
    if (now != mean) atomic_store_explicit(&pace->mean_us, now, memory_order_relaxed);
    if (now < TG_SLOW_US || atomic_load_explicit(&pace->was_slow, memory_order_relaxed)) return false;
    return !atomic_exchange_explicit(&pace->was_slow, true, memory_order_relaxed);
}

static bool was_slow(const struct tg_site *site)
{
    const struct tg_pace *pace = site->def->pace;
    return site->flags & TG_SITE_SLOW || (pace && atomic_load_explicit(&pace->was_slow, memory_order_relaxed));
}

uint32_t tg_pace_estimate(const struct tg_site *site, const struct tg_durations *durations, tg_id id)
{
    if (!was_slow(site)) return 0;
    uint32_t ms = tg_durations_known(durations) ? tg_durations_ms(durations, site, id) : 0;
    return ms ? ms : 1;
}

int64_t tg_pace_priority(const struct tg_graph *g, const struct tg_site *site)
{
    tg_value options = g->options.items[site->options];
    const tg_value *priority = tg_kind(options) == TG_RECORD ? tg_record_find(options, "priority", 8) : NULL;
    return priority && tg_kind(*priority) == TG_INT ? priority->i : 0;
}

/* Consumers have larger ids, so a task's own way is known when the walk reaches it. */
uint32_t *tg_pace_levels(const struct tg_plan *p, const struct tg_durations *durations)
{
    const struct tg_graph *g = p->graph;
    uint32_t *levels = tg_block_zero(g->count * sizeof *levels);
    for (tg_id id = g->count; id-- > 0;) {
        if (!tg_plan_needs(p, id)) continue;
        uint32_t level = levels[id] = tg_pace_sum(levels[id], tg_pace_estimate(tg_graph_site_of(g, id), durations, id));
        for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
            if (tg_arg_is_edge(g->args[i]) && levels[tg_arg_payload(g->args[i])] < level)
                levels[tg_arg_payload(g->args[i])] = level;
    }
    return levels;
}
