/* SPDX-License-Identifier: MIT
 * The queue of a crew: slow tasks that are ready wait there for whoever is free, by priority, then by the longest way to the
 * end, then by number: those of the plan by their ids, others in the order in which they came.
 *
 * The ways to the end are found in one sweep over the plan when the first slow task comes, and once more when another
 * definition turns out to be slow, or durations of earlier runs are known; a graph without slow tasks has none.
 *
 * Tasks that need more than a worker wait in the coordinator's line, and who takes something is told there whose turn it is. */
#ifndef TG_SCHED_QUEUE_H
#define TG_SCHED_QUEUE_H

#include <pthread.h>

#include "engine/graph/lineup.h"
#include "engine/run/coordinator.h"

/* Thread class: locked, but for what is atomic. */
struct tg_queue {
    const struct tg_run *run; /* immutable */
    pthread_mutex_t lock;
    struct tg_lineup lineup;
    uint32_t *levels;               /* of the plan's tasks, level_count of them (tg_pace_levels); NULL: none so far */
    tg_id level_count;              /* immutable */
    unsigned levels_of;             /* what slow_defs was when they were made */
    struct tg_durations *levels_by; /* that were known then; NULL: none */
    uint32_t next_number;           /* of a graph that grows */
    _Atomic unsigned slow_defs;     /* atomic, relaxed: counts up when a definition turns out to be slow; from 1 */
    _Atomic size_t
        count; /* atomic, relaxed: tasks that wait, those in line included; written under the lock, which orders what is behind it */
    _Atomic unsigned stuck_cores; /* atomic, seq_cst: with so many free cores nobody may begin; the coordinator's */
    _Atomic bool lacks_cores;     /* atomic, seq_cst: somebody in line waits for cores alone; likewise */
    _Atomic bool lines;           /* atomic, relaxed: somebody is in line; written under the lock */
    _Atomic bool used;            /* atomic, relaxed: something waits, or the plan has slow tasks; written under the lock */
};

void tg_queue_init(struct tg_queue *q, const struct tg_run *run);
void tg_queue_done(struct tg_queue *q);
/* By that worker of the run. Makes a full fence at its end, so that the caller may look for sleepers. */
void tg_queue_put(struct tg_queue *q, struct tg_worker *w, tg_id id);
/* The first that may begin with so many free cores, and how many it takes; false if there is none. By a worker of the run. */
bool tg_queue_take(struct tg_queue *q, uint32_t cores_free, tg_id *id, uint32_t *cores);
/* Another definition has turned out to be slow. */
void tg_queue_learn(struct tg_queue *q);

/* True if it is worth a look with so many free cores. */
static inline bool tg_queue_waits(const struct tg_queue *q, uint32_t cores_free)
{
    return atomic_load_explicit(&q->count, memory_order_relaxed) > 0 && cores_free > atomic_load(&q->stuck_cores);
}
/* Somebody in line waits for cores alone. */
static inline bool tg_queue_lacks_cores(const struct tg_queue *q)
{
    return TG_UNLIKELY(atomic_load_explicit(&q->lines, memory_order_relaxed)) && atomic_load(&q->lacks_cores);
}
static inline bool tg_queue_is_empty(const struct tg_queue *q)
{
    return atomic_load_explicit(&q->count, memory_order_relaxed) == 0;
}

#endif
