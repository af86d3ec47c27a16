/* SPDX-License-Identifier: MIT
 * What only the workflow can tell of a story's tasks: their names with arguments, and lines of the source. Thread class: locked, by the
 * story. */
#ifndef TG_CMD_STORYSOURCE_H
#define TG_CMD_STORYSOURCE_H

#include "cmd/cmd.h"
#include "engine/run/instance.h"
#include "engine/watch/story.h"

struct tg_storysource {
    const struct tg_graph *graph;
    const struct tg_sources *sources;
    tg_instance_masks masks; /* what tells tasks of a definition apart */
};

/* Borrows both; the story asks it from now on, until it gets another one. */
void tg_storysource_init(struct tg_storysource *o, const struct tg_graph *graph, const struct tg_sources *sources,
                         struct tg_story *story);
/* When the story asks it no more. */
void tg_storysource_done(struct tg_storysource *o);

#endif
