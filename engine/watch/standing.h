/* SPDX-License-Identifier: MIT
 * Where a run stands, in numbers: of the whole, by definition, and how long it may still take. Who wants to know looks from time to
 * time; the run does nothing for it, so that it costs a run of quick tasks nothing.
 *
 * Of columns the places of tasks tell (values of the run): what stands in one is final, so each is counted once, and places that are
 * all full are never looked at again. A nil looks as if nothing were there; of tasks that may give one those are counted that were
 * seen running and are not any more, and the rest is guessed from the run's tallies. Of nodes the tables of the workers tell
 * (run/census.h). How long tasks take follows from how many are running whenever somebody looks.
 * Thread class: owner, who may be any thread. */
#ifndef TG_WATCH_STANDING_H
#define TG_WATCH_STANDING_H

#include "engine/base/table.h"
#include "engine/run/run.h"

/* Tasks of one definition. */
struct tg_standing_of {
    const struct tg_def *def;
    bool helper;        /* not called by anybody: tg_def_is_helper */
    bool may_be_nil;    /* its tasks may be done without a trace */
    tg_id total;        /* of columns, of those that were looked at; of a graph that grows 0: not known */
    tg_id finished;     /* in whatever way */
    tg_id unsuccessful; /* of them, those that give nothing: failed or skipped */
    tg_id failed;       /* failures that show */
    tg_id observed;     /* of the finished ones, by having been seen running */
    tg_id guessed;      /* finished, too, by all that is known */
    tg_id before;       /* finished and guessed at the look before */
    double width;       /* that run, of late */
    double rate;        /* that end in a second, of late */
    tg_id running;      /* at the last look */
    uint64_t busy_ns;   /* time of workers, as far as it was seen */
    uint64_t seen_ns;   /* how long it is since one ran for the first time */
    uint64_t active_ns; /* when one was running or has ended */
};

/* Nodes of one site that have ended. */
struct tg_standing_ended {
    tg_id good, bad;
};

/* What tasks wait for that are ready. */
struct tg_standing_wait {
    size_t count;
    char what[80]; /* "2 of resource 'gpu'"; cut if it is longer */
};
#define TG_STANDING_WAITS 5

/* Zeroed, with numbers that a caller fills in, it can be drawn, too. */
struct tg_standing {
    /* of all tasks; of columns, of those but helpers, as far as these are known */
    tg_id total, done, failed, skipped; /* failed: also those that are caught or allowed */
    tg_id running, retried, told;       /* attempts that were followed by another one; failures that show */
    bool named;                         /* the counts of definitions are of all places: they have all been looked at once */
    bool grows;                         /* the total may do so */
    double left_s;                      /* below 0: nobody knows */
    uint64_t elapsed_ns;
    TG_VEC(struct tg_standing_of) of; /* as they were met */
    struct tg_standing_wait waits[TG_STANDING_WAITS];
    size_t wait_count;

    /* how it is found out */
    const struct tg_run *run;
    struct tg_table by_def;      /* of `of` */
    TG_VEC(uint32_t) of_site;    /* by index of the site, 1 and more: number in `of` */
    uint64_t *seen;              /* bitmap of columns: is finished, or not needed */
    uint16_t *open;              /* by block of columns: those that are not */
    size_t block_count, counted; /* blocks; of which the totals are known */
    size_t next_block;
    bool complete;                          /* the last look has seen all places */
    TG_VEC(tg_id) ran;                      /* by worker: at the last look */
    TG_VEC(uint64_t) since_ns;              /* likewise: of the look at which it was first seen */
    bool retries;                           /* attempts have failed since */
    TG_VEC(struct tg_standing_ended) ended; /* by index of the site */
    uint64_t look_ns, next_table_ns;
    uint64_t busy_ns, end_ns; /* of all; when it may end, smoothed */
    tg_id added;
    unsigned steady; /* looks at which the end has been nearly the same */
};

/* Borrows the run, which has been prepared. */
void tg_standing_begin(struct tg_standing *s, const struct tg_run *run, uint64_t now_ns);
void tg_standing_done(struct tg_standing *s);
/* Looks at a run that is going on, and takes about so long at the most. */
void tg_standing_look(struct tg_standing *s, uint64_t now_ns, uint64_t budget_ns);

/* Of a definition: those that have given a value, and those that have not finished (0 where the total is not known). */
tg_id tg_standing_done_of(const struct tg_standing_of *of);
tg_id tg_standing_left_of(const struct tg_standing_of *of);

#endif
