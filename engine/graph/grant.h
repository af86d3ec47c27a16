/* SPDX-License-Identifier: MIT
 * What a task that runs was given for this attempt. Thread class: immutable while it runs. */
#ifndef TG_GRAPH_GRANT_H
#define TG_GRAPH_GRANT_H

#include "engine/graph/policy.h"

/* Units of one of the resources that users name. */
struct tg_granted {
    const char *name;
    uint32_t count;
    const uint32_t *units; /* their numbers, from 0 */
};

struct tg_grant {
    const struct tg_policy *policy; /* what is said of the task, for this attempt; NULL in a copy for a thread of its own */
    uint32_t attempt, attempts;     /* which one, from 1; how many there can be */
    uint32_t cores;                 /* at least 1 */
    uint64_t memory_bytes;          /* reserved for it; 0: it has not asked */
    uint32_t kind_count;
    struct tg_granted kinds[TG_ASKED_MAX]; /* those that it has asked for */
};

#endif
