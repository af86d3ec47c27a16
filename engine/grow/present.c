/* SPDX-License-Identifier: MIT
 * Whether files are there that a task uses. */
#include "engine/grow/present.h"

#include <string.h>

#include "engine/grow/grow.h"
#include "engine/grow/recall.h"
#include "engine/value/future.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

struct missing {
    struct tg_again *again;
    TG_VEC(struct tg_again_recipe *) recipes;
};

static void look_for_one(struct missing *m, const char *path)
{
    struct tg_again_recipe *recipe = tg_again_want(m->again, path);
    for (size_t i = 0; i < m->recipes.count && recipe; i++)
        if (m->recipes.items[i] == recipe) return;
    if (recipe) tg_vec_push(&m->recipes, recipe);
}

static void look_in_value(struct missing *m, tg_value v)
{
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_FILE) look_for_one(m, tg_str_of(v)->data);
    for (size_t i = 0; kind == TG_LIST && i < tg_list_of(v)->count; i++) look_in_value(m, tg_list_of(v)->items[i]);
    for (size_t i = 0; kind == TG_RECORD && i < tg_record_of(v)->count; i++) look_in_value(m, tg_record_of(v)->fields[i].value);
}

/* What passes files on does not use them, but where a text comes of a path: who gets that could read the file. */
static bool only_passes(const struct tg_def *def, const tg_value *args, size_t count)
{
    if (!tg_node_passes_on(def)) return false;
    if (strcmp(def->name, "+") == 0) return tg_kind(args[0]) != TG_FILE && tg_kind(args[1]) != TG_FILE;
    bool of_file = strcmp(def->name, "field") == 0 && count == 2 && tg_kind(args[0]) == TG_FILE && tg_kind(args[1]) == TG_STR;
    return !of_file || strcmp(tg_str_of(args[1])->data, "path") != 0;
}

/* Files of those that it only waits for. */
static void look_behind(struct missing *m, const struct tg_nodes *nodes, tg_id id)
{
    const struct tg_node *n = &nodes->items[id];
    for (uint32_t i = n->input_count; i-- > 0;) {
        const struct tg_input *in = &tg_node_inputs_of(n)[i];
        if (tg_input_is_edge(in) && in->v.tag & TG_ONLY_AFTER) look_in_value(m, nodes->items[in->v.bits].value);
    }
}

static bool make_missing(tg_ctx *ctx, struct missing *m, uint32_t site, const tg_value *args, size_t count, tg_value *out)
{
    bool any = m->recipes.count > 0;
    *out = tg_nil();
    if (any) tg_recall_make(ctx, m->recipes.items, m->recipes.count, site, args, count, out);
    tg_vec_done(&m->recipes);
    return any;
}

bool tg_present_looks(const struct tg_worker *w)
{
    return w->ctx.services && w->ctx.services->again && tg_again_lacks_any(w->ctx.services->again);
}

bool tg_present_goes_over(const struct tg_site *site)
{
    const struct tg_def *def = site->def;
    if (!(site->flags & TG_SITE_EXPANDS) || !tg_def_is_helper(def)) return false;
    return strcmp(def->name, "for") == 0 || strcmp(def->name, "comprehension") == 0;
}

static tg_value put_off(struct tg_worker *w, tg_value v);

static tg_value put_off_list(struct tg_worker *w, tg_value v)
{
    const struct tg_list *l = tg_list_of(v);
    tg_value out = tg_list_make(l->count);
    for (size_t i = 0; i < l->count; i++) tg_list_add(out, put_off(w, l->items[i]));
    return out;
}

static tg_value put_off_record(struct tg_worker *w, tg_value v)
{
    const struct tg_record *r = tg_record_of(v);
    tg_value out = tg_record_make(r->count);
    for (size_t i = 0; i < r->count; i++) {
        tg_value value = put_off(w, r->fields[i].value);
        tg_record_put(out, tg_value_ref(r->fields[i].key), value);
    }
    return out;
}

/* What is missing is the result of a task that only hands it on. Owned. */
static tg_value put_off(struct tg_worker *w, tg_value v)
{
    struct tg_fragment *f = tg_fragment_of(&w->ctx);
    if (tg_kind(v) == TG_LIST) return put_off_list(w, v);
    if (tg_kind(v) == TG_RECORD) return put_off_record(w, v);
    if (tg_kind(v) != TG_FILE || !tg_again_lacks(w->ctx.services->again, tg_str_of(v)->data)) return tg_value_ref(v);
    tg_id id = tg_fragment_add(f, w->nodes->identity, &v, 1, NULL, 0, &w->ctx.err);
    return id == TG_NO_TASK ? tg_nil() : tg_future(id);
}

bool tg_present_later(struct tg_worker *w, tg_value list, tg_value *out)
{
    if (tg_kind(list) != TG_LIST && tg_kind(list) != TG_RECORD) return false;
    *out = put_off(w, list);
    if (tg_future_in(*out) || w->ctx.err.code) return true;
    tg_value_unref(*out);
    return false;
}

static uint32_t site_of_node(const struct tg_worker *w, tg_id id)
{
    return (uint32_t)(w->nodes->items[id].site - w->nodes->graph->site_table.items);
}

bool tg_present_before(struct tg_worker *w, tg_id id, const tg_value *args, size_t count, tg_value *out)
{
    const struct tg_site *site = w->nodes->items[id].site;
    if (!tg_present_looks(w) || tg_recall_asks(&w->ctx, site) || only_passes(site->def, args, count)) return false;
    struct missing m = {.again = w->ctx.services->again};
    for (size_t i = 0; i < count; i++) look_in_value(&m, args[i]);
    look_behind(&m, w->nodes, id);
    return make_missing(&w->ctx, &m, site_of_node(w, id), args, count, out);
}

bool tg_present_behind(struct tg_worker *w, tg_id id, const tg_value *args, size_t count, tg_value *out)
{
    if (!w->nodes || !tg_present_looks(w)) return false;
    struct missing m = {.again = w->ctx.services->again};
    look_behind(&m, w->nodes, id);
    return make_missing(&w->ctx, &m, site_of_node(w, id), args, count, out);
}

bool tg_present_after(struct tg_worker *w, tg_id id, tg_value result, tg_value *out)
{
    const struct tg_node *n = &w->nodes->items[id];
    if (!(atomic_load_explicit(&n->state, memory_order_relaxed) & TG_NODE_WANTED) || !tg_present_looks(w)) return false;
    struct missing m = {.again = w->ctx.services->again};
    look_in_value(&m, result);
    return make_missing(&w->ctx, &m, w->nodes->identity, &result, 1, out);
}
