/* SPDX-License-Identifier: MIT
 * What a run took, in numbers, and how they are said. Thread class: owner (the main thread). */
#ifndef TG_CMD_TOOK_H
#define TG_CMD_TOOK_H

#include "cmd/progress.h"
#include "engine/watch/account.h"
#include "engine/watch/eventfile.h"

struct tg_took {
    double seconds;
    unsigned workers, jobs;              /* that there were; that there might have been */
    uint64_t busy_ns, offered_ns;        /* of the workers: not without work; all */
    struct tg_usage own;                 /* this process */
    struct tg_usage commands, executors; /* so far; CPU of all, memory of one of them */
    unsigned executor_count;
    const struct tg_progress *seen;   /* NULL: nobody looked */
    const struct tg_account *account; /* NULL: nobody kept one */
};

/* Of a run that is over. seen, account: lent, or NULL. */
void tg_took_find(struct tg_took *t, const struct tg_run *run, double seconds, const struct tg_progress *seen,
                  const struct tg_account *account);

/* Numbers for the line that ends events (docs/formats.md). */
#define TG_TOOK_NUMBERS 16
size_t tg_took_numbers(const struct tg_took *t, const struct tg_run *run, struct tg_eventfile_number *out);

/* Adds "1.5 s", "12 min 5 s". */
void tg_took_duration(struct tg_buf *b, double seconds);
/* Adds "; most time in build (80%), test (20%); 4 workers 93% busy; peak memory 120 MiB". */
void tg_took_line(struct tg_buf *b, const struct tg_took *t);
/* Adds lines: time by name, the critical path, workers, memory. */
void tg_took_table(struct tg_buf *b, const struct tg_took *t, const struct tg_sources *sources);

#endif
