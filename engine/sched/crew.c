/* SPDX-License-Identifier: MIT
 * Workers that steal from each other.
 *
 * The calling thread is member 0. Another thread is started only when a member is about to run a task that may take
 * long, or while slow tasks wait, if more work is ready and nobody is idle or looking for work. A member runs the first successor
 * that became ready itself, takes from its own deque, from its own roots, from the others, and then from the queue. Whoever finds
 * work as the last searcher has the next one woken or started, if there is more. A member that has found nothing for a while
 * goes to sleep. Threads are not waited for: crew.h says why that is safe.
 *
 * Orders: a result is written plainly, then the pending counts of its consumers are lowered (acquire and release); the
 * deques and root ranges hand tasks on with release and acquire. */
#include "engine/sched/crew.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/graph/pace.h"
#include "engine/grow/exec.h"
#include "engine/run/coordinator.h"
#include "engine/run/node.h"
#include "engine/run/seat.h"
#include "engine/run/turnstile.h"
#include "engine/sched/cores.h"

/* Looks at all others before going to sleep: about 10 µs, what a wake-up costs. Few when threads share CPUs. */
#define SEARCH_ROUNDS 200
#define SEARCH_ROUNDS_CROWDED 4

/* One in so many tasks is timed whatever it is, by how long the last timed one took: reading the clock takes some 60 ns. */
#define TIMED_SHORT 64
#define TIMED_MEDIUM 8
#define SHORT_NS 20000
#define MEDIUM_NS 200000

/* How long a member runs quick tasks while slow ones wait; and the last one that does, as whatever these make ready waits for a
 * whole slow task then. */
#define QUICK_NS 1000000
#define QUICK_LAST_NS 50000000

/* How long who keeps the time sleeps at most if it cannot be woken. */
#define UNTIMED_NS 20000000

static inline void relax_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* ---- roots --------------------------------------------------------------------------------------- */

static inline uint64_t root_range(uint32_t next, uint32_t end)
{
    return (uint64_t)next << 32 | end;
}
static inline uint32_t range_next(uint64_t range)
{
    return (uint32_t)(range >> 32);
}
static inline uint32_t range_end(uint64_t range)
{
    return (uint32_t)range;
}
static inline uint32_t range_size(uint64_t range)
{
    return range_end(range) - range_next(range);
}

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

void tg_crew_deal(struct tg_member *m, uint32_t without)
{
    struct tg_crew *crew = m->crew;
    bool slow = atomic_load_explicit(&crew->queue.used, memory_order_relaxed);
    uint32_t end = slow ? queue_roots(crew, m->worker, without) : crew->edges.root_count;
    atomic_store_explicit(&m->roots, root_range(without, end), memory_order_release);
}

static inline bool take_root(struct tg_member *m, tg_id *id)
{
    uint64_t range = atomic_load_explicit(&m->roots, memory_order_acquire);
    while (range_size(range)) {
        uint64_t rest = root_range(range_next(range) + 1, range_end(range));
        if (!atomic_compare_exchange_weak_explicit(&m->roots, &range, rest, memory_order_acq_rel, memory_order_acquire))
            continue;
        *id = m->crew->edges.roots[range_next(range)];
        return true;
    }
    return false;
}

/* The back half of the victim's roots: one to run now, the others become the member's own. A range once used up never
 * comes back, so the exchange cannot be deceived by an equal one. */
static bool steal_roots(struct tg_member *m, struct tg_member *victim, tg_id *id)
{
    uint64_t range = atomic_load_explicit(&victim->roots, memory_order_acquire);
    while (range_size(range)) {
        uint32_t middle = range_end(range) - (range_size(range) + 1) / 2;
        if (!atomic_compare_exchange_weak_explicit(&victim->roots, &range, root_range(range_next(range), middle),
                                                   memory_order_acq_rel, memory_order_acquire))
            continue;
        *id = m->crew->edges.roots[middle];
        atomic_store_explicit(&m->roots, root_range(middle + 1, range_end(range)), memory_order_release);
        return true;
    }
    return false;
}

/* ---- held tasks ---------------------------------------------------------------------------------- */

/* Something is held, and nobody sees to it that it runs when it is due. Who is not busy may look at these only: the
 * coordinator may be gone. */
static bool lacks_timer(struct tg_crew *crew)
{
    return TG_UNLIKELY(atomic_load(&crew->held) > 0) && !atomic_load(&crew->timed);
}

/* Lets the member that sleeps until something is due look again. */
static void wake_timer(struct tg_crew *crew)
{
    const uint64_t one = 1;
    if (crew->timer_fd >= 0 && write(crew->timer_fd, &one, sizeof one) < 0) {} /* full: it is raised already */
}

/* What is due goes to the queue. The member is busy. */
static void queue_due(struct tg_member *m)
{
    struct tg_crew *crew = m->crew;
    if (TG_LIKELY(atomic_load_explicit(&crew->held, memory_order_relaxed) == 0)) return;
    struct tg_coordinator *c = crew->run->coordinator;
    for (tg_id id; tg_coordinator_is_due(c) && tg_coordinator_due(c, &id);) {
        tg_queue_put(&crew->queue, m->worker, id);
        unsigned before = atomic_fetch_sub(&crew->busy, 1); /* it has a member that sees to it */
        TG_ASSERT(before > 1);
        if (TG_UNLIKELY(atomic_load(&crew->timed))) wake_timer(crew); /* it waits for another one now, or for none */
    }
}

/* ---- starting and waking ------------------------------------------------------------------------- */

static bool has_work(const struct tg_member *m)
{
    return tg_deque_size(&m->ready) > 0 || range_size(atomic_load_explicit(&m->roots, memory_order_relaxed)) > 0;
}

/* There is something that one more member could do. */
static bool anybody_has_work(struct tg_crew *crew)
{
    unsigned cores_free = tg_cores_free(crew);
    if (TG_UNLIKELY(cores_free == 0)) return false;
    if (tg_queue_waits(&crew->queue, cores_free)) return true;
    unsigned started = atomic_load(&crew->started);
    for (unsigned i = 0; i < started; i++)
        if (has_work(&crew->members[i])) return true;
    return false;
}

static void work(struct tg_member *m, bool busy);

static void member_body(void *member)
{
    struct tg_member *m = member;
    work(m, false);
    tg_crew_unref(m->crew);
}

/* Gets one more to work, unless somebody is looking for work already. */
static void call_one(struct tg_crew *crew, bool start)
{
    if (atomic_load(&crew->searching) > 0) return;
    if (atomic_load(&crew->park.asleep) > 0 && tg_park_wake(&crew->park, &crew->searching)) return;
    if (TG_UNLIKELY(atomic_load(&crew->timed))) {
        wake_timer(crew);
        return;
    }
    if (start && atomic_load_explicit(&crew->may_start, memory_order_relaxed)) tg_crew_start(crew, member_body);
}

/* The last one that is no longer busy ends it all. */
static void leave_busy(struct tg_crew *crew)
{
    unsigned before = atomic_fetch_sub(&crew->busy, 1);
    TG_ASSERT(before > 0);
    if (before != 1) return;
    TG_ASSERT(!anybody_has_work(crew) || tg_run_stopped(crew->run));
    atomic_store(&crew->ended, true);
    tg_park_wake_all(&crew->park);
}

/* ---- working ------------------------------------------------------------------------------------- */

/* After more was queued. */
static void wake_for_more(struct tg_member *m)
{
    tg_fence();
    if (atomic_load_explicit(&m->crew->park.asleep, memory_order_relaxed) > 0) call_one(m->crew, false);
}

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

tg_id tg_crew_finish(struct tg_member *m, tg_id id)
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
        if (!tg_pending_last(&e->pending[node]) || (slow && put_slow(m, node, tg_graph_site_of(m->crew->run->graph, node))))
            continue;
        if (next != TG_NO_TASK) {
            tg_deque_push(&m->ready, next);
            pushed = true;
        }
        next = node;
    }
    if (pushed) wake_for_more(m);
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
    if (count > 1) wake_for_more(m);
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
    if (tg_queue_waits(&crew->queue, cores_free) || (!(site->flags & TG_SITE_QUICK) && has_work(m))) call_one(crew, may_start);
}

/* Somebody in line waits for cores alone. */
static bool lacks_cores(const struct tg_crew *crew)
{
    return TG_UNLIKELY(atomic_load_explicit(&crew->queue.lines, memory_order_relaxed)) && atomic_load(&crew->queue.lacks_cores);
}

/* ---- running and timing -------------------------------------------------------------------------- */

/* After a quick task: whether it is the turn of a slow one. */
static void consider_slow(struct tg_member *m, uint64_t now_ns)
{
    struct tg_crew *crew = m->crew;
    if (!tg_queue_waits(&crew->queue, tg_cores_free(crew) + 1) && !lacks_cores(crew)) {
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
    uint64_t begin_ns = tg_clock_ns();
    if (run->nodes) tg_exec_run(m->worker, id);
    else tg_task_run(run, m->worker, id, true);
    uint64_t end_ns = tg_clock_ns(), took_ns = end_ns - begin_ns;
    if (tg_pace_note(site, took_ns)) tg_queue_learn(&m->crew->queue);
    m->until_timed = took_ns < SHORT_NS ? TIMED_SHORT : took_ns < MEDIUM_NS ? TIMED_MEDIUM : 1;
    return end_ns;
}

/* What the task that was run has made ready, to be run next. */
static inline __attribute__((always_inline)) tg_id next_after(struct tg_member *m, tg_id id)
{
    return m->crew->run->nodes ? take_ready(m) : tg_crew_finish(m, id);
}

/* What is not just to be run: it goes to the queue, or is timed. What is to be run next. */
static __attribute__((noinline)) tg_id run_specially(struct tg_member *m, tg_id id, const struct tg_site *site)
{
    if (tg_pace_is_slow(site)) {
        tg_queue_put(&m->crew->queue, m->worker, id);
        return TG_NO_TASK;
    }
    consider_slow(m, run_timed(m, id, site));
    queue_due(m);
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

/* Runs the task and what it makes ready, as long as that is quick and one after the other. After a stop, what is queued goes
 * through here too, only to be marked. */
static void run_line(struct tg_member *m, tg_id id)
{
    struct tg_run *run = m->crew->run;
    while (id != TG_NO_TASK) {
        if (TG_UNLIKELY(tg_run_stopped(run))) {
            tg_run_unrun(run, id);
            return;
        }
        const struct tg_site *site = tg_graph_site_of(run->graph, id);
        consider_starting(m, site);
        if (is_special(m, site)) {
            id = run_specially(m, id, site);
            continue;
        }
        tg_task_run(run, m->worker, id, true);
        id = tg_crew_finish(m, id);
    }
}

/* The same for a graph that grows. After a stop, nothing needs to be marked. */
static void run_growing(struct tg_member *m, tg_id id)
{
    struct tg_run *run = m->crew->run;
    while (id != TG_NO_TASK && TG_LIKELY(!tg_run_stopped(run))) {
        const struct tg_site *site = tg_node_site(run->nodes, id);
        consider_starting(m, site);
        if (is_special(m, site)) {
            id = run_specially(m, id, site);
            continue;
        }
        tg_exec_run(m->worker, id);
        id = take_ready(m);
    }
}

static void run_from(struct tg_member *m, tg_id id)
{
    if (m->crew->run->nodes) run_growing(m, id);
    else run_line(m, id);
}

/* Another attempt is to come: somebody has to see to it in time. */
static void see_to_held(struct tg_crew *crew)
{
    if (atomic_load(&crew->timed)) wake_timer(crew);
    else call_one(crew, true);
}

/* As run_timed, of a task that may have a policy. False if it is not done. */
static bool run_governed(struct tg_member *m, tg_id id, const struct tg_site *site)
{
    struct tg_coordinator *c = m->crew->run->coordinator;
    bool governed = site->flags & TG_SITE_POLICY;
    if (governed) tg_coordinator_begin(c, m->worker, id, site);
    run_timed(m, id, site);
    if (!governed || tg_coordinator_end(c, m->worker)) return true;
    see_to_held(m->crew);
    return false;
}

/* Something came free that others may wait for. */
static void tell_free(struct tg_crew *crew)
{
    tg_fence();
    if (anybody_has_work(crew)) call_one(crew, true);
}

/* What the member's task from the queue held is free. */
static void leave_slow(struct tg_member *m, const struct tg_site *site)
{
    tg_cores_leave(m->crew, m->cores - 1);
    m->cores = 1;
    if (site->flags & TG_SITE_ADMIT) tell_free(m->crew);
}

/* Runs a task from the queue, and what is quick of what it makes ready. */
static void run_slow(struct tg_member *m, tg_id id)
{
    struct tg_crew *crew = m->crew;
    const struct tg_site *site = tg_run_site_of(crew->run, id);
    if (TG_UNLIKELY(tg_run_stopped(crew->run))) {
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
    if (done) run_from(m, next_after(m, id));
}

/* Takes something of the victim's, which seemed to have it. The member is busy then. */
static bool steal_from(struct tg_member *m, struct tg_member *victim, tg_id *id)
{
    struct tg_crew *crew = m->crew;
    bool seated = m->seated;
    if (!tg_cores_sit(m)) return false;
    atomic_fetch_add(&crew->busy, 1);
    if (!atomic_load(&crew->ended) && (steal_roots(m, victim, id) || tg_deque_steal(&victim->ready, id))) return true;
    if (!seated) tg_cores_stand(m);
    leave_busy(crew);
    return false;
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
        if (victim != m && has_work(victim) && steal_from(m, victim, id)) return true;
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
    if (lines && had > keeps) tell_free(crew);
    return taken;
}

/* Takes what is first in the queue. The member is busy then. */
static bool join_queue(struct tg_member *m, tg_id *id)
{
    struct tg_crew *crew = m->crew;
    if (!tg_queue_waits(&crew->queue, tg_cores_free(crew)) && atomic_load(&crew->held) == 0) return false;
    atomic_fetch_add(&crew->busy, 1);
    queue_due(m);
    if (!atomic_load(&crew->ended) && take_slow(m, id)) return true;
    leave_busy(crew);
    return false;
}

enum search_result { FOUND_NOTHING, FOUND_QUICK, FOUND_SLOW };

/* Looks for work as one who counts as searching, and no longer does afterwards. The member is busy with *id if there was. */
static enum search_result search(struct tg_member *m, tg_id *id)
{
    struct tg_crew *crew = m->crew;
    enum search_result found = FOUND_NOTHING;
    for (unsigned round = 0; !found && round < crew->search_rounds && !atomic_load_explicit(&crew->ended, memory_order_relaxed);
         round++) {
        if (steal(m, id)) found = FOUND_QUICK;
        else if (join_queue(m, id)) found = FOUND_SLOW;
        else relax_cpu();
    }
    unsigned searching = atomic_fetch_sub(&crew->searching, 1);
    TG_ASSERT(searching > 0);
    bool last = searching == 1;
    if (found && last && (anybody_has_work(crew) || lacks_timer(crew))) call_one(crew, true);
    return found;
}

/* Sleeps until the next held task is due or something else is to be done. True if the member did, and counts as searching. */
static bool keep_time(struct tg_member *m)
{
    struct tg_crew *crew = m->crew;
    bool keeps = false;
    uint64_t event;
    atomic_fetch_add(&crew->busy, 1);
    if (atomic_load(&crew->held) > 0 && !atomic_exchange(&crew->timed, true)) { /* being busy, it finds the run there */
        keeps = true;
        tg_coordinator_sleep(crew->run->coordinator, crew->timer_fd, crew->timer_fd < 0 ? UNTIMED_NS : UINT64_MAX);
        if (crew->timer_fd >= 0 && read(crew->timer_fd, &event, sizeof event) < 0) {} /* nobody raised it */
        atomic_fetch_add(&crew->searching, 1);
        atomic_store(&crew->timed, false);
    }
    leave_busy(crew);
    return keeps;
}

/* Sleeps unless there is work after all. True if the member counts as searching again, false at the end. */
static bool sleep_or_end(struct tg_member *m)
{
    struct tg_crew *crew = m->crew;
    if (getpid() != crew->process) return false; /* a copy of the process, where nobody could wake it */
    if (lacks_timer(crew) && keep_time(m)) return true;
    tg_park_enter(&crew->park, &m->bed);
    tg_fence();
    if (atomic_load(&crew->ended)) {
        tg_park_leave(&crew->park, &m->bed);
        return false;
    }
    if (anybody_has_work(crew) || lacks_timer(crew)) {
        if (tg_park_leave(&crew->park, &m->bed)) atomic_fetch_add(&crew->searching, 1);
        return true;
    }
    tg_park_sleep(&m->bed);
    return !atomic_load(&crew->ended);
}

/* Something of another's that is quick, for a member that is busy anyway. */
static bool steal_more(struct tg_member *m, tg_id *id)
{
    if (!steal(m, id)) return false;
    leave_busy(m->crew); /* it was counted once more */
    return true;
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
    return cores_free && tg_coordinator_goes_on(crew->run->coordinator, cores_free) && tg_cores_sit(m);
}

/* A wide task needs the member's core: it sleeps until that has begun, busy, as it has work. Others may steal that. */
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
    if (id != TG_NO_TASK) run_slow(m, id);
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
    if (!lacks_cores(crew) || tg_run_stopped(crew->run)) return false;
    return !tg_coordinator_goes_on(crew->run->coordinator, tg_cores_free(crew) + 1);
}

/* Runs what the busy member has and what waits in the queue, until that is nothing. */
static void work_off(struct tg_member *m)
{
    for (tg_id id;;) {
        bool turn_of_slow = m->turn_of_slow;
        m->turn_of_slow = false;
        queue_due(m);
        if (TG_UNLIKELY(turn_of_slow) && take_slow(m, &id)) run_slow(m, id);
        else if (TG_UNLIKELY(turn_of_slow) && must_give_way(m)) give_way(m);
        else if (tg_deque_take(&m->ready, &id) || take_root(m, &id)) run_from(m, id);
        else if (TG_LIKELY(!may_take_slow(m))) break;
        else if (steal_more(m, &id)) run_from(m, id);
        else if (take_slow(m, &id)) run_slow(m, id);
    }
    atomic_store_explicit(&m->worker->running, TG_NO_TASK, memory_order_relaxed);
}

/* Works until the end; the member counts as busy or as searching. */
static void work(struct tg_member *m, bool busy)
{
    struct tg_crew *crew = m->crew;
    tg_id id = TG_NO_TASK;
    for (;;) {
        if (busy) {
            work_off(m);
            atomic_fetch_add(&crew->searching, 1);
            tg_cores_stand(m);
            leave_busy(crew);
        }
        enum search_result found = search(m, &id);
        busy = found != FOUND_NOTHING;
        m->quick_since = 0;
        if (found == FOUND_QUICK) run_from(m, id);
        else if (found == FOUND_SLOW) run_slow(m, id);
        else if (!sleep_or_end(m)) return;
    }
}

/* A member that works from the start. There are no more of them than cores. */
static void sit_first(struct tg_member *m)
{
    bool seated = tg_cores_sit(m);
    TG_ASSERT(seated);
    (void)seated;
}

void tg_crew_work_from(struct tg_member *m, tg_id id)
{
    sit_first(m);
    run_line(m, id);
    work(m, true);
}

void tg_crew_work(struct tg_crew *crew)
{
    sit_first(&crew->members[0]);
    tg_crew_deal(&crew->members[0], 0);
    work(&crew->members[0], true);
}

/* ---- a crew --------------------------------------------------------------------------------------- */

static unsigned usable_cpus(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? (unsigned)count : 1;
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
    crew->search_rounds = most <= usable_cpus() ? SEARCH_ROUNDS : SEARCH_ROUNDS_CROWDED;
    crew->member_block = tg_alloc_zero(most * sizeof(struct tg_member) + align);
    crew->members = (struct tg_member *)(((uintptr_t)crew->member_block + align - 1) / align * align);
    atomic_init(&crew->refs, 1);
    atomic_init(&crew->busy, 1);
    atomic_init(&crew->may_start, true);
    pthread_mutex_init(&crew->start_lock, NULL);
    crew->cores = run->options.jobs;
    tg_park_init(&crew->park, most);
    tg_park_init(&crew->aside, most);
    tg_queue_init(&crew->queue, run);
    crew->timer_fd = run->coordinator ? eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) : -1;
    if (run->coordinator) join_coordinator(crew, run->coordinator);
    tg_crew_start(crew, NULL);
    return crew;
}

void tg_crew_unref(struct tg_crew *crew)
{
    if (atomic_fetch_sub(&crew->refs, 1) != 1) return;
    for (unsigned i = 0; i < atomic_load(&crew->started); i++) tg_deque_done(&crew->members[i].ready);
    if (crew->timer_fd >= 0) close(crew->timer_fd);
    tg_park_done(&crew->park);
    tg_park_done(&crew->aside);
    tg_queue_done(&crew->queue);
    pthread_mutex_destroy(&crew->start_lock);
    free(crew->member_block);
    free(crew);
}
