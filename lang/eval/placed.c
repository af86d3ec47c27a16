/* SPDX-License-Identifier: MIT
 * Tasks in executors and objects that are pinned: as far as signatures and constants tell. What they do not tell fails in the run. */
#include "lang/eval/placed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/bits.h"
#include "engine/plugin/registry.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/record.h"

#define STAY_HINT                                                                                                             \
    "with scheduler = \"threads\" at it and at those that use it, its objects stay in one process; encode and decode of the " \
    "type let them travel."

/* ---- results ------------------------------------------------------------------------------------- */

/* The full name of the pinned type of which the results of a task are, or of which they hold some; NULL: there is none. */
static const char *pinned_result(const struct tg_registry *r, const struct tg_def *def, bool *within)
{
    const struct tg_type *type = &def->sig.result;
    char full[256];
    for (*within = false; type->item; type = type->item) *within = true;
    if (!type->object || !def->plugin) return NULL;
    int length = snprintf(full, sizeof full, "%s.%s", def->plugin, type->object);
    const struct tg_object_type *found = length < (int)sizeof full ? tg_registry_type(r, full, (size_t)length) : NULL;
    return found && tg_object_travel(found) == TG_TRAVEL_PINNED ? tg_registry_type_name(r, found) : NULL;
}

static void look_at_result(const struct tg_registry *r, const struct tg_plan *plan, size_t at, struct tg_diags *out)
{
    const struct tg_site *site = &plan->graph->site_table.items[at];
    const struct tg_sig *sig = &site->def->sig;
    bool within;
    const char *name = site->flags & TG_SITE_AWAY ? pinned_result(r, site->def, &within) : NULL;
    if (!name || !(sig->effect || sig->grows || within) || !tg_plan_needs_site(plan, at)) return;
    const char *why = sig->effect  ? "an effect cannot be run again to make them elsewhere"
                      : sig->grows ? "a task that grows cannot be run again to make them elsewhere"
                                   : "only one that is the whole result can be made again elsewhere";
    struct tg_diag *d = tg_diag_error(out, site->span,
                                      "task '%s' gives objects of type '%s', which are pinned to their process: %s",
                                      site->def->name, name, why);
    tg_diag_hint(out, d, "%s", STAY_HINT);
}

/* ---- constants ----------------------------------------------------------------------------------- */

/* The full name of the type of a pinned object in it; NULL: there is none. */
static const char *pinned_in(const struct tg_registry *r, tg_value v)
{
    const char *found = NULL;
    if (tg_kind(v) == TG_OBJECT && tg_object_travel(tg_object_of(v)->type) == TG_TRAVEL_PINNED)
        return tg_registry_type_name(r, tg_object_of(v)->type);
    if (tg_kind(v) == TG_LIST)
        for (size_t i = 0; !found && i < tg_list_of(v)->count; i++) found = pinned_in(r, tg_list_of(v)->items[i]);
    if (tg_kind(v) == TG_RECORD)
        for (size_t i = 0; !found && i < tg_record_of(v)->count; i++) found = pinned_in(r, tg_record_of(v)->fields[i].value);
    return found;
}

/* The same constant may be given to many. */
static void look_at_constants(const struct tg_registry *r, const struct tg_graph *g, tg_id id, uint64_t *seen,
                              struct tg_diags *out)
{
    const struct tg_site *site = tg_graph_site_of(g, id);
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        uint32_t at = tg_arg_payload(g->args[i]);
        if (tg_arg_kind(g->args[i]) != TG_ARG_POOL || tg_bits_get(seen, at)) continue;
        tg_bits_set(seen, at);
        const char *name = pinned_in(r, g->pool.items[at]);
        if (!name) continue;
        struct tg_diag *d = tg_diag_error(
            out, site->span, "task '%s' runs in another process, but an object of type '%s' that it gets is pinned to this one",
            site->def->name, name);
        tg_diag_hint(
            out, d,
            "it was made before the run: make it by a task that is not `now`, or give this task scheduler = \"threads\".");
    }
}

/* ---- from tgrun to executors and back ------------------------------------------------------------- */

struct passing {
    const struct tg_graph *graph;
    const char **made; /* by site: the pinned type of which its results are, or of which they hold some; NULL: there is none */
    tg_id *maker;      /* by task: 1 more than who makes a pinned object that its result is, or holds; 0: nobody is known */
    uint64_t *told;    /* sites of which an error tells */
    struct tg_diags *out;
};

/* What may be nil may be none. */
static bool is_sure(const struct tg_type *type)
{
    bool sure = true;
    for (; type; type = type->item) sure &= !(type->kinds & TG_KIND_BIT(TG_NIL));
    return sure;
}

static bool find_made(struct passing *p, const struct tg_registry *r)
{
    bool any = false, within;
    for (size_t i = 1; i < p->graph->site_table.count; i++) {
        const struct tg_site *site = &p->graph->site_table.items[i];
        if (site->flags & TG_SITE_PLUGIN && is_sure(&site->def->sig.result)) p->made[i] = pinned_result(r, site->def, &within);
        any |= p->made[i] != NULL;
    }
    return any;
}

static bool is_away(const struct tg_graph *g, tg_id id)
{
    return tg_graph_site_of(g, id)->flags & TG_SITE_AWAY;
}

static void say_passed(struct passing *p, tg_id id, tg_id maker)
{
    const struct tg_graph *g = p->graph;
    const struct tg_site *site = tg_graph_site_of(g, id), *from = tg_graph_site_of(g, maker);
    const char *type = p->made[g->sites[maker]];
    if (tg_bits_get(p->told, g->sites[id])) return;
    tg_bits_set(p->told, g->sites[id]);
    struct tg_diag *d = tg_diag_error(
        p->out, site->span,
        is_away(g, id) ? "task '%s' runs in another process, but an object of type '%s' that it gets is pinned to this one"
                       : "task '%s' runs here, but an object of type '%s' that it gets is pinned to the process that makes it",
        site->def->name, type);
    tg_diag_note(p->out, d, from->span, "'%s' makes it %s", from->def->name, is_away(g, maker) ? "in an executor" : "in tgrun");
    tg_diag_hint(p->out, d, "give both tasks the same scheduler; encode and decode of the type let its objects travel.");
}

/* What only passes it on does not need it. */
static void look_at_given(struct passing *p, tg_id id)
{
    const struct tg_graph *g = p->graph;
    const struct tg_site *site = tg_graph_site_of(g, id);
    bool passes_on = site->def->flags & TG_DEF_GATHER || site->def == g->identity;
    if (p->made[g->sites[id]]) p->maker[id] = id + 1;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        tg_id maker = tg_arg_kind(g->args[i]) == TG_ARG_TASK ? p->maker[tg_arg_payload(g->args[i])] : 0;
        if (!maker) continue;
        if (passes_on) p->maker[id] = maker;
        else if (site->flags & TG_SITE_PLUGIN && is_away(g, id) != is_away(g, maker - 1)) say_passed(p, id, maker - 1);
    }
}

static void look_at_passed(const struct tg_registry *r, const struct tg_plan *plan, struct tg_diags *out)
{
    const struct tg_graph *g = plan->graph;
    struct passing p = {.graph = g, .out = out};
    p.made = tg_alloc_zero(g->site_table.count * sizeof *p.made);
    if (find_made(&p, r)) {
        p.maker = tg_alloc_zero((g->count + 1) * sizeof *p.maker);
        p.told = tg_bits_new(g->site_table.count);
        for (tg_id id = 0; id < g->count; id++)
            if (tg_plan_needs(plan, id)) look_at_given(&p, id);
        tg_bits_free(p.told, g->site_table.count);
        free(p.maker);
    }
    free(p.made);
}

/* ---- the door ------------------------------------------------------------------------------------ */

void tg_placed_look(const struct tg_registry *r, const struct tg_plan *plan, struct tg_diags *out)
{
    const struct tg_graph *g = plan->graph;
    if (!g->has_away) return;
    for (size_t i = 1; i < g->site_table.count; i++) look_at_result(r, plan, i, out);
    uint64_t *seen = tg_bits_new(g->pool.count);
    for (tg_id id = 0; id < g->count; id++)
        if (tg_graph_site_of(g, id)->flags & TG_SITE_AWAY && tg_plan_needs(plan, id)) look_at_constants(r, g, id, seen, out);
    tg_bits_free(seen, g->pool.count);
    if (!out->error_count) look_at_passed(r, plan, out);
}
