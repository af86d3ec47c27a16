/* SPDX-License-Identifier: MIT
 * Gathering: a list or record that holds futures becomes the future of a task that puts it together, bottom up, so that a
 * task's arguments are always known values and whole futures. The same for the graph's builder and for fragments of
 * a run that grows. Thread class: owner. */
#ifndef TG_GRAPH_GATHER_H
#define TG_GRAPH_GATHER_H

#include "engine/graph/graph.h"
#include "engine/value/future.h"

/* Who adds the tasks. */
struct tg_gather {
    const struct tg_graph *graph;
    /* Adds a task whose arguments are known values and futures; TG_NO_TASK and err if it cannot. */
    tg_id (*add)(struct tg_gather *to, uint32_t site, const tg_value *args, size_t count, struct tg_err *err);
    /* The site of the gathering tasks that stand for arguments of `site`. */
    uint32_t (*site)(struct tg_gather *to, uint32_t site, bool record);
    tg_value known;   /* the large list or record gathered last (owned), or nil: the same is often handed to many tasks in a row */
    tg_id known_task; /* its gathering task */
};

/* True for what must be gathered: it holds futures and is none. */
static inline bool tg_gather_needed(tg_value v) { return tg_kind(v) != TG_FUTURE && tg_future_in(v); }
/* The future of the gathering task of v, which needs it. */
bool tg_gather_value(struct tg_gather *to, uint32_t site, tg_value v, tg_value *out, struct tg_err *err);
/* Copies args (borrowed) to `out` with those gathered that need it. */
bool tg_gather_args(struct tg_gather *to, uint32_t site, const tg_value *args, size_t count, tg_value *out, struct tg_err *err);

#endif
