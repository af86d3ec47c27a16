/* SPDX-License-Identifier: MIT
 * A walk up from a ready task over those that wait for it. None of these can run, go or change its inputs meanwhile, since what
 * they wait for has not run; what is added to the lists of some while the walk goes by counts or does not. */
#include "engine/run/rest.h"

#include "engine/graph/pace.h"

/* Tasks that a walk looks at: some microseconds, where the task takes a millisecond. */
#define LOOKED_AT 128

struct rest_walk {
    const struct tg_nodes *nodes;
    const uint32_t *levels;
    tg_id level_count;
    const struct tg_durations *durations;
    unsigned left; /* of LOOKED_AT */
};

static uint32_t rest_from(struct rest_walk *w, tg_id id)
{
    const struct tg_node *n = &w->nodes->items[id];
    uint32_t longest = 0;
    bool planned = n->parent == TG_NO_TASK && id < w->level_count;
    if (planned && w->levels[id]) return w->levels[id];
    for (uint64_t link = atomic_load_explicit(&n->waiting, memory_order_acquire); link && link != TG_LIST_DONE && w->left;) {
        w->left--;
        tg_id consumer = (tg_id)(link >> 32);
        uint32_t rest = rest_from(w, consumer);
        if (rest > longest) longest = rest;
        link = tg_node_inputs_of(&w->nodes->items[consumer])[(uint32_t)link - 1].next;
    }
    return tg_pace_sum(longest, tg_pace_estimate(tg_node_site(w->nodes, id), w->durations, planned ? id : TG_NO_TASK));
}

uint32_t tg_rest_of(const struct tg_nodes *nodes, const uint32_t *levels, tg_id level_count, tg_id id,
                    const struct tg_durations *durations)
{
    struct rest_walk w = {nodes, levels, level_count, durations, LOOKED_AT};
    return rest_from(&w, id);
}
