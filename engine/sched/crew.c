/* SPDX-License-Identifier: MIT
 * Workers that steal from each other: where a member finds its next task, and when it gives up its seat.
 *
 * The calling thread is member 0. Another thread is started only when a member is about to run a task that may take
 * long, or while slow tasks wait, if more work is ready and nobody is idle or looking for work. A member runs the first successor
 * that became ready itself (member.c), takes from its own deque, from its own roots, from the others, and then from the queue.
 * Whoever finds work as the last searcher has the next one woken or started, if there is more. A member that has found nothing
 * for a while goes to sleep (wake.c). Threads are not waited for: crew.h says why that is safe.
 *
 * Orders: a result is written plainly, then the pending counts of its consumers are lowered (acquire and release); the
 * deques and root ranges hand tasks on with release and acquire. */
#include "engine/sched/crew.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/run/coordinator.h"
#include "engine/sched/cores.h"
#include "engine/sched/lookahead.h"
#include "engine/sched/member.h"
#include "engine/sched/roots.h"
#include "engine/sched/wake.h"

/* Looks at all others before going to sleep: about 10 µs, what a wake-up costs. Few when threads share CPUs. */
#define SEARCH_ROUNDS 200
#define SEARCH_ROUNDS_CROWDED 4

static inline void relax_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Takes something of the victim's, which seemed to have it. The member is busy then; it may be so with TG_NO_TASK, if others
 * have left meanwhile what waits in the queue. */
static bool steal_from(struct tg_member *m, struct tg_member *victim, tg_id *id)
{
    struct tg_crew *crew = m->crew;
    bool seated = m->seated;
    if (!tg_cores_sit(m)) return false;
    atomic_fetch_add(&crew->busy, 1);
    if (!atomic_load(&crew->ended) && (tg_roots_steal(m, victim, id) || tg_deque_steal(&victim->ready, id))) return true;
    if (!seated) tg_cores_stand(m);
    *id = TG_NO_TASK;
    return !tg_wake_leave(crew);
}

static bool steal(struct tg_member *m, tg_id *id)
{
    struct tg_crew *crew = m->crew;
    unsigned started = atomic_load_explicit(&crew->started, memory_order_acquire);
    m->seed = m->seed * 1664525u + 1013904223u;
    unsigned at = (unsigned)((uint64_t)m->seed * started >> 32);
    for (unsigned i = 0; i < started; i++) {
        struct tg_member *victim = &crew->members[at];
        at = at + 1 < started ? at + 1 : 0;
        if (victim != m && tg_roots_has_work(victim) && steal_from(m, victim, id)) return true;
    }
    return false;
}

/* Takes what is first in the queue, with the cores for it. The member, which is busy, has a seat then. While somebody is in line
 * it takes all seats for this moment: a wide task needs them at once. */
static bool take_slow(struct tg_member *m, tg_id *id)
{
    struct tg_crew *crew = m->crew;
    bool lines = atomic_load_explicit(&crew->queue.lines, memory_order_relaxed);
    if (tg_queue_is_empty(&crew->queue)) return false;
    unsigned had = tg_cores_take(crew, lines ? crew->cores : !m->seated) + m->seated;
    bool taken = tg_queue_take(&crew->queue, had, id, &m->cores);
    unsigned keeps = taken ? m->cores : m->seated;
    TG_ASSERT(keeps <= had);
    m->seated = m->seated || taken;
    tg_cores_leave(crew, had - keeps);
    if (lines && had > keeps) tg_wake_for_free(crew);
    return taken;
}

/* Takes what is first in the queue. The member is busy then. */
static bool join_queue(struct tg_member *m, tg_id *id)
{
    struct tg_crew *crew = m->crew;
    if (!tg_queue_waits(&crew->queue, tg_cores_free(crew)) && atomic_load(&crew->held) == 0) return false;
    atomic_fetch_add(&crew->busy, 1);
    tg_wake_due(m);
    do
        if (!atomic_load(&crew->ended) && take_slow(m, id)) return true;
    while (!tg_wake_leave(crew));
    return false;
}

enum search_result { FOUND_NOTHING, FOUND_QUICK, FOUND_SLOW };

/* Looks for work as one who counts as searching, and no longer does afterwards. The member is busy with *id if there was. */
static enum search_result search(struct tg_member *m, tg_id *id)
{
    struct tg_crew *crew = m->crew;
    enum search_result found = FOUND_NOTHING;
    uint64_t began_ns = TG_UNLIKELY(crew->tells_steals) ? tg_clock_ns() : 0;
    for (unsigned round = 0; !found && round < crew->search_rounds && !atomic_load_explicit(&crew->ended, memory_order_relaxed);
         round++) {
        if (steal(m, id)) found = FOUND_QUICK;
        else if (join_queue(m, id)) found = FOUND_SLOW;
        else relax_cpu();
    }
    if (began_ns && found == FOUND_QUICK) tg_worker_tell_span(m->worker, TG_EVENT_STEAL, began_ns, TG_NO_TASK, 0);
    unsigned searching = atomic_fetch_sub(&crew->searching, 1);
    TG_ASSERT(searching > 0);
    bool last = searching == 1;
    if (found && last && (tg_wake_is_worth(crew) || tg_wake_lacks_timer(crew))) tg_wake_one(crew, true);
    return found;
}

/* Something of another's that is quick, for a member that is busy anyway. */
static bool steal_more(struct tg_member *m, tg_id *id)
{
    if (!steal(m, id)) return false;
    bool left = tg_wake_leave(m->crew); /* it was counted once more */
    TG_ASSERT(left);
    return left;
}

/* The member has given up its seat: true if it goes on, with *id from the queue or TG_NO_TASK. */
static bool comes_back(struct tg_member *m, tg_id *id)
{
    struct tg_crew *crew = m->crew;
    *id = TG_NO_TASK;
    if (tg_run_stopped(crew->run)) { /* only to leave what it has */
        atomic_fetch_add(&crew->seats, 1);
        return m->seated = true;
    }
    unsigned cores_free = tg_cores_free(crew);
    if (tg_queue_waits(&crew->queue, cores_free) && take_slow(m, id)) return true;
    struct tg_coordinator *c = crew->run->coordinator;
    return cores_free && (!c || tg_coordinator_goes_on(c, cores_free)) && tg_cores_sit(m);
}

/* A wide task needs the member's core, or there are too many who work: it sleeps until one comes free again, busy, as it has work.
 * Others may steal that. */
static void give_way(struct tg_member *m)
{
    struct tg_crew *crew = m->crew;
    tg_id id;
    atomic_store_explicit(&m->worker->running, TG_NO_TASK, memory_order_relaxed);
    tg_cores_stand(m);
    for (bool back = false; !back;) {
        tg_park_enter(&crew->aside, &m->bed);
        tg_fence();
        back = comes_back(m, &id);
        if (back) tg_park_leave(&crew->aside, &m->bed);
        else tg_park_sleep(&m->bed);
    }
    if (id != TG_NO_TASK) tg_member_run_slow(m, id);
}

/* Whether there is something in the queue for a member that is busy; after a stop, all of it. */
static bool may_take_slow(const struct tg_member *m)
{
    const struct tg_crew *crew = m->crew;
    if (TG_LIKELY(tg_queue_is_empty(&crew->queue))) return false;
    return tg_queue_waits(&crew->queue, tg_cores_free(crew) + 1) || tg_run_stopped(crew->run);
}

/* It was the turn of a slow task, and none may begin: one that waits for cores may need this one. */
static bool must_give_way(struct tg_member *m)
{
    struct tg_crew *crew = m->crew;
    m->quick_since = 0;
    if (!tg_queue_lacks_cores(&crew->queue) || tg_run_stopped(crew->run)) return false;
    return !tg_coordinator_goes_on(crew->run->coordinator, tg_cores_free(crew) + 1);
}

static bool is_one_too_many(const struct tg_member *m)
{
    return m->seated && tg_cores_are_crowded(m->crew) && !tg_run_stopped(m->crew->run);
}

/* Runs what the busy member has and what waits in the queue, until that is nothing. */
static void work_off(struct tg_member *m)
{
    for (tg_id id;;) {
        bool turn_of_slow = m->turn_of_slow;
        m->turn_of_slow = false;
        tg_wake_due(m);
        if (TG_UNLIKELY(turn_of_slow) && is_one_too_many(m)) give_way(m);
        else if (TG_UNLIKELY(turn_of_slow) && take_slow(m, &id)) tg_member_run_slow(m, id);
        else if (TG_UNLIKELY(turn_of_slow) && must_give_way(m)) give_way(m);
        else if (tg_deque_take(&m->ready, &id) || tg_roots_take(m, &id)) tg_member_run(m, id);
        else if (TG_LIKELY(!may_take_slow(m))) break;
        else if (steal_more(m, &id)) tg_member_run(m, id);
        else if (take_slow(m, &id)) tg_member_run_slow(m, id);
    }
    atomic_store_explicit(&m->worker->running, TG_NO_TASK, memory_order_relaxed);
}

/* The member has nothing more, and counts as searching instead of as busy; false if it stays busy. */
static bool leave_work(struct tg_member *m)
{
    struct tg_crew *crew = m->crew;
    atomic_fetch_add(&crew->searching, 1);
    tg_cores_stand(m);
    if (tg_wake_leave(crew)) return true;
    atomic_fetch_sub(&crew->searching, 1);
    return false;
}

/* Works until the end; the member counts as busy or as searching. */
static void work(struct tg_member *m, bool busy)
{
    tg_id id = TG_NO_TASK;
    for (enum tg_woken woken; true; busy = woken == TG_WOKEN_TO_WORK) {
        for (; busy; busy = !leave_work(m)) work_off(m);
        enum search_result found = search(m, &id);
        m->quick_since = 0;
        woken = TG_WOKEN_TO_WORK;
        if (found == FOUND_QUICK) tg_member_run(m, id);
        else if (found == FOUND_SLOW) tg_member_run_slow(m, id);
        else woken = tg_wake_sleep(m);
        if (woken == TG_WOKEN_TO_END) return;
    }
}

void tg_crew_member(void *member)
{
    struct tg_member *m = member;
    work(m, false);
    tg_crew_unref(m->crew);
}

/* A member that works from the start. There are no more of them than cores; where fewer may work by now, one gives way soon. */
static void sit_first(struct tg_member *m)
{
    if (tg_cores_sit(m)) return;
    atomic_fetch_add(&m->crew->seats, 1);
    m->seated = m->turn_of_slow = true;
}

void tg_crew_work_from(struct tg_member *m, tg_id id)
{
    sit_first(m);
    tg_member_run(m, id);
    work(m, true);
}

void tg_crew_work(struct tg_crew *crew)
{
    sit_first(&crew->members[0]);
    tg_roots_deal(&crew->members[0], 0);
    work(&crew->members[0], true);
}

/* ---- a crew --------------------------------------------------------------------------------------- */

static unsigned usable_cpus(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? (unsigned)count : 1;
}

/* Who has a seat too many gives it up; who sleeps for want of one, or was never started, may have one now. */
static void scale_crew(void *data, unsigned workers)
{
    struct tg_crew *crew = data;
    atomic_store(&crew->width, workers);
    tg_park_wake_all(&crew->aside);
    if (!atomic_load(&crew->ended)) tg_wake_for_free(crew);
}

static void join_coordinator(struct tg_crew *crew, struct tg_coordinator *c)
{
    c->busy = &crew->busy;
    c->held = &crew->held;
    c->stuck_cores = &crew->queue.stuck_cores;
    c->lacks_cores = &crew->queue.lacks_cores;
}

struct tg_crew *tg_crew_new(struct tg_run *run, unsigned most)
{
    size_t align = _Alignof(struct tg_member);
    struct tg_crew *crew = tg_alloc_zero(sizeof *crew);
    crew->run = run;
    crew->process = getpid();
    crew->most = most;
    crew->tells_steals = tg_events_wanted(run->options.events) & TG_EVENT_BIT(TG_EVENT_STEAL);
    crew->search_rounds = most <= usable_cpus() ? SEARCH_ROUNDS : SEARCH_ROUNDS_CROWDED;
    crew->member_block = tg_alloc_zero(most * sizeof(struct tg_member) + align);
    crew->members = (struct tg_member *)(((uintptr_t)crew->member_block + align - 1) / align * align);
    atomic_init(&crew->refs, 1);
    atomic_init(&crew->busy, 1);
    atomic_init(&crew->may_start, true);
    pthread_mutex_init(&crew->start_lock, NULL);
    crew->cores = run->options.jobs;
    atomic_init(&crew->width, crew->cores);
    tg_park_init(&crew->park, most);
    tg_park_init(&crew->aside, most);
    tg_queue_init(&crew->queue, run);
    crew->timer_fd = run->coordinator ? eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) : -1;
    if (run->coordinator) join_coordinator(crew, run->coordinator);
    tg_crew_start(crew, NULL);
    tg_run_scalable(run, scale_crew, crew);
    return crew;
}

void tg_crew_note_idle(struct tg_crew *crew)
{
    unsigned started = atomic_load(&crew->started);
    uint64_t now_ns = tg_clock_ns(), idle_ns = 0;
    for (unsigned i = 0; i < started; i++) idle_ns += tg_park_slept(&crew->members[i].bed, now_ns);
    crew->run->idle_ns = idle_ns;
}

void tg_crew_unref(struct tg_crew *crew)
{
    if (atomic_fetch_sub(&crew->refs, 1) != 1) return;
    for (unsigned i = 0; i < atomic_load(&crew->started); i++) {
        tg_deque_done(&crew->members[i].ready);
        tg_lookahead_free(crew->members[i].ahead);
    }
    if (crew->timer_fd >= 0) close(crew->timer_fd);
    tg_park_done(&crew->park);
    tg_park_done(&crew->aside);
    tg_queue_done(&crew->queue);
    pthread_mutex_destroy(&crew->start_lock);
    free(crew->member_block);
    free(crew);
}
