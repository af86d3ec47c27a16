/* SPDX-License-Identifier: MIT
 * A run: its memory, its start and its end, and what can be asked about it. What becomes of a task is decided in task.h.
 *
 * A task is waiting, running, done, failed or skipped. Its result stands in values[id]; TG_FAILED there means failed
 * or skipped. Results of heap kinds are released when the last consumer has run.
 * Thread class: shared by the workers; per field below. */
#ifndef TG_RUN_RUN_H
#define TG_RUN_RUN_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/event/event.h"
#include "engine/graph/plan.h"
#include "engine/plugin/host.h"

/* An expansion point that has added a task. */
struct tg_growth {
    const struct tg_site *site;
    uint32_t round; /* how often it has gone on, from 1; 0: it is no loop */
};
#define TG_GROWTH_SHOWN 16

struct tg_failure {
    tg_id task;                              /* of a graph that grows, the number may be another task's by now */
    const struct tg_site *site;              /* of the task */
    struct tg_err err;                       /* what the task said; owned */
    char *args;                              /* its arguments, printed: `3, "abc"`; heap */
    char *name;                              /* of this task among those of its kind: `align(a)` (instance.h); heap */
    uint32_t number;                         /* of the failure in the run, from 1 (followers.h) */
    uint32_t attempts;                       /* how often it was tried; 0: once */
    char *before;                            /* why attempts before the last have failed (reasons.h); heap, or NULL */
    struct tg_growth chain[TG_GROWTH_SHOWN]; /* the expansion points that led to it, innermost first */
    size_t chain_count, chain_more;          /* of them in the chain; further out */
};

/* How tasks of one definition are told apart (instance.h). */
struct tg_instances {
    const struct tg_def *def;
    uint32_t differing; /* of its arguments, a bit each: those in which its tasks differ */
};
typedef TG_VEC(struct tg_instances) tg_instance_masks;

/* Failures that are allowed (allowed.h). They outlive every value of the runs that share the list. Thread class: locked, by the
 * lock of the run that is going on. */
struct tg_allowed_list {
    _Atomic bool any; /* atomic, relaxed: there are some, or may be soon */
    TG_VEC(struct tg_failure *) items;
};

struct tg_capacity;
struct tg_remains;
struct tg_coordinator;
struct tg_sched;
struct tg_worker;
struct tg_run_options {
    unsigned jobs; /* workers, 1 to TG_MAX_WORKERS */
    bool keep_going;
    void (*fail_fast)(void);            /* the first failure that shows: what runs is to end as well; NULL: it may go on */
    bool keeps_numbers;                 /* of nodes that are gone: a number means one task */
    bool quiet;                         /* nothing is said of attempts that fail */
    const struct tg_capacity *capacity; /* memory and what users name; NULL: memory without a limit, and nothing else */
    const struct tg_sched *sched;
    const struct tg_services *services; /* stop flag, log, commands; NULL: none */
    struct tg_events *events;           /* who watches; NULL: nobody */
    const struct tg_remains *known;     /* results of the plan's known tasks; NULL: it has none */
    struct tg_allowed_list *allowed;    /* where values outlive the run; NULL: a list of its own */
    /* A task has ended the thread of its worker, or (forked) has come back in a copy of the process. Does not return. NULL:
     * abort. */
    void (*lost)(struct tg_worker *w, bool forked);
};

/* What a run of a graph that grows does for each worker beside: grow/start.c. */
struct tg_growth_ops {
    void (*begin)(struct tg_worker *w);
    void (*end)(struct tg_worker *w);
};

/* In the tag of a nil in `values`: here stood a value that nobody uses any more, or it is that of a command. So who looks on sees that
 * the task is done. */
#define TG_PLACE_RELEASED 0x100

struct tg_run {
    const struct tg_graph *graph;       /* immutable */
    const struct tg_plan *plan;         /* immutable but for uses: atomic */
    struct tg_run_options options;      /* immutable */
    uint64_t begin_ns;                  /* immutable: when it was prepared (tg_clock_ns) */
    struct tg_nodes *nodes;             /* the tasks of a graph that grows (node.h), in place of `values`; else NULL */
    const struct tg_growth_ops *growth; /* likewise */
    struct tg_coordinator *coordinator; /* of tasks that have a policy; NULL: there are none, and none will come */
    tg_value *values;                   /* per id; written once by the worker that ran it, before its consumers are released */
    size_t values_bytes;
    _Atomic int *stop; /* enum tg_stop; atomic; the services' flag, or own_stop without services */
    _Atomic int own_stop;
    struct tg_worker *workers; /* options.jobs of them; those below worker_count are set up */
    void *worker_block;
    _Atomic unsigned worker_count;                /* atomic: release when one more is set up */
    _Atomic unsigned width;                       /* atomic, relaxed: how many may work: options.jobs, unless it was scaled */
    pthread_mutex_t scale_lock;                   /* guards what follows */
    void (*scale)(void *crew, unsigned workers);  /* locked: of a scheduler that can do with fewer; NULL: none does */
    void *scaled;                                 /* locked: its first argument */
    pthread_mutex_t lock;                         /* guards what says so below */
    tg_instance_masks instances;                  /* locked */
    TG_VEC(struct tg_failure) failures;           /* locked; in the order in which they happened, caught ones not included */
    struct tg_allowed_list *allowed, own_allowed; /* locked */
    size_t allowed_before;                        /* immutable: of `allowed`, those of runs before */
    struct tg_followers *followers;               /* locked; NULL: none yet */
    _Atomic uint32_t failure_numbers;             /* atomic, relaxed: given so far */
    uint64_t drive_ns, drive_end_ns;              /* when its tasks began (immutable since) and, after the run, ended */
    _Atomic uint64_t *noted;                      /* atomic, relaxed: worker.c's, where live sinks are told of some values */
    size_t noted_count;                           /* bits */
    _Atomic uint64_t paused_ns;                   /* atomic, relaxed: of all workers, how long they waited as it was paused */
    uint64_t idle_ns;                             /* after the run: of all workers, how long they had nothing to do */
    tg_id done_count, skipped_count;              /* after the run: succeeded; neither succeeded nor failed */
    tg_id caught_count, allowed_count;            /* after the run: failed, and are none of `failures`: caught; allowed to */
    tg_id retried_count;                          /* after the run: attempts that were followed by another one */
};

/* Prepares a run; graph, plan and services must outlive it. jobs is brought into its bounds. */
void tg_run_init(struct tg_run *run, const struct tg_graph *graph, const struct tg_plan *plan,
                 const struct tg_run_options *options);
/* Runs the plan to its end, once. True when the scheduler has done its work: then failures, done_count and
 * skipped_count say how it went. False and err when it could not, or when the run stalled. */
bool tg_run_execute(struct tg_run *run, struct tg_err *err);
void tg_run_done(struct tg_run *run);

/* What stands in the place of a task, when the run is over: its result, or TG_FAILED (failing.h); borrowed. */
tg_value tg_run_place(const struct tg_run *run, tg_id id);
/* The value of one of graph->wanted, borrowed from the run; false if it failed, was skipped or is not planned. */
bool tg_run_value(const struct tg_run *run, const struct tg_wanted *wanted, tg_value *out);
/* The failure, which is allowed, for which there is no value of it; NULL: another reason, or none. */
const struct tg_failure *tg_run_skipped(const struct tg_run *run, const struct tg_wanted *wanted);
/* Tasks finished so far, in whatever way, and those there are so far. Any thread, also while it runs. */
tg_id tg_run_finished(const struct tg_run *run);
tg_id tg_run_total(const struct tg_run *run);
/* True for a task that is waiting though the run is over. */
bool tg_run_waits(const struct tg_run *run, tg_id id);
/* The site of a task of the run, also of one that was added while it ran. Any thread, signal handlers too. */
const struct tg_site *tg_run_site_of(const struct tg_run *run, tg_id id);
/* How many tasks are done, failed and skipped, and (TG_EVENT_ADDED) came in beside those of the plan: by enum
 * tg_event_kind. Any thread, also while it runs. */
struct tg_tally {
    tg_id count[TG_EVENT_KINDS];
};
struct tg_tally tg_run_tally(const struct tg_run *run);

/* From now on so many workers at most, who are as many as at the start at the most: what is over ends its task first. Any thread, while
 * it runs. False and err: there are not so many, or it has a single one. */
bool tg_run_scale(struct tg_run *run, unsigned workers, struct tg_err *err);
/* How many may work: one where that cannot be changed. Any thread, while it runs. */
unsigned tg_run_width(struct tg_run *run);

/* A scheduler: one file, one constant. drive runs all tasks of run->plan (by tg_task_run of run/task.h, each once,
 * inputs first) or stops early when *run->stop is set, and returns when no task is running any more. Of the tasks
 * that it did not run it marks at least those whose inputs are done, by tg_run_unrun. False and err only if it could
 * not work at all. */
struct tg_sched {
    const char *name;
    const char *alias;   /* or NULL */
    const char *summary; /* for help */
    bool away;           /* tasks of plugins run in executors, unless they say otherwise (tg_graph.away) */
    bool (*drive)(struct tg_run *run, struct tg_err *err);
};

/* -- for schedulers */

/* `scale` is called from any thread, until this is called again with NULL; one at a time. */
void tg_run_scalable(struct tg_run *run, void (*scale)(void *crew, unsigned workers), void *crew);

/* Marks a task that will not run because the run ends early. When no task is running any more. */
void tg_run_unrun(struct tg_run *run, tg_id id);
static inline bool tg_run_stopped(const struct tg_run *run)
{
    return atomic_load_explicit(run->stop, memory_order_relaxed) > TG_GO;
}

#endif
