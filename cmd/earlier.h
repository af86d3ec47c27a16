/* SPDX-License-Identifier: MIT
 * Durations of earlier runs, from the record. Thread class: owner (the main thread); they are found by any. */
#ifndef TG_CMD_EARLIER_H
#define TG_CMD_EARLIER_H

#include "engine/graph/durations.h"
#include "engine/graph/plan.h"
#include "engine/store/ledger.h"

struct tg_earlier {
    struct tg_durations durations;
    struct tg_ledger *ledger;
    const char *workflow;
    const struct tg_plan *plan;
};

/* Borrows all, until the end. */
void tg_earlier_begin(struct tg_earlier *e, struct tg_ledger *ledger, const char *workflow, const struct tg_plan *plan);
void tg_earlier_end(struct tg_earlier *e);

#endif
