/* SPDX-License-Identifier: MIT
 * The code of plugins and this process, while tasks run in executors. Objects that were made before the run are encoded when it
 * begins, so that this is not done in its midst; and the tasks of plugins that do run here, as their author wants it, get decoded
 * what executors gave. Thread class: owner, when no run is going on. */
#ifndef TG_REMOTE_SEALING_H
#define TG_REMOTE_SEALING_H

#include "engine/graph/graph.h"

struct tg_pool;

struct tg_sealing_slot {
    bool wanted; /* of graph->wanted, else of its pool */
    size_t index;
    tg_value before;
};
struct tg_sealing {
    struct tg_graph *graph;
    TG_VEC(struct tg_sealing_slot) slots;
};

/* Puts encoded objects in the place of those that tasks in executors get as constants, or, if all tasks of plugins run there, of all
 * in the graph. What does not travel stays as it is. */
void tg_sealing_begin(struct tg_sealing *s, struct tg_pool *pool, struct tg_graph *g);
/* Puts them back, before the pool ends. Zeroed is fine. */
void tg_sealing_end(struct tg_sealing *s);

#endif
