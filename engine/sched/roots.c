/* SPDX-License-Identifier: MIT
 * Dealing and stealing roots. */
#include "engine/sched/roots.h"

#include "engine/graph/pace.h"

/* The roots from this one on that are slow go to the queue; how many are left. */
static uint32_t queue_roots(struct tg_crew *crew, struct tg_worker *w, uint32_t from)
{
    struct tg_edges *e = &crew->edges;
    uint32_t kept = from;
    for (uint32_t i = from; i < e->root_count; i++) {
        if (tg_pace_is_slow(tg_run_site_of(crew->run, e->roots[i]))) tg_queue_put(&crew->queue, w, e->roots[i]);
        else e->roots[kept++] = e->roots[i];
    }
    return kept;
}

void tg_roots_deal(struct tg_member *m, uint32_t without)
{
    struct tg_crew *crew = m->crew;
    bool slow = atomic_load_explicit(&crew->queue.used, memory_order_relaxed);
    uint32_t end = slow ? queue_roots(crew, m->worker, without) : crew->edges.root_count;
    atomic_store_explicit(&m->roots, tg_roots_range(without, end), memory_order_release);
}

/* A range once used up never comes back, so the exchange cannot be deceived by an equal one. */
bool tg_roots_steal(struct tg_member *m, struct tg_member *victim, tg_id *id)
{
    uint64_t range = atomic_load_explicit(&victim->roots, memory_order_acquire);
    while (tg_roots_size(range)) {
        uint32_t middle = tg_roots_end(range) - (tg_roots_size(range) + 1) / 2;
        if (!atomic_compare_exchange_weak_explicit(&victim->roots, &range, tg_roots_range(tg_roots_next(range), middle),
                                                   memory_order_acq_rel, memory_order_acquire))
            continue;
        *id = m->crew->edges.roots[middle];
        atomic_store_explicit(&m->roots, tg_roots_range(middle + 1, tg_roots_end(range)), memory_order_release);
        return true;
    }
    return false;
}
