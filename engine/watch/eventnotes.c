/* SPDX-License-Identifier: MIT
 * A site of the graph has the number that it had in the run; others get one like it, with a definition of the same name. */
#include "engine/watch/eventnotes.h"

#include <string.h>

#include "engine/run/node.h"
#include "engine/value/future.h"

/* ---- sites --------------------------------------------------------------------------------------- */

static bool is_of_name(const struct tg_def *def, const struct tg_told *t)
{
    return def && strcmp(def->name, t->name) == 0 && strcmp(def->plugin ? def->plugin : "", t->plugin ? t->plugin : "") == 0;
}

/* A definition of that name, if the graph has one; else one that has nothing but the name. */
static const struct tg_def *def_of_told(struct tg_eventnotes *n, const struct tg_told *t)
{
    const struct tg_graph *g = n->plan->graph;
    const struct tg_def *const own[] = {g->identity, g->gather_list, g->gather_record};
    for (size_t i = 0; i < TG_COUNT(own); i++)
        if (is_of_name(own[i], t)) return own[i];
    for (size_t i = 1; i < g->site_table.count; i++)
        if (is_of_name(g->site_table.items[i].def, t)) return g->site_table.items[i].def;
    struct tg_def *def = tg_arena_alloc(&n->arena, sizeof *def);
    *def = (struct tg_def){.name = tg_arena_copy(&n->arena, t->name, strlen(t->name)), .doc = ""};
    if (t->plugin) def->plugin = tg_arena_copy(&n->arena, t->plugin, strlen(t->plugin));
    if (t->expands) def->flags |= TG_DEF_EXPANDS;
    if (t->sort && strcmp(t->sort, "command") == 0) def->flags |= TG_DEF_COMMAND;
    return def;
}

static void take_site(struct tg_eventnotes *n, const struct tg_told *t)
{
    const struct tg_graph *g = n->plan->graph;
    const struct tg_site *site = t->site && t->site < g->site_table.count ? &g->site_table.items[t->site] : NULL;
    if (!site || !is_of_name(site->def, t)) {
        struct tg_site *made = tg_arena_alloc(&n->arena, sizeof *made);
        *made = (struct tg_site){.def = def_of_told(n, t)};
        if (t->place) made->span = n->span(n->span_data, t->place);
        if (t->expands) made->flags = TG_SITE_EXPANDS;
        site = made;
    }
    while (n->sites.count <= t->site) tg_vec_push(&n->sites, NULL);
    n->sites.items[t->site] = site;
}

/* ---- notes --------------------------------------------------------------------------------------- */

static tg_value value_of_arg(const struct tg_graph *g, uint32_t arg)
{
    switch (tg_arg_kind(arg)) {
    case TG_ARG_TASK: return tg_future(tg_arg_payload(arg));
    case TG_ARG_AFTER: return tg_make_(TG_FUTURE | TG_ONLY_AFTER, tg_arg_payload(arg));
    case TG_ARG_SMALL: return tg_int(tg_arg_small(arg));
    default: return tg_value_ref(g->pool.items[tg_arg_payload(arg)]);
    }
}

/* The arguments that it has in the graph; what holds futures is left out. */
static void note_args(struct tg_became_note *note, const struct tg_graph *g)
{
    uint32_t begin = tg_graph_arg_begin(g, note->id), end = g->arg_end[note->id];
    note->inputs = tg_alloc((size_t)(end - begin) * sizeof *note->inputs + 1);
    for (uint32_t i = begin; i < end; i++) {
        tg_value v = value_of_arg(g, g->args[i]);
        if (tg_kind(v) == TG_FUTURE || !tg_value_marks(v)) note->inputs[note->input_count++] = v;
        else tg_value_unref(v);
    }
}

static void note_needs(struct tg_became_note *note, const struct tg_told *t)
{
    note->inputs = tg_alloc(t->need_count * sizeof *note->inputs + 1);
    for (size_t i = 0; i < t->need_count; i++) note->inputs[note->input_count++] = tg_future((uint32_t)t->needs[i]);
}

static struct tg_became_note note_of_told(const struct tg_eventnotes *n, const struct tg_told *t)
{
    return (struct tg_became_note){.id = (tg_id)t->id,
                                   .site = n->sites.items[t->site],
                                   .parent = t->parent == UINT64_MAX ? TG_NO_TASK : (tg_id)t->parent,
                                   .parent_round = (uint32_t)t->parent_round,
                                   .round = (uint32_t)t->round,
                                   .continues = t->continues};
}

static void take_told_inputs(struct tg_eventnotes *n, const struct tg_told *t)
{
    const struct tg_graph *g = n->plan->graph;
    struct tg_became_note note = note_of_told(n, t);
    if (note.id < g->count && note.round == 0 && note.site == tg_graph_site_of(g, note.id)) note_args(&note, g);
    else note_needs(&note, t);
    tg_vec_push(&n->became.notes, note);
    while (n->noted.count <= note.id) tg_vec_push(&n->noted, false);
    if (!note.continues) n->noted.items[note.id] = true;
}

static bool has_ended(const struct tg_eventnotes *n, tg_id id)
{
    return id < n->noted.count && n->noted.items[id];
}

/* ---- the public part ----------------------------------------------------------------------------- */

void tg_eventnotes_init(struct tg_eventnotes *n, const struct tg_plan *plan, tg_eventnotes_span span, const void *span_data)
{
    *n = (struct tg_eventnotes){.plan = plan, .span = span, .span_data = span_data};
    tg_became_init(&n->became);
}

void tg_eventnotes_done(struct tg_eventnotes *n)
{
    tg_became_done(&n->became);
    tg_vec_done(&n->sites);
    tg_vec_done(&n->noted);
    tg_vec_done(&n->added);
    tg_arena_done(&n->arena);
}

void tg_eventnotes_take(struct tg_eventnotes *n, const struct tg_told *told)
{
    if (told->kind == TG_TOLD_SITE) take_site(n, told);
    if (told->site >= n->sites.count || !n->sites.items[told->site]) return;
    if (told->kind == TG_EVENT_ADDED) tg_vec_push(&n->added, note_of_told(n, told));
    if (told->kind == TG_EVENT_NODE) take_told_inputs(n, told);
}

void tg_eventnotes_settle(struct tg_eventnotes *n)
{
    const struct tg_graph *g = n->plan->graph;
    for (tg_id id = 0; id < g->count; id++) {
        if (!tg_plan_needs(n->plan, id) || has_ended(n, id)) continue;
        struct tg_became_note note = {.id = id, .site = tg_graph_site_of(g, id), .parent = TG_NO_TASK};
        note_args(&note, g);
        tg_vec_push(&n->became.notes, note);
    }
    for (size_t i = 0; i < n->added.count; i++)
        if (!has_ended(n, n->added.items[i].id)) tg_vec_push(&n->became.notes, n->added.items[i]);
}
