/* SPDX-License-Identifier: MIT
 * The coordinator of a run: what becomes of tasks that have a policy (graph/policy.h), beside what becomes of all tasks. It
 * decides whether one that failed is tried again; schedulers ask it and decide nothing.
 *
 * A task that failed and is tried again is not settled: nobody learns of the failure, and its inputs stay. It is held until its
 * delay is over, and ready once more then. Who holds it is the coordinator, no worker. A held task of a graph that grows is
 * active (node.h), so it can be given up: then it is due at once, to be skipped.
 *
 * A task with TG_SITE_ADMIT needs more than a worker. When it is ready it stands in line (admit.h) until what it needs is free,
 * and holds that from the moment it is picked to the end of its attempt: delays hold nothing. What can never be met makes it
 * fail as soon as it begins. Who is given up in line leaves it, and is held until a scheduler comes to it.
 *
 * Schedulers: before a task with TG_SITE_POLICY runs, begin; behind it, end, which says whether it is done. Now and then,
 * and whenever there is nothing else, due gives tasks that are ready again. A scheduler with several threads counts those who
 * must not let the run end (`busy`): held tasks are counted up there, before any other thread can meet them.
 * Thread class: locked, but for what is atomic. */
#ifndef TG_RUN_COORDINATOR_H
#define TG_RUN_COORDINATOR_H

#include <pthread.h>

#include "engine/run/admit.h"
#include "engine/run/worker.h"

/* A task that has failed, or waits for or holds something. In the table until it runs; then its worker's. */
struct tg_tries {
    struct tg_tries *next; /* in the table */
    tg_id id;
    uint32_t attempt; /* the one that is to come, or runs */
    size_t place;     /* in `later`; SIZE_MAX: it is not there any more, but ready */
    uint64_t due_ns;
    char *name;                /* of the task, for descriptions; heap, or NULL */
    struct tg_reasons *before; /* why its attempts so far have failed; heap, NULL: none has */
    /* of tasks with TG_SITE_ADMIT, for the attempt that waits or runs */
    struct tg_policy policy; /* as it asked for it */
    struct tg_need need;
    struct tg_lease lease; /* what it holds */
    bool asked, leases;    /* the policy is there; it holds something */
    bool in_line;
    uint32_t lacks;        /* attempts that needed more memory than they had */
    struct tg_err refusal; /* why it cannot have what it asks for */
};

struct tg_coordinator {
    struct tg_run *run;         /* immutable */
    uint64_t (*clock_ns)(void); /* immutable: tg_clock_ns, or that of a simulation */
    _Atomic unsigned *busy,
        *held;                /* immutable while tasks run; counted up for each held task, in this order; NULL: nobody counts */
    _Atomic uint64_t next_ns; /* atomic, seq_cst: when the next one is due; UINT64_MAX: none is held. Written under the lock */
    struct tg_capacity capacity; /* immutable */
    /* Immutable while tasks run, of a scheduler with several threads: with so many free cores nobody in its queue may begin,
     * and nothing has changed; somebody waits for cores alone. Written under the lock; NULL: nobody asks. */
    _Atomic unsigned *stuck_cores;
    _Atomic bool *lacks_cores;
    pthread_mutex_t lock;            /* guards what follows */
    struct tg_admit line;            /* who waits for what is free */
    _Atomic size_t lined;            /* atomic, seq_cst: how many; written under the lock */
    struct tg_tries **table;         /* by id: a list each */
    size_t table_room, table_count;  /* a power of two, or 0; held or ready ones */
    TG_VEC(struct tg_tries *) later; /* a heap by due_ns, then by id */
};

struct tg_coordinator *tg_coordinator_new(struct tg_run *run);
/* NULL is fine. */
void tg_coordinator_free(struct tg_coordinator *c);

/* -- of tasks with TG_SITE_POLICY; w is the worker that runs it */

/* The task is about to run: its context tells which attempt it is. */
void tg_coordinator_begin(struct tg_coordinator *c, struct tg_worker *w, tg_id id, const struct tg_site *site);
/* Its function has failed, with the error in the worker's context. True if it is tried again, and held: then the error is gone,
 * and the task may be another worker's. For task.h. */
bool tg_coordinator_fail(struct tg_coordinator *c, struct tg_worker *w, tg_id id, const struct tg_site *site,
                         const tg_value *args, size_t count);
/* Why its attempts before the one that runs have failed (reasons.h): heap, or NULL if there were none. For task.h. */
char *tg_coordinator_before(const struct tg_worker *w);
/* It has run. False if it is held: it is not done. */
bool tg_coordinator_end(struct tg_coordinator *c, struct tg_worker *w);

/* What it asks for cannot be given: then with that as the error in the worker's context. For task.h. */
bool tg_coordinator_refuses(struct tg_worker *w);

/* -- of tasks with TG_SITE_ADMIT that are ready */

enum tg_coordinator_asked {
    TG_ASKED_LINE, /* it stands in line, by line_up */
    TG_ASKED_RUNS, /* it needs nothing but a worker */
    TG_ASKED_GONE, /* somebody gives it up, and will see to it */
};
/* Finds out what it needs; w is any worker. */
enum tg_coordinator_asked tg_coordinator_ask(struct tg_coordinator *c, struct tg_worker *w, tg_id id);
/* It stands in line from now on. A scheduler with several threads calls this, pick and came one at a time. */
void tg_coordinator_line_up(struct tg_coordinator *c, struct tg_waiting task);
/* Counts those who came into line so far: when an ordinary task does, `came` of it. */
uint32_t tg_coordinator_came(const struct tg_coordinator *c);
/* Who is next with so many free cores, of the line and of an ordinary task (NULL: none), which stays where it is. False:
 * nobody may begin. One of the line holds what it needs from now on, and that many cores, which the caller counts. When the
 * run is being stopped, the line is emptied. */
struct tg_pick {
    tg_id id;
    bool ordinary;
    uint32_t cores;
};
bool tg_coordinator_pick(struct tg_coordinator *c, const struct tg_waiting *ordinary, uint32_t cores_free,
                         struct tg_pick *pick);
/* A worker on one of so many free cores has run ordinary tasks for a while: false if it is to give it up for one in line. */
bool tg_coordinator_goes_on(struct tg_coordinator *c, uint32_t cores_free);
/* Of a scheduler with one thread: the task has what it needs, if it can. How many cores. */
uint32_t tg_coordinator_admit(struct tg_coordinator *c, struct tg_worker *w, tg_id id);

/* -- of held tasks */

/* True if some task is held, or may be due now. Any thread. */
static inline bool tg_coordinator_holds(const struct tg_coordinator *c)
{
    return atomic_load_explicit(&c->next_ns, memory_order_relaxed) != UINT64_MAX;
}
/* True if one is due; when the run is being stopped, all are. */
bool tg_coordinator_is_due(const struct tg_coordinator *c);
/* A task that is ready again; false if none is. The caller counts `busy` down for it, `held` is. */
bool tg_coordinator_due(struct tg_coordinator *c, tg_id *id);
/* Nobody needs the task any more: if it is held or in line, it is due now. */
void tg_coordinator_give_up(struct tg_coordinator *c, tg_id id);
/* Sleeps until a task is due, or the run is being stopped, or wake_fd (-1: none) can be read, but at most that long. */
void tg_coordinator_sleep(const struct tg_coordinator *c, int wake_fd, uint64_t most_ns);
/* When the run is over: tasks that have failed, and were to be tried again. */
size_t tg_coordinator_untried(struct tg_coordinator *c);
/* Adds a line for each held task and what it waits for. */
void tg_coordinator_describe(struct tg_coordinator *c, struct tg_buf *b);

#endif
