/* SPDX-License-Identifier: MIT
 * A crew: the threads of one run, its members, who share the work and end together.
 *
 * Ready tasks that are quick are in three places. A member's next task is the first successor that its last one made ready.
 * Further ones go to its deque. Tasks that were ready from the start are never queued: each member has a range of the list of
 * roots, and takes them from its front; a thief takes the back half. Slow ones wait in one queue for all (queue.h).
 *
 * Quick ones go first, since they make others ready, but not for ever: a member that has run quick ones for a while takes a slow
 * one in between. Which tasks are slow is known of their definition, or found out: the first one of a definition and then
 * some are timed. One that turns out to be slow is put into the queue by whoever comes upon it.
 *
 * There is a seat for each core of the run. Who works has one, and a task of several cores takes further ones. When such a one
 * waits for its cores, who has run quick tasks for a while gives up the seat (give_way in crew.c), so that what is quick pays
 * nothing for it. Where the run is to go on with fewer workers there are fewer seats, and who has one too many gives it up, too. */
#ifndef TG_SCHED_CREW_H
#define TG_SCHED_CREW_H

#include <time.h>

#include "engine/graph/edges.h"
#include "engine/run/task.h"
#include "engine/sched/deque.h"
#include "engine/sched/park.h"
#include "engine/sched/queue.h"

struct tg_lookahead;

/* One worker of the crew. Thread class: owner, but for what is atomic. */
struct tg_member {
    struct tg_deque ready;
    _Atomic uint64_t roots __attribute__((aligned(64))); /* atomic: next root << 32 | end of the range */
    struct tg_crew *crew;
    struct tg_worker *worker; /* of the run: touched only while busy */
    struct tg_bed bed;
    void (*body)(void *member); /* of its thread */
    uint32_t seed;              /* for choosing whom to steal from */
    uint32_t until_timed;       /* tasks until one is timed whatever it is */
    bool seated;                /* it has a seat */
    uint32_t cores;             /* of the task from the queue that it runs; else 1 */
    bool turn_of_slow;          /* it has run quick tasks for long enough */
    bool sending;               /* a batch of it is chosen or under way (lookahead.c) */
    struct tg_lookahead *ahead; /* NULL: none so far */
    uint64_t quick_since;       /* when it began to run quick tasks while slow ones waited; 0: it did not */
} __attribute__((aligned(128)));

/* Where the straight line of handover.c stands. */
enum tg_phase {
    TG_STRAIGHT, /* member 0 runs the order alone, watched */
    TG_TAKING,   /* the watcher is making the edges of what is left */
    TG_SHARED,   /* everybody works from the edges */
    TG_FINISHED, /* member 0 came to the end alone */
};

/* A member is busy while it has a task or something in its deque or range, and touches the run only then. So all work is
 * done at the moment when nobody is busy, and member 0 may go: who is still searching, asleep or not yet begun leaves
 * by himself and touches the crew only, which the last one frees. */
struct tg_crew {
    _Atomic unsigned refs; /* atomic: threads that know the crew */
    struct tg_run *run;
    _Atomic uint32_t
        *sent;     /* per task of columns: in which batch it stands (lookahead.c); atomic, relaxed; NULL: nothing is sent */
    pid_t process; /* immutable: whose threads the members are */
    struct tg_edges edges;     /* immutable once somebody works from them; gone at the end */
    struct tg_member *members; /* room for `most` */
    void *member_block;
    unsigned most;              /* members at most */
    bool tells_steals;          /* immutable: some sink wants TG_EVENT_STEAL */
    unsigned search_rounds;     /* over all members before going to sleep */
    _Atomic bool may_start;     /* atomic, relaxed: fewer than `most` so far */
    _Atomic unsigned started;   /* atomic, seq_cst: members so far */
    _Atomic unsigned busy;      /* atomic, seq_cst */
    _Atomic unsigned searching; /* atomic, seq_cst: members that look for work, or were woken or started to do so */
    _Atomic unsigned slow;      /* atomic, relaxed: of the busy ones, those in a slow task */
    unsigned cores;             /* immutable: seats at the most */
    _Atomic unsigned width;     /* atomic, seq_cst: seats that may be taken; fewer where the run was scaled (tg_run_scale) */
    _Atomic unsigned seats;     /* atomic, seq_cst: those taken */
    struct tg_park aside;       /* members that have given up their seats and have work */
    _Atomic bool ended;         /* atomic, seq_cst: nobody was busy any more */
    pthread_mutex_t start_lock; /* guards the starting of threads */
    struct tg_park park;
    struct tg_queue queue;
    _Atomic unsigned held; /* atomic, seq_cst: tasks that the coordinator holds; each is counted as busy before, and after */
    _Atomic bool timed;    /* atomic, seq_cst: a member sleeps until the next of them is due, and is busy meanwhile */
    int timer_fd;          /* immutable: an event, for that one to look again; -1: there is none */

    /* handover.c */
    _Atomic uint32_t phase; /* atomic, futex word: enum tg_phase */
    _Atomic tg_id claim;    /* atomic: the position member 0 runs, or was about to run when the phase changed */
    tg_id taken;            /* written before TG_SHARED: the claim that the watcher saw */
    bool fenced_claims;     /* claims need a full fence: there is no membarrier */
    clockid_t cpu_clock;    /* of member 0's thread */
    uint64_t stuck_ns;      /* how long a task may take before it is worth sharing */
};

/* A crew of at most so many, with its member 0, the caller, who is busy. */
struct tg_crew *tg_crew_new(struct tg_run *run, unsigned most);
void tg_crew_unref(struct tg_crew *crew);
/* All work is done, or was stopped: the run learns how long its workers had none. Member 0's. */
void tg_crew_note_idle(struct tg_crew *crew);
/* Member 0 takes all roots of the edges and works until nobody has anything more to do. */
void tg_crew_work(struct tg_crew *crew);
/* Runs this task (TG_NO_TASK: none), what it makes ready, and then all there is, until the end. The member is busy. */
void tg_crew_work_from(struct tg_member *m, tg_id id);
/* The body of a further member: works until the end. */
void tg_crew_member(void *member);
/* Starts one more member with this body, counted as searching; false if there are enough or the system has no more
 * threads. The body ends with tg_crew_unref. */
bool tg_crew_start(struct tg_crew *crew, void (*body)(void *member));

#endif
