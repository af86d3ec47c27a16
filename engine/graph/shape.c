/* SPDX-License-Identifier: MIT
 * A hash over the columns; of each site, of the name it calls. */
#include "engine/graph/shape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"

static uint64_t mix_into(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t name_hash(const struct tg_def *def)
{
    const char *plugin = def->plugin ? def->plugin : "";
    return mix_into(tg_hash_bytes(def->name, strlen(def->name)), tg_hash_bytes(plugin, strlen(plugin)));
}

void tg_shape_text(const struct tg_graph *g, char out[TG_SHAPE_BYTES])
{
    uint64_t hash = g->count, *names = tg_alloc((g->site_table.count + 1) * sizeof *names);
    for (size_t i = 1; i < g->site_table.count; i++) names[i] = name_hash(g->site_table.items[i].def);
    for (tg_id id = 0; id < g->count; id++) {
        hash = mix_into(hash, names[g->sites[id]]);
        for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
            hash = mix_into(hash, tg_arg_is_edge(g->args[i]) ? g->args[i] : UINT32_MAX);
    }
    free(names);
    snprintf(out, TG_SHAPE_BYTES, "%016" PRIx64, hash);
}
