/* SPDX-License-Identifier: MIT
 * What a run would do, as text. Thread class: immutable (no state). */
#ifndef TG_CMD_DRYRUN_H
#define TG_CMD_DRYRUN_H

#include "cmd/foresee.h"
#include "engine/base/out.h"
#include "engine/draw/needed.h"
#include "lang/text/source.h"

/* Lists the tasks of a plan in its order, one a line: number, call, place; then those that may run. Futures among the
 * arguments are #NUMBER. Above a few hundred tasks: calls of the source with how many tasks each makes, unless `all`. foreseen: what of
 * it is up to date, and left out, and why the rest would run; NULL: nothing is known. */
void tg_dryrun(struct tg_out *out, const struct tg_needed *needed, const struct tg_sources *sources,
               const struct tg_foresight *foreseen, bool all);

#endif
