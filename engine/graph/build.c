/* SPDX-License-Identifier: MIT
 * The builder: the only code that writes the graph's columns.
 *
 * A task of up to two futures and small ints is written by the inline part of tg_graph_add; everything else comes
 * here. Known values that are no small ints go to the pool, where equal ones seen lately share a place. A list or
 * record that holds futures becomes the future of a gathering task, bottom up, so that a task's arguments are always
 * known values and whole futures. The large list gathered last is remembered, since the same list is often handed to
 * many tasks in a row. */
#include <string.h>

#include "engine/base/limits.h"
#include "engine/graph/graph.h"

/* From how many items on a gathered list or record is remembered. */
#define REMEMBER 16

/* How many of the newest options records a new one is compared with. */
#define OPTIONS_LOOKED_AT 32

/* ---- room ---------------------------------------------------------------------------------------- */

static bool grow_tasks(struct tg_graph *g, struct tg_err *err)
{
    size_t need = (size_t)g->count + 1;
    if (need > g->max_tasks) {
        tg_err_set(err, TG_EXIT_USAGE, "the graph has more than %u tasks", g->max_tasks);
        tg_err_hint(err, "The limit can be raised with --max-tasks.");
        return false;
    }
    if (!tg_column_reach(&g->site_column, need * sizeof *g->sites) ||
        !tg_column_reach(&g->end_column, (need + 1) * sizeof *g->arg_end))
        return tg_err_set(err, TG_EXIT_CANNOT, "no address space for more than %u tasks", g->count);
    size_t ends = g->end_column.ready_bytes / sizeof *g->arg_end - 1;
    g->room_tasks = g->site_column.ready_bytes / sizeof *g->sites;
    if (g->room_tasks > ends) g->room_tasks = ends;
    if (g->room_tasks > g->max_tasks) g->room_tasks = g->max_tasks;
    return true;
}

static bool grow_args(struct tg_graph *g, size_t more, struct tg_err *err)
{
    size_t need = (size_t)g->arg_count + more;
    if (!tg_column_reach(&g->arg_column, need * sizeof *g->args))
        return tg_err_set(err, TG_EXIT_CANNOT, "the tasks of the graph have more than %zu arguments",
                          g->arg_column.reserved_bytes / sizeof *g->args);
    g->room_args = g->arg_column.ready_bytes / sizeof *g->args;
    return true;
}

static inline bool reach(struct tg_graph *g, size_t args, struct tg_err *err)
{
    if (args < 2) args = 2; /* what the inline part asks for */
    return (g->count < g->room_tasks || grow_tasks(g, err)) &&
           (g->arg_count + args <= g->room_args || grow_args(g, args, err));
}

/* ---- constants ----------------------------------------------------------------------------------- */

static uint32_t recent_slot(tg_value v)
{
    uint64_t hash = (v.bits ^ v.tag << 56) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32) % TG_POOL_RECENT;
}

/* The pool's index of v, which is not copied: a heap value is counted once more. */
static bool pool_add(struct tg_graph *g, tg_value v, uint32_t *arg, struct tg_err *err)
{
    uint32_t *recent = &g->recent[recent_slot(v)];
    if (*recent) {
        tg_value known = g->pool.items[*recent - 1];
        if (known.tag == v.tag && known.bits == v.bits) {
            *arg = (uint32_t)TG_ARG_POOL << TG_ARG_BITS | (*recent - 1);
            return true;
        }
    }
    if (g->pool.count > TG_ARG_PAYLOAD)
        return tg_err_set(err, TG_EXIT_CANNOT, "the graph has more than %u constants", TG_ARG_PAYLOAD);
    tg_vec_push(&g->pool, tg_value_ref(v));
    *recent = (uint32_t)g->pool.count;
    *arg = (uint32_t)TG_ARG_POOL << TG_ARG_BITS | (*recent - 1);
    return true;
}

/* ---- tasks --------------------------------------------------------------------------------------- */

/* Futures inside v, the known parts left out; at most TG_MAX_NESTING deep, as the language makes them. */
static size_t count_futures(tg_value v)
{
    if (tg_kind(v) == TG_FUTURE) return 1;
    if (!tg_has_future(v)) return 0;
    size_t n = 0;
    if (tg_kind(v) == TG_LIST) {
        struct tg_list *list = tg_get_list(v);
        for (size_t i = 0; i < list->count; i++) n += count_futures(list->items[i]);
    } else {
        struct tg_record *record = tg_get_record(v);
        for (size_t i = 0; i < record->count; i++) n += count_futures(record->fields[i].value);
    }
    return n;
}

static uint32_t *write_after(uint32_t *at, tg_value v)
{
    if (tg_kind(v) == TG_FUTURE) {
        *at = (uint32_t)TG_ARG_AFTER << TG_ARG_BITS | (uint32_t)v.bits;
        return at + 1;
    }
    if (!tg_has_future(v)) return at;
    if (tg_kind(v) == TG_LIST) {
        struct tg_list *list = tg_get_list(v);
        for (size_t i = 0; i < list->count; i++) at = write_after(at, list->items[i]);
    } else {
        struct tg_record *record = tg_get_record(v);
        for (size_t i = 0; i < record->count; i++) at = write_after(at, record->fields[i].value);
    }
    return at;
}

/* Adds a task whose arguments are futures and known values only. */
static tg_id add_flat(struct tg_graph *g, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                      size_t after_count, struct tg_err *err)
{
    size_t waits = 0;
    for (size_t i = 0; i < after_count; i++) waits += count_futures(after[i]);
    if (!reach(g, count + waits, err)) return TG_NO_TASK;
    uint32_t *at = g->args + g->arg_count;
    for (size_t i = 0; i < count; i++, at++)
        if (!tg_arg_quick(args[i], at) && !pool_add(g, args[i], at, err)) return TG_NO_TASK;
    for (size_t i = 0; i < after_count; i++) at = write_after(at, after[i]);
    if (waits) g->has_after = true;
    tg_id id = g->count++;
    g->sites[id] = site;
    g->arg_end[id] = g->arg_count += (uint32_t)(count + waits);
    return id;
}

/* ---- gathering ----------------------------------------------------------------------------------- */

static bool holds_futures(tg_value v)
{
    return tg_kind(v) != TG_FUTURE && tg_has_future(v);
}

/* The site of the gathering tasks that stand for arguments of `site`. */
static uint32_t gather_site(struct tg_graph *g, uint32_t site, bool record)
{
    if (!g->site_table.items[site].gather[record]) {
        struct tg_site from = g->site_table.items[site];
        uint32_t made = tg_graph_site(g, record ? g->gather_record : g->gather_list, from.span, 0, from.group);
        g->site_table.items[site].gather[record] = made;
    }
    return g->site_table.items[site].gather[record];
}

static bool gather(struct tg_graph *g, uint32_t site, tg_value v, int depth, tg_value *out, struct tg_err *err);

/* Copies items with those that hold futures gathered. */
static bool gather_items(struct tg_graph *g, uint32_t site, const tg_value *items, size_t count, int depth, tg_value *out,
                         struct tg_err *err)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = items[i];
        if (holds_futures(items[i]) && !gather(g, site, items[i], depth + 1, &out[i], err)) return false;
    }
    return true;
}

static tg_id gather_list(struct tg_graph *g, uint32_t site, const struct tg_list *list, int depth, struct tg_err *err)
{
    uint32_t made = gather_site(g, site, false);
    size_t i = 0;
    while (i < list->count && !holds_futures(list->items[i])) i++;
    if (i == list->count) return add_flat(g, made, list->items, list->count, NULL, 0, err);
    tg_value *items = tg_block_new(list->count * sizeof *items);
    tg_id id = TG_NO_TASK;
    if (gather_items(g, site, list->items, list->count, depth, items, err))
        id = add_flat(g, made, items, list->count, NULL, 0, err);
    tg_block_free(items, list->count * sizeof *items);
    return id;
}

static tg_id gather_record(struct tg_graph *g, uint32_t site, const struct tg_record *record, int depth, struct tg_err *err)
{
    uint32_t made = gather_site(g, site, true);
    size_t count = record->count + 1, bytes = count * sizeof(tg_value);
    tg_value *items = tg_block_new(bytes);
    items[0] = tg_list_make(record->count);
    for (size_t i = 0; i < record->count; i++) {
        tg_list_add(items[0], tg_value_ref(record->fields[i].key));
        items[i + 1] = record->fields[i].value;
    }
    tg_id id = TG_NO_TASK;
    if (gather_items(g, site, items + 1, record->count, depth, items + 1, err))
        id = add_flat(g, made, items, count, NULL, 0, err);
    tg_value_unref(items[0]);
    tg_block_free(items, bytes);
    return id;
}

/* A list or record with futures inside, as the future of its gathering task. */
static bool gather(struct tg_graph *g, uint32_t site, tg_value v, int depth, tg_value *out, struct tg_err *err)
{
    if (v.tag == g->gathered.tag && v.p == g->gathered.p) {
        *out = tg_future(g->gathered_task);
        return true;
    }
    if (depth > TG_MAX_NESTING)
        return tg_err_at(err, TG_EXIT_USAGE, g->site_table.items[site].span,
                         "lists and records are nested more than %d deep", TG_MAX_NESTING);
    bool list = tg_kind(v) == TG_LIST;
    tg_id id = list ? gather_list(g, site, tg_get_list(v), depth, err) : gather_record(g, site, tg_get_record(v), depth, err);
    if (id == TG_NO_TASK) return false;
    if ((list ? tg_get_list(v)->count : tg_get_record(v)->count) >= REMEMBER) {
        tg_value_unref(g->gathered);
        g->gathered = tg_value_ref(v);
        g->gathered_task = id;
    }
    *out = tg_future(id);
    return true;
}

static tg_id add_gathered(struct tg_graph *g, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                          size_t after_count, struct tg_err *err)
{
    tg_value *flat = tg_block_new(count * sizeof *flat);
    tg_id id = TG_NO_TASK;
    if (gather_items(g, site, args, count, 0, flat, err)) id = add_flat(g, site, flat, count, after, after_count, err);
    tg_block_free(flat, count * sizeof *flat);
    return id;
}

/* ---- the public part ----------------------------------------------------------------------------- */

/* What the run loop needs of the definition, in the site. */
static void site_types(struct tg_site *site)
{
    const struct tg_def *def = site->def;
    const struct tg_sig *sig = &def->sig;
    for (size_t i = 0; i < TG_COUNT(site->accepts); i++) {
        const struct tg_sig_param *param = def->flags & TG_DEF_UNCHECKED ? NULL : tg_sig_param_of(sig, i);
        site->accepts[i] = param ? param->type.accepts : TG_KINDS_ANY;
    }
    if (def->flags & TG_DEF_CATCHES) site->accepts[0] |= TG_KIND_BIT(TG_FAILED);
    site->returns = sig->result.kinds;
    if (site->returns >> TG_STR) site->flags |= TG_SITE_HEAP;
    if (sig->effect) site->flags |= TG_SITE_EFFECT;
    if (def->flags & (TG_DEF_QUICK | TG_DEF_GATHER)) site->flags |= TG_SITE_QUICK;
    if (def->flags & TG_DEF_UNCHECKED) return;
    if (sig->count > TG_COUNT(site->accepts)) site->flags |= TG_SITE_DEEP;
    for (size_t i = 0; i < sig->count; i++)
        if (sig->params[i].type.item || sig->params[i].type.object) site->flags |= TG_SITE_DEEP;
}

uint32_t tg_graph_site(struct tg_graph *g, const struct tg_def *def, tg_span span, uint32_t options, uint32_t group)
{
    struct tg_site site = {.fn = def->fn, .def = def, .span = span, .options = options, .group = group};
    site_types(&site);
    if (site.flags & TG_SITE_HEAP) g->heap_results = true;
    if (def->flags & TG_DEF_CATCHES) g->catches = true;
    tg_vec_push(&g->site_table, site);
    return (uint32_t)g->site_table.count - 1;
}

uint32_t tg_graph_options(struct tg_graph *g, tg_value take_record)
{
    size_t count = g->options.count, oldest = count > OPTIONS_LOOKED_AT ? count - OPTIONS_LOOKED_AT : 1, found = 0;
    if (tg_kind(take_record) == TG_RECORD && tg_get_record(take_record)->count > 0) {
        for (found = oldest; found < count; found++)
            if (tg_value_equal(g->options.items[found], take_record)) break;
        if (found == count) {
            tg_vec_push(&g->options, take_record);
            return (uint32_t)found;
        }
    }
    tg_value_unref(take_record);
    return (uint32_t)found;
}

tg_id tg_graph_add_slow(struct tg_graph *g, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                        size_t after_count, struct tg_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (holds_futures(args[i])) return add_gathered(g, site, args, count, after, after_count, err);
    return add_flat(g, site, args, count, after, after_count, err);
}

bool tg_graph_gather(struct tg_graph *g, tg_value v, tg_span span, tg_value *out, struct tg_err *err)
{
    if (!holds_futures(v)) {
        *out = tg_value_ref(v);
        return true;
    }
    const struct tg_site *last = &g->site_table.items[g->gather_site];
    if (!g->gather_site || last->span.start != span.start || last->span.end != span.end)
        g->gather_site = tg_graph_site(g, g->gather_list, span, 0, 0);
    return gather(g, g->gather_site, v, 1, out, err);
}

bool tg_graph_want(struct tg_graph *g, const char *name, tg_value take_value, tg_span span, struct tg_err *err)
{
    struct tg_wanted wanted = {.name = name, .value = take_value, .task = TG_NO_TASK, .span = span};
    if (tg_has_future(take_value)) {
        tg_value future;
        if (!tg_graph_gather(g, take_value, span, &future, err)) {
            tg_value_unref(take_value);
            return false;
        }
        wanted.task = (tg_id)future.bits;
    }
    tg_vec_push(&g->wanted, wanted);
    return true;
}
