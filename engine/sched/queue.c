/* SPDX-License-Identifier: MIT
 * A heap under a lock: who comes here has a task of a millisecond to run. */
#include "engine/sched/queue.h"

#include "engine/graph/pace.h"
#include "engine/run/rest.h"
#include "engine/sched/deque.h"

void tg_queue_init(struct tg_queue *q, const struct tg_run *run)
{
    *q = (struct tg_queue){.run = run, .level_count = run->graph->count};
    pthread_mutex_init(&q->lock, NULL);
    atomic_init(&q->slow_defs, 1);
    atomic_init(&q->used, run->plan->slow_count > 0);
}

void tg_queue_done(struct tg_queue *q)
{
    tg_lineup_done(&q->lineup);
    tg_block_free(q->levels, q->level_count * sizeof *q->levels);
    pthread_mutex_destroy(&q->lock);
}

/* Durations of earlier runs; NULL: they are not known so far. */
static struct tg_durations *known_durations(const struct tg_queue *q)
{
    const struct tg_services *services = q->run->options.services;
    return services && tg_durations_known(services->durations) ? services->durations : NULL;
}

/* Locked: the longest way from a task that is ready to the end. */
static uint32_t level_in_line(const struct tg_queue *q, tg_id id)
{
    return q->run->nodes ? tg_rest_of(q->run->nodes, q->levels, q->level_count, id, known_durations(q)) : q->levels[id];
}

/* Locked: finds the ways to the end anew if more is known than was, also of those that wait. */
static void refresh_levels(struct tg_queue *q)
{
    unsigned slow_defs = atomic_load_explicit(&q->slow_defs, memory_order_relaxed);
    struct tg_durations *durations = known_durations(q);
    if (q->levels && q->levels_of == slow_defs && q->levels_by == durations) return;
    tg_block_free(q->levels, q->levels ? q->level_count * sizeof *q->levels : 0);
    q->levels = tg_pace_levels(q->run->plan, durations);
    q->levels_of = slow_defs;
    q->levels_by = durations;
    for (size_t i = 0; i < q->lineup.tasks.count; i++)
        q->lineup.tasks.items[i].level = level_in_line(q, q->lineup.tasks.items[i].id);
    tg_lineup_sort(&q->lineup);
}

/* Of the plan's tasks, the id; those that came later go behind them, in the order in which they came here. */
static uint32_t number_of(struct tg_queue *q, tg_id id)
{
    const struct tg_nodes *nodes = q->run->nodes;
    return !nodes || nodes->items[id].parent == TG_NO_TASK ? id : q->level_count + q->next_number++;
}

/* Who waits in the coordinator's line; such a one may be given up at any moment, and leave it. */
static size_t count_line(const struct tg_queue *q)
{
    return q->run->coordinator ? atomic_load(&q->run->coordinator->lined) : 0;
}

/* Locked. */
static void note_count(struct tg_queue *q)
{
    size_t lined = count_line(q), count = q->lineup.tasks.count + lined;
    atomic_store_explicit(&q->lines, lined > 0, memory_order_relaxed);
    atomic_store_explicit(&q->count, count, memory_order_relaxed);
    atomic_store_explicit(&q->used, count > 0 || q->run->plan->slow_count > 0, memory_order_relaxed);
}

/* Locked. */
static void put_ordinary(struct tg_queue *q, struct tg_waiting task)
{
    struct tg_coordinator *c = q->run->coordinator;
    if (c) task.came = tg_coordinator_came(c);
    tg_lineup_push(&q->lineup, task);
    if (c) atomic_store(&q->stuck_cores, 0);
}

void tg_queue_put(struct tg_queue *q, struct tg_worker *w, tg_id id)
{
    enum tg_coordinator_asked asked = TG_ASKED_RUNS;
    const struct tg_site *site = tg_run_site_of(q->run, id);
    struct tg_waiting task = {.id = id};
    if (site->flags & TG_SITE_PRIORITY) task.priority = tg_pace_priority(q->run->graph, site);
    if (site->flags & TG_SITE_ADMIT) asked = tg_coordinator_ask(q->run->coordinator, w, id);
    if (asked == TG_ASKED_GONE) return;
    if (q->run->options.services) tg_durations_choose(q->run->options.services->durations);
    pthread_mutex_lock(&q->lock);
    refresh_levels(q);
    task.level = level_in_line(q, id);
    task.number = number_of(q, id);
    if (asked == TG_ASKED_LINE) tg_coordinator_line_up(q->run->coordinator, task);
    else put_ordinary(q, task);
    note_count(q);
    pthread_mutex_unlock(&q->lock);
    tg_fence();
}

/* Locked. */
static bool pick(struct tg_queue *q, uint32_t cores_free, tg_id *id, uint32_t *cores)
{
    struct tg_waiting task;
    struct tg_pick next = {.ordinary = true, .cores = 1};
    const struct tg_waiting *ordinary = q->lineup.tasks.count ? &q->lineup.tasks.items[0] : NULL;
    if (count_line(q) && !tg_coordinator_pick(q->run->coordinator, ordinary, cores_free, &next)) return false;
    if (next.ordinary && !tg_lineup_pop(&q->lineup, &task)) return false;
    *id = next.ordinary ? task.id : next.id;
    *cores = next.cores;
    return true;
}

bool tg_queue_take(struct tg_queue *q, uint32_t cores_free, tg_id *id, uint32_t *cores)
{
    if (tg_queue_is_empty(q) || cores_free == 0) return false;
    pthread_mutex_lock(&q->lock);
    if (q->levels) refresh_levels(q);
    bool taken = pick(q, cores_free, id, cores);
    note_count(q);
    pthread_mutex_unlock(&q->lock);
    return taken;
}

void tg_queue_learn(struct tg_queue *q)
{
    atomic_fetch_add_explicit(&q->slow_defs, 1, memory_order_relaxed);
}
