/* SPDX-License-Identifier: MIT
 * Prints the outputs of a run. Thread class: owner; after the run. */
#ifndef TG_CMD_OUTPUTS_H
#define TG_CMD_OUTPUTS_H

#include "cmd/report.h"
#include "engine/base/out.h"
#include "engine/run/run.h"

/* Adds every planned output that was computed, in the order declared: "name = value" lines. True if there was any. */
bool tg_outputs_text(struct tg_out *out, const struct tg_run *run);
/* The same as one JSON object. */
bool tg_outputs_json(struct tg_out *out, const struct tg_run *run);
/* Says which planned outputs were not computed, and for which failure; after tg_failures_report. */
void tg_outputs_lost(const struct tg_report *r, const struct tg_run *run);

#endif
