/* SPDX-License-Identifier: MIT
 * The record on disk: `record.db` in its folder, an SQLite database (docs/formats.md says what is in it). What is put is written by
 * one thread, many at a time, at most TG_LEDGER_LATE_NS after it was put; a process that is killed loses no more than that.
 *
 * Nothing that is wrong with it ends a run. A database that is damaged or none of ours is moved aside ("record.db.damaged"), one of a newer
 * tgrun is left alone, and in both cases a warning says so. Where it cannot be written it is read, where it cannot be read either there
 * is none. When writing fails (a full disk) it is said once, and nothing more is written. Several processes may have it open.
 * Thread class: shared, but for open and close. */
#ifndef TG_STORE_LEDGER_H
#define TG_STORE_LEDGER_H

#include "engine/base/vec.h"
#include "engine/store/manifest.h"

#define TG_LEDGER_LATE_NS UINT64_C(100000000)

struct tg_ledger;

struct tg_ledger_how {
    const char *folder;                         /* ".tgrun": is made, and ignores itself in git */
    bool reads_only;                            /* nothing is made or written */
    void (*warn)(void *data, const char *line); /* any thread; lines without newline */
    void *warn_data;
};
/* NULL: there is no record and none can be made, and why was said (nothing is said where reads_only finds none). */
struct tg_ledger *tg_ledger_open(const struct tg_ledger_how *how);
/* Writes what was put. NULL is fine. */
void tg_ledger_close(struct tg_ledger *l);
/* What was put so far is on disk when it returns; false: it is not. */
bool tg_ledger_flush(struct tg_ledger *l);

/* What is recorded of the task; all of it lies in the arena. False: nothing. Any number of threads at once. Also what was put and is not
 * written yet. Only what is compared: names, times, usage and run may be left out, which are a part of what it costs. */
bool tg_ledger_find(struct tg_ledger *l, struct tg_digest identity, struct tg_arena *arena, struct tg_recorded *out);
/* With all of it. */
bool tg_ledger_find_all(struct tg_ledger *l, struct tg_digest identity, struct tg_arena *arena, struct tg_recorded *out);
/* Copies it; it takes the place of what was recorded of the task. */
void tg_ledger_put(struct tg_ledger *l, const struct tg_recorded *task);
void tg_ledger_forget(struct tg_ledger *l, struct tg_digest identity);
/* Something is recorded of a workflow. */
bool tg_ledger_has(struct tg_ledger *l, const char *workflow);
/* Calls fn with what is recorded of each task of a workflow (NULL: of all), those that were put last first; it returns false to stop. */
void tg_ledger_each(struct tg_ledger *l, const char *workflow, bool (*fn)(void *data, const struct tg_recorded *task),
                    void *data);
/* Of each task of a workflow only how long it took, in any order; any thread. */
void tg_ledger_took(struct tg_ledger *l, const char *workflow,
                    bool (*fn)(void *data, const char *task, const char *instance, uint64_t took_ns), void *data);

/* -- runs */

struct tg_ledger_run {
    uint64_t number;                      /* counted up */
    const char *workflow, *line;          /* the command line, secrets hidden */
    int64_t began_ns, ended_ns;           /* since 1970; ended 0: it has not, or was killed */
    int pid, status;                      /* status: -1 as long as it has not ended */
    uint64_t ran, fresh, failed, skipped; /* tasks; fresh: up to date */
};
/* A run begins: its number. */
uint64_t tg_ledger_begin(struct tg_ledger *l, const struct tg_ledger_run *run);
/* By its number: end, status and counts. */
void tg_ledger_end(struct tg_ledger *l, const struct tg_ledger_run *run);

enum tg_ledger_fate { TG_LEDGER_RAN, TG_LEDGER_FAILED, TG_LEDGER_SKIPPED, TG_LEDGER_TOUCHED };
/* What became of a task in a run, that was not just up to date. */
struct tg_ledger_outcome {
    uint64_t run;
    struct tg_digest identity;
    const char *task, *instance;
    enum tg_ledger_fate fate;
    const char *why;  /* why it ran, or would have; its message, if it failed; if it was skipped, the instance that failed */
    int64_t ended_ns; /* since 1970 */
    uint64_t took_ns; /* from begun to ended */
};
void tg_ledger_note(struct tg_ledger *l, const struct tg_ledger_outcome *outcome);
/* Runs, the last first; of a workflow, or all (NULL). fn returns false to stop. */
void tg_ledger_runs(struct tg_ledger *l, const char *workflow, bool (*fn)(void *data, const struct tg_ledger_run *run),
                    void *data);
/* Outcomes of a run (0: of all runs), or of a task (its identity; NULL: of all), the last first. */
void tg_ledger_outcomes(struct tg_ledger *l, uint64_t run, const struct tg_digest *identity,
                        bool (*fn)(void *data, const struct tg_ledger_outcome *outcome), void *data);

/* -- results of a run that has not ended well (a checkpoint) */

/* Puts the value of a task that ran, codec bytes, of the work that `work` names (a digest of what a command line is for). Several tasks may
 * have one key: all values stay, in their order. */
void tg_ledger_check(struct tg_ledger *l, struct tg_digest work, struct tg_digest key, const void *bytes, size_t length);
/* Calls fn with all of a work, in order. */
void tg_ledger_checked(struct tg_ledger *l, struct tg_digest work,
                       bool (*fn)(void *data, struct tg_digest key, const void *bytes, size_t length), void *data);
/* The work is done: they go. */
void tg_ledger_uncheck(struct tg_ledger *l, struct tg_digest work);

/* -- manifests (store/manifest.h) of a workflow's graphs, for each work: of all tasks, and over it one of a few */

/* Today's, of the graph with this digest and so many tasks; owned. NULL: there is none that counts: a run of the workflow that has run
 * tasks, or did not come to its end, has put none since. */
struct tg_manifest *tg_ledger_manifest(struct tg_ledger *l, const char *workflow, struct tg_digest work, struct tg_digest graph,
                                       uint32_t tasks);
/* Puts it in place of what there was, unless a run of the workflow has begun after this one, whose number that is. Copies. */
void tg_ledger_put_manifest(struct tg_ledger *l, const char *workflow, struct tg_digest work, struct tg_digest graph, bool few,
                            const struct tg_buf *bytes, uint64_t run);
/* None of a workflow counts any more. */
void tg_ledger_drop_manifests(struct tg_ledger *l, const char *workflow);

#endif
