/* SPDX-License-Identifier: MIT
 * The scheduler `threads`. A graph that is small, that grows or has slow tasks is shared by a crew from the start (crew.c).
 * A large one of tasks that seem quick begins as a straight line (handover.c), so that tasks of a few nanoseconds are not
 * slowed down by counters and queues. */
#include "engine/run/node.h"
#include "engine/sched/handover.h"
#include "engine/sched/straight.h"

/* Up to this many tasks the edges are made at once: that takes less time than starting a watcher. */
#define SMALL_GRAPH 256

/* One slow task in so many makes it worth to share from the start. */
#define SLOW_ONE_IN 16384

/* What still waits will not run. */
static void mark_unrun(struct tg_crew *crew)
{
    const struct tg_edges *e = &crew->edges;
    for (tg_id id = 0; id < e->task_count; id++)
        if (atomic_load_explicit(&e->pending[id], memory_order_relaxed) > 1) tg_run_unrun(crew->run, id);
}

static void share_nodes(struct tg_run *run)
{
    struct tg_crew *crew = tg_crew_new(run, run->options.jobs);
    struct tg_nodes *nodes = run->nodes;
    crew->edges = (struct tg_edges){.roots = nodes->roots, .root_count = nodes->root_count};
    tg_crew_work(crew);
    tg_run_scalable(run, NULL, NULL);
    tg_crew_note_idle(crew);
    tg_crew_unref(crew);
}

/* A large graph of tasks that seem quick, all in this process. */
static bool begins_straight(const struct tg_run *run)
{
    const struct tg_plan *p = run->plan;
    return !run->coordinator && !p->graph->has_away && p->count > SMALL_GRAPH && p->slow_count <= p->count / SLOW_ONE_IN;
}

static void share_columns(struct tg_crew *crew)
{
    size_t bytes = crew->run->graph->has_away ? crew->run->graph->count * sizeof *crew->sent : 0;
    if (bytes) crew->sent = tg_block_zero(bytes);
    tg_edges_make(crew->run->plan, NULL, &crew->edges);
    tg_crew_work(crew);
    if (bytes) tg_block_free((void *)crew->sent, bytes);
}

bool tg_threads_drive(struct tg_run *run, struct tg_err *err)
{
    bool away = run->graph->has_away;
    if (run->nodes && (run->options.jobs > 1 || away)) {
        share_nodes(run);
        return true;
    }
    unsigned most = run->options.jobs < run->plan->count ? run->options.jobs : run->plan->count;
    if (most <= 1 && !away) return tg_inline_drive(run, err);
    struct tg_crew *crew = tg_crew_new(run, most);
    if (begins_straight(run)) tg_handover_drive(crew);
    else share_columns(crew);
    tg_run_scalable(run, NULL, NULL);
    tg_crew_note_idle(crew);
    if (crew->edges.task_count && tg_run_finished(run) < run->plan->count) mark_unrun(crew);
    tg_edges_done(&crew->edges);
    tg_crew_unref(crew);
    return true;
}

const struct tg_sched tg_threads_sched = {
    .name = "threads",
    .summary = "threads of this process that share the work",
    .drive = tg_threads_drive,
};
