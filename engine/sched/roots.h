/* SPDX-License-Identifier: MIT
 * The tasks that were ready from the start. They are never queued: each member has a range of the list of them, takes from its
 * front, and thieves take its back half. A range is one word: the next one << 32 | the end. Thread class: any thread, but for
 * deal and take: the member's own. */
#ifndef TG_SCHED_ROOTS_H
#define TG_SCHED_ROOTS_H

#include "engine/sched/crew.h"

static inline uint64_t tg_roots_range(uint32_t next, uint32_t end)
{
    return (uint64_t)next << 32 | end;
}
static inline uint32_t tg_roots_next(uint64_t range)
{
    return (uint32_t)(range >> 32);
}
static inline uint32_t tg_roots_end(uint64_t range)
{
    return (uint32_t)range;
}
static inline uint32_t tg_roots_size(uint64_t range)
{
    return tg_roots_end(range) - tg_roots_next(range);
}

/* Gives the member all roots but the first `without`; slow ones go to the queue. Before others work from the edges. */
void tg_roots_deal(struct tg_member *m, uint32_t without);
/* The back half of the victim's roots: one to run now, the others become the member's own. False if it has none. */
bool tg_roots_steal(struct tg_member *m, struct tg_member *victim, tg_id *id);

static inline bool tg_roots_take(struct tg_member *m, tg_id *id)
{
    uint64_t range = atomic_load_explicit(&m->roots, memory_order_acquire);
    while (tg_roots_size(range)) {
        uint64_t rest = tg_roots_range(tg_roots_next(range) + 1, tg_roots_end(range));
        if (!atomic_compare_exchange_weak_explicit(&m->roots, &range, rest, memory_order_acq_rel, memory_order_acquire))
            continue;
        *id = m->crew->edges.roots[tg_roots_next(range)];
        return true;
    }
    return false;
}

/* True if it has something that is quick. */
static inline bool tg_roots_has_work(const struct tg_member *m)
{
    return tg_deque_size(&m->ready) > 0 || tg_roots_size(atomic_load_explicit(&m->roots, memory_order_relaxed)) > 0;
}

#endif
