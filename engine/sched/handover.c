/* SPDX-License-Identifier: MIT
 * The straight line of a large graph, and its handing over.
 *
 * Below about 100 ns a task, sharing work costs more than it brings. So member 0 begins alone, with a second thread that
 * only watches, from time to time, how fast it gets on. Tasks that turn out to be worth it, or one that takes long,
 * make the watcher take over: it makes the edges of what is left and both work from them.
 *
 * The line stays almost free of cost. Before each task member 0 writes its position (the claim) and then reads the
 * phase; the watcher changes the phase and then reads the claim. One of them must see the other's write, for which both
 * would need a full fence between their two steps; the watcher has every thread of the process pass one by membarrier instead.
 * If the watcher saw a claim, that task is member 0's, everything before it is done, and everything after it is shared.
 *
 * Who runs it: member 0 the line, member 1 the watcher, which touches the run only after it has taken over. */
#include "engine/sched/handover.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/run/pause.h"
#include "engine/run/turnstile.h"
#include "engine/sched/member.h"
#include "engine/sched/roots.h"
#include "engine/sched/straight.h"

/* How often the watcher looks: at first, and later. */
#define LOOK_NS 200000
#define LOOK_MAX_NS 5000000

/* Sharing pays from this time a task on, the line's own 10 ns included. */
#define GRAIN_NS 80

/* Looks in a row that must find it so: a page fault on a huge page or two passes for a slow task otherwise. */
#define LOOKS 3

/* A single task that takes longer is worth it. A shorter halt of a large graph may be its first touch of a huge page, or
 * another process having the CPU; of a small one, taking over for nothing is cheap. */
#define STUCK_MIN_NS 200000
#define STUCK_MAX_NS 5000000
#define STUCK_NS_PER_TASK 50

#define MEMBARRIER_FENCE 8 /* MEMBARRIER_CMD_PRIVATE_EXPEDITED */
#define MEMBARRIER_REGISTER 16

static int membarrier(int command)
{
#ifdef SYS_membarrier
    return (int)syscall(SYS_membarrier, command, 0, 0);
#else
    (void)command;
    return -1;
#endif
}

/* ---- the watcher --------------------------------------------------------------------------------- */

struct line_watch {
    struct tg_crew *crew;
    tg_id position;           /* where member 0 was */
    uint64_t cpu_ns, wall_ns; /* when it was seen to get on */
    uint64_t stuck_ns;        /* it is stuck after that time */
    int slow_looks;           /* in a row */
};

/* Looks at how member 0 gets on. True if what is left should be shared. */
static bool worth_sharing(struct line_watch *w)
{
    tg_id position = atomic_load_explicit(&w->crew->claim, memory_order_relaxed);
    uint64_t wall_ns = tg_clock_ns();
    if (position == w->position) return wall_ns - w->wall_ns >= w->stuck_ns;
    uint64_t cpu_ns = tg_clock_of(w->crew->cpu_clock);
    bool slow = cpu_ns - w->cpu_ns >= (uint64_t)GRAIN_NS * (position - w->position);
    w->slow_looks = slow ? w->slow_looks + 1 : 0;
    w->position = position;
    w->wall_ns = wall_ns;
    w->cpu_ns = cpu_ns;
    return w->slow_looks >= LOOKS;
}

static uint64_t stuck_ns(tg_id tasks)
{
    uint64_t ns = (uint64_t)tasks * STUCK_NS_PER_TASK;
    return ns < STUCK_MIN_NS ? STUCK_MIN_NS : ns > STUCK_MAX_NS ? STUCK_MAX_NS : ns;
}

static uint64_t *done_before(const struct tg_plan *plan, tg_id position)
{
    uint64_t *done = tg_bits_new(plan->graph->count);
    for (tg_id i = 0; i < position; i++) {
        tg_id id = tg_straight_at(plan, i);
        if (id != TG_NO_TASK) tg_bits_set(done, id);
    }
    return done;
}

/* Ends the line; false if member 0 was faster. */
static bool take_over(struct tg_crew *crew)
{
    uint32_t phase = TG_STRAIGHT;
    if (!atomic_compare_exchange_strong(&crew->phase, &phase, TG_TAKING)) return false;
    if (crew->fenced_claims) tg_fence();
    else membarrier(MEMBARRIER_FENCE);
    crew->taken = atomic_load_explicit(&crew->claim, memory_order_acquire);
    TG_ASSERT(crew->taken < tg_straight_end(crew->run->plan));
    const struct tg_plan *plan = crew->run->plan;
    uint64_t *done = done_before(plan, crew->taken);
    tg_edges_make(plan, done, &crew->edges);
    tg_bits_free(done, plan->graph->count);
    return true;
}

/* Rests until the next look; longer ones the longer the run has been going, and until the line is at its end. */
static void rest(struct tg_crew *crew, uint64_t begin_ns)
{
    uint64_t ns = (tg_clock_ns() - begin_ns) / 16;
    ns = ns < LOOK_NS ? LOOK_NS : ns > LOOK_MAX_NS ? LOOK_MAX_NS : ns;
    tg_park_futex_wait(&crew->phase, TG_STRAIGHT, ns);
}

/* True when the rest should be shared, false when there is none. */
static bool watch_line(struct tg_crew *crew)
{
    uint64_t begin_ns = tg_clock_ns();
    struct line_watch w = {
        .crew = crew, .wall_ns = begin_ns, .cpu_ns = tg_clock_of(crew->cpu_clock), .stuck_ns = crew->stuck_ns};
    do {
        if (atomic_load(&crew->phase) != TG_STRAIGHT) return false;
        rest(crew, begin_ns);
    } while (!worth_sharing(&w));
    return true;
}

static void watcher_body(void *member)
{
    struct tg_member *m = member;
    struct tg_crew *crew = m->crew;
    tg_park_lie_down(&m->bed);
    if (watch_line(crew) && take_over(crew)) {
        tg_park_get_up(&m->bed);
        tg_roots_deal(m, 1); /* the first root is the task that member 0 is at: everything it needs was done */
        atomic_fetch_add(&crew->busy, 1);
        atomic_fetch_sub(&crew->searching, 1);
        atomic_store(&crew->phase, TG_SHARED);
        tg_park_futex_wake(&crew->phase);
        tg_crew_work_from(m, TG_NO_TASK);
    }
    tg_crew_unref(crew);
}

/* ---- the line ------------------------------------------------------------------------------------ */

static inline bool claim(struct tg_crew *crew, tg_id position)
{
    atomic_store_explicit(&crew->claim, position, memory_order_release);
    if (TG_UNLIKELY(crew->fenced_claims)) tg_fence();
    else atomic_signal_fence(memory_order_seq_cst);
    return TG_LIKELY(atomic_load_explicit(&crew->phase, memory_order_relaxed) == TG_STRAIGHT);
}

/* Runs the line from this position; returns the one that was not run: the end, or where it was stopped. */
static tg_id run_straight(struct tg_crew *crew, tg_id position)
{
    struct tg_run *run = crew->run;
    const struct tg_plan *plan = run->plan;
    struct tg_worker *w = crew->members[0].worker;
    bool sampled = w->sampled != 0;
    tg_id end = tg_straight_end(plan);
    for (; position < end && TG_LIKELY(!tg_pause_or_stop(run, w)); position++) {
        tg_id id = tg_straight_at(plan, position);
        if (TG_UNLIKELY(id == TG_NO_TASK)) continue;
        if (!claim(crew, position)) break;
        if (TG_UNLIKELY(sampled)) tg_worker_turn(w);
        tg_task_run(run, w, id, true); /* the watcher may take over while it runs */
    }
    return position;
}

/* Goes on from the edges: with the task at the claim that the watcher saw, or with what follows it. */
static void join_sharing(struct tg_crew *crew, tg_id position)
{
    struct tg_member *m = &crew->members[0];
    uint32_t phase;
    while ((phase = atomic_load(&crew->phase)) != TG_SHARED) tg_park_futex_wait(&crew->phase, phase, UINT64_MAX);
    tg_id id = tg_straight_at(crew->run->plan, crew->taken);
    TG_ASSERT(id != TG_NO_TASK && crew->taken <= position);
    tg_crew_work_from(m, crew->taken == position ? id : tg_member_finish(m, id));
}

void tg_handover_drive(struct tg_crew *crew)
{
    const struct tg_plan *plan = crew->run->plan;
    crew->stuck_ns = stuck_ns(plan->count); /* the watcher may be too late to ask the plan */
    crew->fenced_claims = membarrier(MEMBARRIER_REGISTER) != 0;
    if (pthread_getcpuclockid(pthread_self(), &crew->cpu_clock) != 0) crew->cpu_clock = CLOCK_MONOTONIC;
    tg_id position = 0;
    while (tg_straight_at(plan, position) == TG_NO_TASK) position++;
    atomic_store(&crew->claim, position);
    struct tg_turnstile turnstile; /* the line is one, whatever stands in it: it waits for nobody */
    bool entered = tg_turnstile_enter(&turnstile, crew->run, TG_NO_TASK, 1);
    tg_crew_start(crew, watcher_body);
    position = run_straight(crew, position);
    if (entered) tg_turnstile_leave(&turnstile);
    uint32_t phase = TG_STRAIGHT;
    if (!atomic_compare_exchange_strong(&crew->phase, &phase, TG_FINISHED)) {
        join_sharing(crew, position);
        return;
    }
    tg_park_futex_wake(&crew->phase);
    tg_straight_unrun(crew->run, position);
}
