/* SPDX-License-Identifier: MIT
 * What a run did, in a line on standard error. Thread class: owner (the main thread). */
#ifndef TG_CMD_SUMMARY_H
#define TG_CMD_SUMMARY_H

#include "cmd/cmd.h"
#include "engine/run/census.h"

/* Adds "3 tasks done in 1.2 s: 2 build, 1 test", with details if `verbose`. */
void tg_summary_text(struct tg_buf *b, const struct tg_run *run, const struct tg_census *count, double seconds, bool verbose);
/* Prints it where it is asked for, or where a run that went well has nothing else to show. */
void tg_summary(struct tg_cli *cli, const struct tg_run *run, double seconds);
/* Says so, with what could be done about it, if the plan of a workflow runs nothing and gives nothing. */
void tg_summary_nothing(struct tg_cli *cli, const struct tg_workflow *w, const struct tg_plan *plan);

#endif
