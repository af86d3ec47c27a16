/* SPDX-License-Identifier: MIT
 * What tells a graph from others: a number that is the same for graphs with as many tasks, of the same names, that need each other in
 * the same way. Known arguments, options and places do not count. */
#ifndef TG_GRAPH_SHAPE_H
#define TG_GRAPH_SHAPE_H

#include "engine/graph/graph.h"

/* As text: 16 digits and a NUL. The same in every process. */
#define TG_SHAPE_BYTES 17
void tg_shape_text(const struct tg_graph *g, char out[TG_SHAPE_BYTES]);

#endif
