/* SPDX-License-Identifier: MIT
 * The start of a run of any graph: of one that may grow, the columns become nodes. Thread class: owner. */
#ifndef TG_GROW_START_H
#define TG_GROW_START_H

#include "engine/run/remains.h"

/* As tg_run_init, which it calls; ended by tg_run_done. */
void tg_start_run(struct tg_run *run, const struct tg_graph *graph, const struct tg_plan *plan,
                  const struct tg_run_options *options);

/* The same for one of graph->finals, whose plan this is: what it holds has run, and remains. `known`, owned by the caller, takes
 * the place of its first argument. */
void tg_start_final(struct tg_run *run, const struct tg_graph *graph, const struct tg_plan *plan,
                    const struct tg_run_options *options, const struct tg_remains *remains, tg_value known);

#endif
