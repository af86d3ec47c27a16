/* SPDX-License-Identifier: MIT
 * The plan turned around: who waits for whom, for schedulers that run more than one task at a time.
 *
 * A task is ready when `pending` inputs are done. The successors of a task stand side by side. A task of very many
 * inputs would have every worker count down the same number; its inputs are counted in groups instead, by joins: nodes
 * that are no tasks, numbered from task_count on, and the last input of a group counts for the group.
 * Thread class: immutable, but for the counters: atomic. */
#ifndef TG_GRAPH_EDGES_H
#define TG_GRAPH_EDGES_H

#include "engine/graph/plan.h"

struct tg_join {
    _Atomic uint32_t pending; /* atomic: as for tasks */
    tg_id task;
};

struct tg_edges {
    tg_id task_count; /* nodes below are tasks */
    uint32_t edge_count, join_count, root_count;
    _Atomic uint32_t *pending; /* per task: inputs (or joins) not yet done; atomic. The last one need not write it: it
                                  stays 1 */
    uint32_t *begin;           /* per task, and one more: where its successors begin */
    uint32_t *successors;      /* nodes */
    struct tg_join *joins;
    tg_id *roots; /* tasks that wait for nothing, in the plan's order */
};

/* Of the needed tasks that are not done (bitmap; NULL: none is). */
void tg_edges_make(const struct tg_plan *p, const uint64_t *done, struct tg_edges *out);
void tg_edges_done(struct tg_edges *e);

/* One input less; true if it was the last one. */
static inline bool tg_pending_last(_Atomic uint32_t *pending)
{
    TG_ASSERT(atomic_load_explicit(pending, memory_order_relaxed) != 0);
    return atomic_load_explicit(pending, memory_order_acquire) == 1 ||
           atomic_fetch_sub_explicit(pending, 1, memory_order_acq_rel) == 1;
}

#endif
