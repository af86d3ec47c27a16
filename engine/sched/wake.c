/* SPDX-License-Identifier: MIT
 * A member that has found nothing for a while goes to sleep. One of them sleeps until the next held task is due (`timed`) instead
 * of in the park. */
#include "engine/sched/wake.h"

#include <unistd.h>

#include "engine/base/assert.h"
#include "engine/run/coordinator.h"
#include "engine/sched/cores.h"
#include "engine/sched/roots.h"

/* How long who keeps the time sleeps at most if it cannot be woken. */
#define UNTIMED_NS 20000000

/* Lets the member that sleeps until something is due look again. */
static void wake_timer(struct tg_crew *crew)
{
    const uint64_t one = 1;
    if (crew->timer_fd >= 0 && write(crew->timer_fd, &one, sizeof one) < 0) {} /* full: it is raised already */
}

bool tg_wake_is_worth(struct tg_crew *crew)
{
    unsigned cores_free = tg_cores_free(crew);
    if (TG_UNLIKELY(cores_free == 0)) return false;
    if (tg_queue_waits(&crew->queue, cores_free)) return true;
    unsigned started = atomic_load(&crew->started);
    for (unsigned i = 0; i < started; i++)
        if (tg_roots_has_work(&crew->members[i])) return true;
    return false;
}

void tg_wake_one(struct tg_crew *crew, bool start)
{
    if (atomic_load(&crew->searching) > 0) return;
    if (atomic_load(&crew->park.asleep) > 0 && tg_park_wake(&crew->park, &crew->searching)) return;
    if (TG_UNLIKELY(atomic_load(&crew->timed))) {
        wake_timer(crew);
        return;
    }
    if (start && atomic_load_explicit(&crew->may_start, memory_order_relaxed)) tg_crew_start(crew, tg_crew_member);
}

void tg_wake_for_free(struct tg_crew *crew)
{
    tg_fence();
    if (tg_wake_is_worth(crew)) tg_wake_one(crew, true);
}

bool tg_wake_leave(struct tg_crew *crew)
{
    unsigned busy = atomic_load(&crew->busy);
    do {
        TG_ASSERT(busy > 0);
        if (busy == 1 && !tg_queue_is_empty(&crew->queue) && !atomic_load(&crew->ended)) return false;
    } while (!atomic_compare_exchange_weak(&crew->busy, &busy, busy - 1));
    if (busy != 1) return true;
    atomic_store(&crew->ended, true);
    tg_park_wake_all(&crew->park);
    return true;
}

/* ---- held tasks ---------------------------------------------------------------------------------- */

void tg_wake_due(struct tg_member *m)
{
    struct tg_crew *crew = m->crew;
    if (TG_LIKELY(atomic_load_explicit(&crew->held, memory_order_relaxed) == 0)) return;
    struct tg_coordinator *c = crew->run->coordinator;
    for (tg_id id; tg_coordinator_is_due(c) && tg_coordinator_due(c, &id);) {
        tg_queue_put(&crew->queue, m->worker, id);
        unsigned before = atomic_fetch_sub(&crew->busy, 1); /* it has a member that sees to it */
        TG_ASSERT(before > 1);
        if (TG_UNLIKELY(atomic_load(&crew->timed))) wake_timer(crew); /* it waits for another one now, or for none */
        if (atomic_load(&crew->aside.asleep) > 0) tg_park_wake_all(&crew->aside); /* it may have been in line for cores */
    }
}

void tg_wake_for_held(struct tg_crew *crew)
{
    if (atomic_load(&crew->timed)) wake_timer(crew);
    else tg_wake_one(crew, true);
}

/* Sleeps until the next held task is due or something else is to be done. False if another one does. */
static bool keep_time(struct tg_member *m)
{
    struct tg_crew *crew = m->crew;
    uint64_t event;
    if (atomic_load(&crew->held) == 0 || atomic_exchange(&crew->timed, true)) return false;
    tg_park_lie_down(&m->bed);
    tg_coordinator_sleep(crew->run->coordinator, crew->timer_fd, crew->timer_fd < 0 ? UNTIMED_NS : UINT64_MAX);
    tg_park_get_up(&m->bed);
    if (crew->timer_fd >= 0 && read(crew->timer_fd, &event, sizeof event) < 0) {} /* nobody raised it */
    atomic_fetch_add(&crew->searching, 1);
    atomic_store(&crew->timed, false);
    return true;
}

/* The same, busy, so that the run is there. False if another one keeps the time. */
static bool keep_time_busy(struct tg_member *m, enum tg_woken *woken)
{
    struct tg_crew *crew = m->crew;
    atomic_fetch_add(&crew->busy, 1);
    bool kept = keep_time(m), left = tg_wake_leave(crew);
    *woken = left ? TG_WOKEN_TO_SEARCH : TG_WOKEN_TO_WORK;
    if (kept && !left) atomic_fetch_sub(&crew->searching, 1);
    return kept || !left;
}

enum tg_woken tg_wake_sleep(struct tg_member *m)
{
    struct tg_crew *crew = m->crew;
    enum tg_woken woken;
    if (getpid() != crew->process) return TG_WOKEN_TO_END; /* a copy of the process, where nobody could wake it */
    if (tg_wake_lacks_timer(crew) && keep_time_busy(m, &woken)) return woken;
    tg_park_enter(&crew->park, &m->bed);
    tg_fence();
    if (atomic_load(&crew->ended)) {
        tg_park_leave(&crew->park, &m->bed);
        return TG_WOKEN_TO_END;
    }
    if (tg_wake_is_worth(crew) || tg_wake_lacks_timer(crew)) {
        if (tg_park_leave(&crew->park, &m->bed)) atomic_fetch_add(&crew->searching, 1);
        return TG_WOKEN_TO_SEARCH;
    }
    tg_park_sleep(&m->bed);
    return atomic_load(&crew->ended) ? TG_WOKEN_TO_END : TG_WOKEN_TO_SEARCH;
}
