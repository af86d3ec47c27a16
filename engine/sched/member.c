/* SPDX-License-Identifier: MIT
 * Running and timing: the first successor that became ready is run next, further ones go to the deque, slow ones to the queue.
 * What is about to take long has others started or woken. */
#include "engine/sched/member.h"

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/graph/pace.h"
#include "engine/grow/exec.h"
#include "engine/remote/ahead.h"
#include "engine/run/coordinator.h"
#include "engine/run/node.h"
#include "engine/run/pause.h"
#include "engine/run/turnstile.h"
#include "engine/sched/cores.h"
#include "engine/sched/lookahead.h"
#include "engine/sched/roots.h"
#include "engine/sched/wake.h"

/* One in so many tasks is timed whatever it is, by how long the last timed one took: reading the clock takes some 60 ns. */
#define TIMED_SHORT 64
#define TIMED_MEDIUM 8
#define SHORT_NS 20000
#define MEDIUM_NS 200000

/* How long a member runs quick tasks while slow ones wait; and the last one that does, as whatever these make ready waits for a
 * whole slow task then. */
#define QUICK_NS 1000000
#define QUICK_LAST_NS 50000000

static inline bool expects_slow(const struct tg_crew *crew)
{
    return TG_UNLIKELY(atomic_load_explicit(&crew->queue.used, memory_order_relaxed));
}

/* A slow task goes to the queue. It wakes nobody: the member is about to take one, or to call for help. */
static inline bool put_slow(struct tg_member *m, tg_id id, const struct tg_site *site)
{
    if (TG_LIKELY(!tg_pace_is_slow(site))) return false;
    tg_queue_put(&m->crew->queue, m->worker, id);
    return true;
}

tg_id tg_member_finish(struct tg_member *m, tg_id id)
{
    const struct tg_edges *e = &m->crew->edges;
    TG_ASSERT(id < e->task_count && e->begin[id] <= e->begin[id + 1]);
    tg_id next = TG_NO_TASK;
    bool pushed = false, slow = expects_slow(m->crew);
    for (uint32_t i = e->begin[id + 1], begin = e->begin[id]; i-- > begin;) { /* the first one last: it is run first */
        uint32_t node = e->successors[i];
        if (TG_UNLIKELY(node >= e->task_count)) {
            struct tg_join *join = &e->joins[node - e->task_count];
            if (!tg_pending_last(&join->pending)) continue;
            node = join->task;
        }
        if (!tg_pending_last(&e->pending[node]) || (TG_UNLIKELY(m->sending) && tg_lookahead_has(m, node))) continue;
        if (slow && put_slow(m, node, tg_graph_site_of(m->crew->run->graph, node))) continue;
        if (next != TG_NO_TASK) {
            tg_deque_push(&m->ready, next);
            pushed = true;
        }
        next = node;
    }
    if (pushed) tg_wake_for_more(m);
    return next;
}

/* Moves slow ones to the queue. */
static __attribute__((noinline)) void sort_out_slow(struct tg_member *m, struct tg_ids *ready)
{
    const struct tg_nodes *nodes = m->worker->nodes;
    size_t kept = 0;
    for (size_t i = 0; i < ready->ids.count; i++) {
        tg_id id = ready->ids.items[i];
        if (!put_slow(m, id, tg_node_site(nodes, id))) ready->ids.items[kept++] = id;
    }
    ready->ids.count = kept;
}

/* What the last task of a growing graph made ready: the first quick one is to be run next, the others go to the deque, the
 * second on top. */
static inline __attribute__((always_inline)) tg_id take_ready(struct tg_member *m)
{
    struct tg_ids *ready = &m->worker->ready;
    if (expects_slow(m->crew)) sort_out_slow(m, ready);
    size_t count = ready->ids.count;
    if (count == 0) return TG_NO_TASK;
    for (size_t i = count; i-- > 1;) tg_deque_push(&m->ready, ready->ids.items[i]);
    ready->ids.count = 0;
    if (count > 1) tg_wake_for_more(m);
    return ready->ids.items[0];
}

/* Another worker is worth waking or starting when slow tasks wait, or when a task that is not quick is about to run and there
 * is more to do. */
static inline void consider_starting(struct tg_member *m, const struct tg_site *site)
{
    struct tg_crew *crew = m->crew;
    bool may_start = atomic_load_explicit(&crew->may_start, memory_order_relaxed);
    if (TG_LIKELY(!may_start && atomic_load_explicit(&crew->park.asleep, memory_order_relaxed) == 0)) return;
    unsigned cores_free = tg_cores_free(crew);
    if (TG_UNLIKELY(cores_free == 0)) return;
    if (tg_queue_waits(&crew->queue, cores_free) || (!(site->flags & TG_SITE_QUICK) && tg_roots_has_work(m)))
        tg_wake_one(crew, may_start);
}

/* After a quick task: whether it is the turn of a slow one. */
static void consider_slow(struct tg_member *m, uint64_t now_ns)
{
    struct tg_crew *crew = m->crew;
    if (TG_UNLIKELY(tg_cores_are_crowded(crew))) m->turn_of_slow = true;
    if (!tg_queue_waits(&crew->queue, tg_cores_free(crew) + 1) && !tg_queue_lacks_cores(&crew->queue)) {
        m->quick_since = 0;
        return;
    }
    if (m->quick_since == 0) m->quick_since = now_ns;
    unsigned slow = atomic_load_explicit(&crew->slow, memory_order_relaxed);
    bool last = atomic_load_explicit(&crew->busy, memory_order_relaxed) <= slow + 1;
    if (now_ns - m->quick_since >= (last ? QUICK_LAST_NS : QUICK_NS)) m->turn_of_slow = true;
}

/* Runs the task; when it ended. */
static __attribute__((noinline)) uint64_t run_timed(struct tg_member *m, tg_id id, const struct tg_site *site)
{
    struct tg_run *run = m->crew->run;
    const struct tg_event_ring *ring = m->worker->ring;
    tg_worker_attend(m->worker);
    uint64_t waited_ns = TG_UNLIKELY(ring) ? tg_events_waited(ring) : 0, begin_ns = tg_clock_ns();
    if (run->nodes) tg_exec_run(m->worker, id);
    else tg_task_run(run, m->worker, id, true);
    uint64_t end_ns = tg_clock_ns(), took_ns = end_ns - begin_ns;
    tg_worker_doze(m->worker);
    if (TG_UNLIKELY(site->flags & TG_SITE_AWAY)) return end_ns; /* its executor has measured it, without the way there */
    if (TG_UNLIKELY(ring)) took_ns -= tg_events_waited(ring) - waited_ns; /* for who watches */
    if (tg_pace_note(site, took_ns)) tg_queue_learn(&m->crew->queue);
    m->until_timed = took_ns < SHORT_NS ? TIMED_SHORT : took_ns < MEDIUM_NS ? TIMED_MEDIUM : 1;
    return end_ns;
}

/* What the task that was run has made ready, to be run next. */
static inline __attribute__((always_inline)) tg_id next_after(struct tg_member *m, tg_id id)
{
    return m->crew->run->nodes ? take_ready(m) : tg_member_finish(m, id);
}

/* What is not just to be run: it goes to the queue, or is timed. What is to be run next. */
static __attribute__((noinline)) tg_id run_specially(struct tg_member *m, tg_id id, const struct tg_site *site)
{
    if (tg_pace_is_slow(site)) {
        tg_queue_put(&m->crew->queue, m->worker, id);
        return TG_NO_TASK;
    }
    consider_slow(m, run_timed(m, id, site));
    tg_wake_due(m);
    tg_id next = next_after(m, id);
    if (next == TG_NO_TASK || !m->turn_of_slow) return next;
    tg_deque_push(&m->ready, next);
    return TG_NO_TASK;
}

/* True for a task that is slow or to be timed. */
static inline bool is_special(struct tg_member *m, const struct tg_site *site)
{
    return TG_UNLIKELY(tg_pace_mean(site) - 1 >= TG_SLOW_US - 1) || TG_UNLIKELY(--m->until_timed == 0);
}

/* A task for an executor: alone, or as the first of those that are sent ahead. While such are under way, it waits for the next
 * time. What is to be run next. */
static __attribute__((noinline)) tg_id run_away(struct tg_member *m, tg_id id, const struct tg_site *site)
{
    struct tg_run *run = m->crew->run;
    tg_worker_heed(m->worker);
    if (tg_pace_is_slow(site)) {
        tg_queue_put(&m->crew->queue, m->worker, id);
    } else if (m->sending) {
        tg_deque_push(&m->ready, id);
        tg_wake_for_more(m);
    } else if (tg_ahead_may(site)) {
        tg_lookahead_run(m, id);
        consider_slow(m, tg_clock_ns());
        tg_wake_due(m);
    } else if (run->nodes) {
        tg_exec_run(m->worker, id);
        return take_ready(m);
    } else {
        tg_task_run(run, m->worker, id, true);
        return tg_member_finish(m, id);
    }
    return TG_NO_TASK;
}

/* Runs the task and what it makes ready, as long as that is quick and one after the other. After a stop, what is queued goes
 * through here too, only to be marked. */
static void run_line(struct tg_member *m, tg_id id)
{
    struct tg_run *run = m->crew->run;
    while (id != TG_NO_TASK) {
        if (TG_UNLIKELY(tg_pause_or_stop(run, m->worker))) {
            tg_run_unrun(run, id);
            return;
        }
        const struct tg_site *site = tg_graph_site_of(run->graph, id);
        consider_starting(m, site);
        if (TG_UNLIKELY(site->flags & TG_SITE_AWAY)) {
            id = run_away(m, id, site);
            continue;
        }
        if (is_special(m, site)) {
            id = run_specially(m, id, site);
            continue;
        }
        tg_task_run(run, m->worker, id, true);
        id = tg_member_finish(m, id);
    }
}

/* The same for a graph that grows. After a stop, nothing needs to be marked. */
static void run_growing(struct tg_member *m, tg_id id)
{
    struct tg_run *run = m->crew->run;
    while (id != TG_NO_TASK && TG_LIKELY(!tg_pause_or_stop(run, m->worker))) {
        const struct tg_site *site = tg_node_site(run->nodes, id);
        consider_starting(m, site);
        if (TG_UNLIKELY(site->flags & TG_SITE_AWAY)) {
            id = run_away(m, id, site);
            continue;
        }
        if (is_special(m, site)) {
            id = run_specially(m, id, site);
            continue;
        }
        tg_exec_run(m->worker, id);
        id = take_ready(m);
    }
}

void tg_member_run(struct tg_member *m, tg_id id)
{
    if (m->crew->run->nodes) run_growing(m, id);
    else run_line(m, id);
}

void tg_member_follow(struct tg_member *m, tg_id id)
{
    tg_id next = next_after(m, id);
    if (next != TG_NO_TASK) tg_member_run(m, next);
}

/* As run_timed, of a task that may have a policy. False if it is not done. */
static bool run_governed(struct tg_member *m, tg_id id, const struct tg_site *site)
{
    struct tg_coordinator *c = m->crew->run->coordinator;
    bool governed = site->flags & TG_SITE_POLICY;
    if (governed) tg_coordinator_begin(c, m->worker, id, site);
    run_timed(m, id, site);
    if (!governed || tg_coordinator_end(c, m->worker)) return true;
    tg_wake_for_held(m->crew);
    return false;
}

/* What the member's task from the queue held is free. */
static void leave_slow(struct tg_member *m, const struct tg_site *site)
{
    tg_cores_leave(m->crew, m->cores - 1);
    m->cores = 1;
    if (TG_UNLIKELY(tg_cores_are_crowded(m->crew))) m->turn_of_slow = true;
    if (site->flags & TG_SITE_ADMIT) tg_wake_for_free(m->crew);
}

void tg_member_run_slow(struct tg_member *m, tg_id id)
{
    struct tg_crew *crew = m->crew;
    const struct tg_site *site = tg_run_site_of(crew->run, id);
    if (TG_UNLIKELY(tg_pause_or_stop(crew->run, m->worker))) {
        if (!crew->run->nodes) tg_run_unrun(crew->run, id);
        leave_slow(m, site);
        return;
    }
    struct tg_turnstile turnstile;
    consider_starting(m, site);
    atomic_fetch_add_explicit(&crew->slow, 1, memory_order_relaxed);
    atomic_store_explicit(&m->worker->running, TG_NO_TASK, memory_order_relaxed); /* while it waits it runs none */
    bool entered = tg_turnstile_enter(&turnstile, crew->run, id, m->cores), done = entered && run_governed(m, id, site);
    if (entered) tg_turnstile_leave(&turnstile);
    else if (!crew->run->nodes) tg_run_unrun(crew->run, id);
    atomic_fetch_sub_explicit(&crew->slow, 1, memory_order_relaxed);
    m->quick_since = 0;
    leave_slow(m, site);
    if (done) tg_member_run(m, next_after(m, id));
}
