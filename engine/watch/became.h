/* SPDX-License-Identifier: MIT
 * What a graph became: a sink that notes every task once it is done, and an expansion point each time it continues.
 * Afterwards the notes become a graph of ordinary tasks, to be drawn. Thread class: owner, the sink's function apart. */
#ifndef TG_WATCH_BECAME_H
#define TG_WATCH_BECAME_H

#include "engine/run/run.h"

struct tg_became_note {
    tg_id id;
    const struct tg_site *site;
    tg_id parent;
    uint32_t parent_round, round;
    bool continues; /* it went on to become something else */
    size_t input_count;
    tg_value *inputs; /* as in struct tg_input; what holds futures is left out */
};

struct tg_became {
    struct tg_sink sink;
    TG_VEC(struct tg_became_note) notes; /* as they came; of one task in the order of its rounds or nearly so */
};

void tg_became_init(struct tg_became *b);
void tg_became_done(struct tg_became *b);
/* What the graph of a run by this plan became, which has ended: a graph of ordinary tasks. An expansion point stands in it with its
 * site and its inputs; what it added and has no other input waits for it. False and err if it does not fit. Only for a
 * graph that grows: another one becomes nothing else. *known_as: by task of it, its number in the run
 * for tg_fates_of, or TG_NO_TASK; heap. */
bool tg_became_graph(const struct tg_became *b, const struct tg_plan *plan, struct tg_graph *out, tg_id **known_as,
                     struct tg_err *err);

#endif
