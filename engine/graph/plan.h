/* SPDX-License-Identifier: MIT
 * The plan of a run: which tasks, in which order, with which counts. Made once from a graph that no longer changes.
 * Thread class: immutable after tg_plan_make, but for the use counts, which the run lowers. */
#ifndef TG_GRAPH_PLAN_H
#define TG_GRAPH_PLAN_H

#include "engine/base/bits.h"
#include "engine/graph/graph.h"

struct tg_plan {
    const struct tg_graph *graph;
    tg_id count;      /* tasks to run */
    bool grows;       /* tasks come in while it runs */
    bool final;       /* of one of graph->finals */
    tg_id slow_count; /* of them, known beforehand to be slow */
    tg_id *order;     /* ids in running order; NULL: every id of needed, ascending */
    uint64_t *needed; /* bitmap over ids; NULL: every task */
    _Atomic uint32_t
        *uses;         /* per id: consumers among the needed ones, plus one for each wanted output and what is held; NULL if no
                                task returns a heap value; atomic */
    uint64_t *guarded; /* bitmap over ids: failing is caught by a `try`; NULL: none */
    const struct tg_plan *whole; /* what this is the rest of, since some results are known; NULL: it is whole */
    const uint64_t *known;       /* bitmap over ids: these, of no tasks of the plan; lent; NULL: none */
    uint64_t *selected;          /* bitmap over graph->wanted: what this run is for */
    size_t peak_values;          /* the most heap results alive at once in this order; 0 if no task returns one */
    size_t bytes;                /* memory of the plan */
};

static inline bool tg_plan_needs(const struct tg_plan *p, tg_id id)
{
    return !p->needed || tg_bits_get(p->needed, id);
}

/* True if it needs some task of the site. Looks at all tasks. */
bool tg_plan_needs_site(const struct tg_plan *p, size_t site);

/* Plans the outputs with these names (none: all of them) and all effects (with names given: only what these outputs
 * need). An unknown output name is an error with the nearest. The graph must not change while the plan is used. */
bool tg_plan_make(const struct tg_graph *g, const char *const *outputs, size_t output_count, struct tg_plan *out,
                  struct tg_err *err);
/* The same for what a bitmap over graph->wanted selects, which is taken; no more effects. */
void tg_plan_selected(const struct tg_graph *g, uint64_t *take_selected, struct tg_plan *out);
/* Plans one of graph->finals, for a run of its own (grow/start.h). */
void tg_plan_final(const struct tg_graph *g, tg_id final, struct tg_plan *out);
/* Adds graph->finals to a plan that is only looked at. */
void tg_plan_show_finals(struct tg_plan *p);
void tg_plan_done(struct tg_plan *p);

#endif
