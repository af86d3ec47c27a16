/* SPDX-License-Identifier: MIT
 * What a graph that grows became, by the events that its run has written: notes as became.h takes them. Arguments are known of tasks that
 * were there from the start alone. Thread class: owner. */
#ifndef TG_WATCH_EVENTNOTES_H
#define TG_WATCH_EVENTNOTES_H

#include "engine/base/arena.h"
#include "engine/watch/became.h"
#include "engine/watch/eventread.h"

/* The span of "FILE:LINE:COLUMN"; {0, 0} if nowhere. */
typedef tg_span (*tg_eventnotes_span)(const void *data, const char *place);

struct tg_eventnotes {
    struct tg_became became;
    const struct tg_plan *plan;
    tg_eventnotes_span span;
    const void *span_data;
    struct tg_arena arena;                /* sites and definitions that the graph does not have */
    TG_VEC(const struct tg_site *) sites; /* by their numbers in the events; NULL: not told of */
    TG_VEC(bool) noted;                   /* by task: how it ended was told of */
    TG_VEC(struct tg_became_note) added;  /* tasks that came in, without inputs */
};

/* Borrows the plan, and what span_data is. */
void tg_eventnotes_init(struct tg_eventnotes *n, const struct tg_plan *plan, tg_eventnotes_span span, const void *span_data);
void tg_eventnotes_done(struct tg_eventnotes *n);
/* An event of the run. */
void tg_eventnotes_take(struct tg_eventnotes *n, const struct tg_told *told);
/* All has been told: tasks of the plan, and that came in, which have not ended are noted, too. */
void tg_eventnotes_settle(struct tg_eventnotes *n);

#endif
