/* SPDX-License-Identifier: MIT
 * Reading what the record says of how long tasks took, and finding the tasks of a plan in it: by their names, which cost no more than
 * their arguments, where what identifies a command in the record would be the whole of it. */
#include "cmd/earlier.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/chosen.h"
#include "engine/base/hash.h"
#include "engine/run/instance.h"

/* So many are read at once, before anything has run: about a millisecond. */
#define FEW 1000
#define MOST 200000

/* Definitions whose tasks are told apart: each takes a look at the whole graph. */
#define DEFS 64

struct earlier_row {
    const char *task, *instance;
    uint64_t took_ns;
};

struct earlier_reading {
    struct tg_earlier *earlier;
    size_t most;
    struct tg_arena arena;
    TG_VEC(struct earlier_row) rows;
    struct tg_table by_instance;
    tg_instance_masks masks;
};

static bool take_row(void *reading, const char *task, const char *instance, uint64_t took_ns)
{
    struct earlier_reading *r = reading;
    struct earlier_row row = {NULL, NULL, took_ns};
    size_t before = r->rows.count;
    row.task = before && strcmp(r->rows.items[before - 1].task, task) == 0 ? r->rows.items[before - 1].task
                                                                           : tg_arena_copy(&r->arena, task, strlen(task));
    row.instance = tg_arena_copy(&r->arena, instance, strlen(instance));
    tg_vec_push(&r->rows, row);
    return r->rows.count <= r->most;
}

/* ---- tasks of the plan --------------------------------------------------------------------------- */

static bool is_of_instance(const void *rows, uint32_t number, const void *instance)
{
    return strcmp(((const struct earlier_row *)rows)[number].instance, instance) == 0;
}

static uint32_t hash_instance(const char *instance)
{
    return tg_table_hash(tg_hash_bytes(instance, strlen(instance)));
}

static void enter_instance(struct earlier_reading *r, uint32_t number)
{
    const char *instance = r->rows.items[number].instance;
    uint32_t hash = hash_instance(instance);
    tg_table_reserve(&r->by_instance);
    struct tg_table_slot *slot = tg_table_slot(&r->by_instance, hash, is_of_instance, r->rows.items, instance);
    if (!slot->number_plus_1) tg_table_take(&r->by_instance, slot, hash, number);
}

/* What tells tasks of the definition apart, as the run finds it out; false: there are too many definitions. */
static bool mask_of_earlier(struct earlier_reading *r, const struct tg_def *def, uint32_t *mask)
{
    size_t i = 0;
    while (i < r->masks.count && r->masks.items[i].def != def) i++;
    if (i == DEFS) return false;
    *mask = tg_instance_mask(&r->masks, r->earlier->plan->graph, def);
    return true;
}

/* 0: that is not known, as arguments are not. */
static uint64_t took_itself(struct earlier_reading *r, tg_id id)
{
    const struct tg_graph *g = r->earlier->plan->graph;
    uint32_t mask;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < tg_graph_written_end(g, id); i++)
        if (tg_arg_is_edge(g->args[i])) return 0;
    if (!mask_of_earlier(r, tg_graph_def_of(g, id), &mask)) return 0;
    char *name = tg_chosen_foresee(g, id, mask, NULL, 0);
    uint32_t number = tg_table_find(&r->by_instance, hash_instance(name), is_of_instance, r->rows.items, name);
    free(name);
    return number == TG_TABLE_NONE ? 0 : r->rows.items[number].took_ns;
}

static bool has_durations(const struct tg_durations *d, const struct tg_graph *g, tg_id id)
{
    return tg_durations_mean_ns(d, tg_graph_def_of(g, id)->name) > 0;
}

static void enter_all(struct earlier_reading *r)
{
    struct tg_durations *d = &r->earlier->durations;
    const struct tg_plan *plan = r->earlier->plan;
    for (uint32_t i = 0; i < r->rows.count; i++) {
        tg_durations_enter(d, r->rows.items[i].task, r->rows.items[i].took_ns);
        enter_instance(r, i);
    }
    for (tg_id id = 0; id < plan->graph->count && r->rows.count; id++)
        if (tg_plan_needs(plan, id))
            tg_durations_plan(d, plan->graph, id, has_durations(d, plan->graph, id) ? took_itself(r, id) : 0);
}

static bool find_earlier(struct tg_durations *d, void *earlier, bool few)
{
    struct tg_earlier *e = earlier;
    struct earlier_reading r = {.earlier = e, .most = few ? FEW : MOST};
    (void)d;
    if (few && e->plan->count > FEW) return false;
    tg_ledger_took(e->ledger, e->workflow, take_row, &r);
    bool all = r.rows.count <= r.most;
    if (all || !few) enter_all(&r);
    tg_vec_done(&r.rows);
    tg_vec_done(&r.masks);
    tg_table_done(&r.by_instance);
    tg_arena_done(&r.arena);
    return all || !few;
}

void tg_earlier_begin(struct tg_earlier *e, struct tg_ledger *ledger, const char *workflow, const struct tg_plan *plan)
{
    *e = (struct tg_earlier){.ledger = ledger, .workflow = workflow, .plan = plan};
    e->durations.find = find_earlier;
    e->durations.data = e;
}

void tg_earlier_end(struct tg_earlier *e)
{
    tg_durations_done(&e->durations);
}
