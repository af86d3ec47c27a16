/* SPDX-License-Identifier: MIT
 * What a run did, in a line on standard error. Thread class: owner (the main thread). */
#ifndef TG_CMD_SUMMARY_H
#define TG_CMD_SUMMARY_H

#include "cmd/cmd.h"
#include "cmd/took.h"
#include "engine/run/census.h"

/* Commands that were up to date. */
uint64_t tg_summary_fresh(const struct tg_run *run);
/* Tasks that are done, and were not just up to date. */
uint64_t tg_summary_done(const struct tg_run *run, const struct tg_census *count);
/* Adds "3 tasks done in 1.2 s: 2 build, 1 test", with details if `verbose`. */
void tg_summary_text(struct tg_buf *b, const struct tg_run *run, const struct tg_census *count, double seconds, bool verbose);
/* Prints it where it is asked for, of a run that took long, or where one that went well has nothing else to show. */
void tg_summary(struct tg_cli *cli, const struct tg_run *run, const struct tg_took *took);
/* Whether it is to be said, as part of what is said otherwise, what a run of so many seconds took. */
bool tg_summary_is_wanted(const struct tg_cli *cli, double seconds);
/* Adds " in 1.5 s", and that. */
void tg_summary_sum(struct tg_buf *b, const struct tg_took *took);
/* Says so, with what could be done about it, if the plan of a workflow runs nothing and gives nothing. */
void tg_summary_nothing(struct tg_cli *cli, const struct tg_workflow *w, const struct tg_plan *plan);

extern const char *const tg_summary_words[];
#define TG_OPTION_SUMMARY                                                                                                 \
    {                                                                                                                     \
        .name = "summary", .kind = TG_OPT_CHOICE, .value = "WHEN", .choices = tg_summary_words,                           \
        .help = "say at the end what it took: of a run of more than a second, always or never", .offset = TG_AT(summary), \
        .env = true, .harmless = true                                                                                     \
    }

#endif
