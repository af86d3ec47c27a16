/* SPDX-License-Identifier: MIT
 * What of a plan is known before anything runs: tasks of the same graph were up to date when an earlier run ended (store/manifest.h), and
 * none of their files looks otherwise since. They do not ask, and are no tasks of this run; who needs their values has them.
 * Only of graphs that do not grow, in which a task is the same one by its number. Thread class: owner. */
#ifndef TG_GROW_UNCHANGED_H
#define TG_GROW_UNCHANGED_H

#include "engine/run/remains.h"
#include "engine/store/manifest.h"

struct tg_unchanged {
    uint64_t *fresh;          /* bitmap over ids: tasks that are up to date */
    uint64_t *known;          /* of them, those whose values are used */
    struct tg_remains values; /* of these */
    size_t count;             /* tasks of the plan that need not ask */
    struct tg_plan rest;      /* what is left of the plan; only its bitmaps are its own */
};

/* Adds the graph to a digest: what its tasks are, and what they get. False: nothing can be known of such a graph. */
bool tg_unchanged_digest(const struct tg_graph *g, struct tg_digester *d);
/* Looks at the files, with so many threads. The plan must outlive it. */
void tg_unchanged_find(struct tg_unchanged *u, const struct tg_plan *plan, struct tg_manifest *manifest, unsigned threads);
/* A zeroed one is fine. */
void tg_unchanged_done(struct tg_unchanged *u);

#endif
