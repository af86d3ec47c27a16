/* SPDX-License-Identifier: MIT
 * Who sleeps, who is woken or started, and when it is all over. Thread class: any thread of the crew. */
#ifndef TG_SCHED_WAKE_H
#define TG_SCHED_WAKE_H

#include "engine/sched/crew.h"

/* There is something that one more member could do. */
bool tg_wake_is_worth(struct tg_crew *crew);
/* Gets one more to work, unless somebody is looking for work already; may start one. */
void tg_wake_one(struct tg_crew *crew, bool start);
/* Something came free that others may wait for. */
void tg_wake_for_free(struct tg_crew *crew);
/* One is no longer busy: the last one ends it all. False if it stays busy, as tasks wait that nobody else sees to: they did not
 * fit into the cores that others had at the moment when they were looked at. */
bool tg_wake_leave(struct tg_crew *crew);
/* Sleeps unless there is work after all. */
enum tg_woken {
    TG_WOKEN_TO_END,
    TG_WOKEN_TO_SEARCH, /* the member counts as searching */
    TG_WOKEN_TO_WORK,   /* it is busy */
};
enum tg_woken tg_wake_sleep(struct tg_member *m);

/* After more was queued. */
static inline void tg_wake_for_more(struct tg_member *m)
{
    tg_fence();
    if (atomic_load_explicit(&m->crew->park.asleep, memory_order_relaxed) > 0) tg_wake_one(m->crew, false);
}

/* -- of held tasks */

/* Something is held, and nobody sees to it that it runs when it is due. Who is not busy may look at these only: the
 * coordinator may be gone. */
static inline bool tg_wake_lacks_timer(struct tg_crew *crew)
{
    return TG_UNLIKELY(atomic_load(&crew->held) > 0) && !atomic_load(&crew->timed);
}
/* What is due goes to the queue. The member is busy. */
void tg_wake_due(struct tg_member *m);
/* Another attempt is to come: somebody has to see to it in time. */
void tg_wake_for_held(struct tg_crew *crew);

#endif
