/* SPDX-License-Identifier: MIT
 * What a run took, told when it is over: time and memory by what was called, the results that took the most memory at once, and the
 * critical path, the longest way through the graph by the times that tasks took: no number of workers could have been faster.
 *
 * A sink that keeps 16 bytes of a task, of a graph that grows some more. Thread class: owner, the sink's functions apart. */
#ifndef TG_WATCH_ACCOUNT_H
#define TG_WATCH_ACCOUNT_H

#include "engine/run/run.h"
#include "engine/watch/way.h"

/* Tasks of one definition; while it goes on, of one site. */
struct tg_account_of {
    const struct tg_def *def;
    tg_id count;           /* ended, in whatever way, those that were skipped not included */
    uint64_t total_ns;     /* in their functions, attempts that failed included */
    uint64_t max_ns;       /* one of them, at the most */
    struct tg_usage used;  /* by their programs */
    uint64_t bytes;        /* of memory, of their results that are there */
    uint64_t bytes_at_top; /* the same when all results took the most */
};

/* Tasks of one site that follow each other on the critical path. */
struct tg_account_step {
    const struct tg_site *site;
    tg_id count;
    uint64_t ns;
};

struct tg_account_task {
    uint64_t ns;    /* in its function; of a graph that grows, since it has become something else */
    uint64_t bytes; /* of its result, while it is there */
};

struct tg_account {
    struct tg_sink sink;
    /* after tg_account_end */
    TG_VEC(struct tg_account_of) of;     /* by definition, that which took the most time first */
    TG_VEC(struct tg_account_step) path; /* in the order of time */
    uint64_t path_ns;
    uint64_t bytes, top_bytes; /* of results that are there; the most at once */

    const struct tg_run *run;
    TG_VEC(struct tg_account_of) sites;   /* by index of the site */
    TG_VEC(struct tg_account_task) tasks; /* by id */
    struct tg_way way;                    /* of a graph that grows */
    TG_VEC(uint32_t) needs;               /* of the event that is told of */
    bool top_is_noted;
    uint64_t events, copied; /* so far: sites for the sake of bytes_at_top */
};

void tg_account_init(struct tg_account *a);
/* The run is about to begin. */
void tg_account_begin(struct tg_account *a, const struct tg_run *run);
/* It is over, and has told of all that happened. */
void tg_account_end(struct tg_account *a);
void tg_account_done(struct tg_account *a);
/* Adds what tasks of another definition took. */
void tg_account_join(struct tg_account_of *to, const struct tg_account_of *more);

#endif
