/* SPDX-License-Identifier: MIT
 * What is said of tasks that failed when a run is over: each failure with its place, who was skipped for which, the sum; and
 * the first failure once more, when something came behind it. Thread class: owner (the main thread). */
#ifndef TG_CMD_FAILURES_H
#define TG_CMD_FAILURES_H

#include "cmd/report.h"
#include "engine/run/census.h"

/* True if there is something to say. */
bool tg_failures_any(const struct tg_run *run);
/* Prints all but the repetition. quiet: nothing of failures that are allowed; took: behind the sum; NULL: nothing. */
void tg_failures_report(const struct tg_report *r, struct tg_run *run, const struct tg_census *count, bool quiet,
                        const char *took);
/* Of a run that was ended: a line of the tasks that ran then, if there were any. */
void tg_failures_cut_off(const struct tg_report *r, struct tg_run *run);
/* The first failure in full, as text for tg_failures_again; heap, NULL: there is none. */
char *tg_failures_first(const struct tg_report *r, const struct tg_run *run);
void tg_failures_again(const struct tg_report *r, const char *first);

#endif
