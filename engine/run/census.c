/* SPDX-License-Identifier: MIT
 * Counting tasks by what they are calls of. What has failed in columns is told from what was skipped by its inputs: one
 * that was skipped has a failed one that it does not catch, or was marked as never run. What is still waiting when the run is
 * over was skipped, too. */
#include "engine/run/census.h"

#include <stdlib.h>

#include "engine/run/allowed.h"
#include "engine/run/failing.h"
#include "engine/run/node.h"
#include "engine/run/worker.h"

#define ROOM_FIRST 64

/* ---- tables -------------------------------------------------------------------------------------- */

void tg_census_grow(struct tg_census_table *t, size_t site)
{
    size_t room = t->room ? t->room : ROOM_FIRST;
    while (room <= site) room *= 2;
    struct tg_census_block *block = tg_alloc_zero(sizeof *block + room * sizeof *block->items);
    block->before = atomic_load_explicit(&t->newest, memory_order_relaxed);
    block->room = room;
    if (t->room) memcpy(block->items, t->items, t->room * sizeof *t->items);
    t->items = block->items;
    t->room = room;
    atomic_store_explicit(&t->newest, block, memory_order_release);
}

void tg_census_table_done(struct tg_census_table *t)
{
    struct tg_census_block *block = atomic_load_explicit(&t->newest, memory_order_relaxed);
    while (block) {
        struct tg_census_block *before = block->before;
        free(block);
        block = before;
    }
    *t = (struct tg_census_table){0};
}

/* ---- by site ------------------------------------------------------------------------------------- */

static bool depends_on_failed(const struct tg_run *run, tg_id id)
{
    const struct tg_graph *g = run->graph;
    uint32_t begin = tg_graph_arg_begin(g, id);
    for (uint32_t i = begin; i < g->arg_end[id]; i++) {
        bool failed = tg_arg_is_edge(g->args[i]) && run->values[tg_arg_payload(g->args[i])].tag == TG_FAILED;
        if (failed && !tg_def_catches(tg_graph_def_of(g, id), i - begin, tg_arg_kind(g->args[i]) == TG_ARG_AFTER)) return true;
    }
    return false;
}

/* What has become of a task that was not done. */
static enum tg_census_what fate_of_failed(const struct tg_run *run, tg_id id)
{
    tg_value v = run->values[id];
    bool skipped = v.bits == TG_FAILED_UNRUN || tg_allowed_behind(v) || depends_on_failed(run, id);
    return skipped ? TG_CENSUS_SKIPPED : TG_CENSUS_FAILED;
}

/* And of one that has nil for an allowed failure: its own, or one for which it was skipped; or it passes that on. */
static enum tg_census_what fate_of_nil(const struct tg_run *run, tg_id id, const struct tg_failure *allowed)
{
    const struct tg_site *site = tg_graph_site_of(run->graph, id);
    if (allowed->task == id && allowed->site == site) return TG_CENSUS_ALLOWED;
    return tg_graph_policy_of(run->graph, site)->allow_failure && !tg_def_is_helper(site->def) ? TG_CENSUS_SKIPPED
                                                                                               : TG_CENSUS_DONE;
}

enum tg_census_what tg_census_of_column(const struct tg_run *run, tg_id id)
{
    tg_value v = run->values[id];
    if (v.tag == TG_FAILED) return fate_of_failed(run, id);
    return tg_allowed_of(v) ? fate_of_nil(run, id, tg_allowed_of(v)) : TG_CENSUS_DONE;
}

static void count_columns(const struct tg_run *run, struct tg_census_table *t)
{
    for (tg_id id = 0; run->plan->count && id < run->graph->count; id++) {
        if (!tg_plan_needs(run->plan, id)) continue;
        tg_census_note(t, run->graph->sites[id], tg_census_of_column(run, id));
    }
}

/* Of several that were to make the same again, and have not, one counts. */
static void join_remade(struct tg_census_site *site)
{
    tg_id *done = &site->count[TG_CENSUS_DONE], many = *done > INT32_MAX ? 0 - *done : 0;
    if (many) *done = 0;
    for (int what = TG_CENSUS_FAILED; what < TG_CENSUS_WHATS && many; what++) {
        tg_id some = site->count[what] < many ? site->count[what] : many;
        site->count[what] -= some, many -= some;
    }
}

void tg_census_nodes(const struct tg_run *run, struct tg_census_table *t)
{
    const struct tg_site *first = run->graph->site_table.items;
    for (unsigned w = 0; w < run->worker_count; w++) {
        const struct tg_census_table *own = &run->workers[w].counts;
        for (size_t site = 0; site < own->room; site++)
            for (int what = 0; what < TG_CENSUS_WHATS; what++)
                if (own->items[site].count[what]) {
                    if (site >= t->room) tg_census_grow(t, site);
                    t->items[site].count[what] += own->items[site].count[what];
                }
    }
    for (tg_id id = 0; id < run->nodes->next; id++) {
        bool unneeded = tg_node_phase(&run->nodes->items[id]) == TG_NODE_ABANDONED;
        if (!unneeded && !tg_run_waits(run, id)) continue;
        tg_census_note(t, (size_t)(run->nodes->items[id].site - first), unneeded ? TG_CENSUS_UNNEEDED : TG_CENSUS_SKIPPED);
    }
    for (size_t site = 0; site < t->room; site++) join_remade(&t->items[site]);
}

/* ---- by definition ------------------------------------------------------------------------------- */

static void count_site(struct tg_census_of *to, const struct tg_census_site *site)
{
    to->done += site->count[TG_CENSUS_DONE];
    to->failed += site->count[TG_CENSUS_FAILED];
    to->allowed += site->count[TG_CENSUS_ALLOWED];
    to->skipped += site->count[TG_CENSUS_SKIPPED];
    to->unneeded += site->count[TG_CENSUS_UNNEEDED];
}

static int by_def(const void *va, const void *vb)
{
    uintptr_t a = (uintptr_t)((const struct tg_census_of *)va)->def, b = (uintptr_t)((const struct tg_census_of *)vb)->def;
    return (a > b) - (a < b);
}

static int by_done(const void *va, const void *vb)
{
    const struct tg_census_of *a = va, *b = vb;
    if (a->done != b->done) return a->done > b->done ? -1 : 1;
    return strcmp(a->def->name, b->def->name);
}

/* Entries of one definition become one. */
static void join_called(struct tg_census *c)
{
    size_t kept = 0;
    if (c->called.count == 0) return;
    qsort(c->called.items, c->called.count, sizeof *c->called.items, by_def);
    for (size_t i = 0; i < c->called.count; i++) {
        struct tg_census_of *last = kept ? &c->called.items[kept - 1] : NULL, *entry = &c->called.items[i];
        if (last && last->def == entry->def) {
            last->done += entry->done, last->failed += entry->failed;
            last->allowed += entry->allowed, last->skipped += entry->skipped, last->unneeded += entry->unneeded;
        } else {
            c->called.items[kept++] = *entry;
        }
    }
    c->called.count = kept;
    qsort(c->called.items, kept, sizeof *c->called.items, by_done);
}

void tg_census_run(const struct tg_run *run, struct tg_census *out)
{
    struct tg_census_table all = {0};
    *out = (struct tg_census){0};
    if (run->nodes) tg_census_nodes(run, &all);
    else count_columns(run, &all);
    for (size_t site = 1; site < all.room && site < run->graph->site_table.count; site++) {
        struct tg_census_of entry = {.def = run->graph->site_table.items[site].def};
        count_site(&entry, &all.items[site]);
        bool any = entry.done || entry.failed || entry.allowed || entry.skipped || entry.unneeded,
             helper = tg_def_is_helper(entry.def);
        if (any) count_site(helper ? &out->helpers : &out->tasks, &all.items[site]);
        if (any && !helper) tg_vec_push(&out->called, entry);
    }
    join_called(out);
    tg_census_table_done(&all);
}

void tg_census_done(struct tg_census *c)
{
    tg_vec_done(&c->called);
}
