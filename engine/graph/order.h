/* SPDX-License-Identifier: MIT
 * Orders to run tasks in, beside that of their ids, and what they cost. Thread class: owner; the graph does not change. */
#ifndef TG_GRAPH_ORDER_H
#define TG_GRAPH_ORDER_H

#include "engine/graph/plan.h"

/* What the selected ones (bitmap) of graph->wanted need, which is `count` tasks: in post-order of a depth-first walk from
 * them, arguments left to right. To be freed with tg_block_free. */
tg_id *tg_order_depth_first(const struct tg_graph *g, const uint64_t *selected, tg_id count);
/* All that the plan needs, as one worker takes it that looks at priorities: what is ready and not slow by its number, then
 * the slow one of the highest priority. To be freed with tg_block_free. */
tg_id *tg_order_by_priority(const struct tg_plan *p);
/* The most heap results alive at once when `count` tasks run in this order. */
size_t tg_order_peak(const struct tg_graph *g, const uint64_t *selected, const tg_id *order, tg_id count);

#endif
