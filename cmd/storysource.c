/* SPDX-License-Identifier: MIT
 * As messages name them. Of a task whose arguments are results of others these are not known here: what was told of it may have them. */
#include "cmd/storysource.h"

#include "cmd/chosen.h"
#include "engine/base/alloc.h"

static char *story_label_of(void *data, uint64_t part, uint32_t id)
{
    struct tg_storysource *o = data;
    const struct tg_graph *g = o->graph;
    if (part || g->grows || id >= g->count || tg_chosen_is_open(g, id)) return NULL;
    return tg_chosen_foresee(g, id, tg_instance_mask(&o->masks, g, tg_graph_def_of(g, id)), NULL, 1);
}

static char *line_of(void *data, const char *where)
{
    const struct tg_storysource *o = data;
    struct tg_place place;
    if (!tg_sources_place(o->sources, tg_sources_find(o->sources, where), &place)) return NULL;
    return tg_alloc_format("%.*s", (int)place.line_length, place.line_text);
}

void tg_storysource_init(struct tg_storysource *o, const struct tg_graph *graph, const struct tg_sources *sources,
                         struct tg_story *story)
{
    *o = (struct tg_storysource){.graph = graph, .sources = sources};
    tg_story_asks(story, &(struct tg_story_source){o, story_label_of, line_of});
}

void tg_storysource_done(struct tg_storysource *o)
{
    tg_vec_done(&o->masks);
}
