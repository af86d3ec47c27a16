/* SPDX-License-Identifier: MIT
 * Objects between this process and executors. */
#include "engine/remote/sealing.h"

#include <stdlib.h>

#include "engine/base/bits.h"
#include "engine/plugin/host.h"
#include "engine/plugin/registry.h"
#include "engine/remote/pool.h"
#include "engine/remote/sealed.h"
#include "engine/run/worker.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/record.h"

/* ---- in values ----------------------------------------------------------------------------------- */

/* Changes an object; false: it stays, or, with an error, there is none. */
typedef bool (*change_fn)(void *data, tg_value object, tg_value *out, struct tg_err *err);

static bool holds_objects(tg_value v)
{
    bool found = tg_kind(v) == TG_OBJECT;
    if (tg_kind(v) == TG_LIST)
        for (size_t i = 0; !found && i < tg_list_of(v)->count; i++) found = holds_objects(tg_list_of(v)->items[i]);
    if (tg_kind(v) == TG_RECORD)
        for (size_t i = 0; !found && i < tg_record_of(v)->count; i++) found = holds_objects(tg_record_of(v)->fields[i].value);
    return found;
}

/* The value with its objects changed, owned; after an error it is of no use. */
static tg_value changed(tg_value v, change_fn change, void *data, struct tg_err *err)
{
    tg_value out;
    if (!holds_objects(v)) return tg_value_ref(v);
    if (tg_kind(v) == TG_OBJECT) return change(data, v, &out, err) ? out : tg_value_ref(v);
    if (tg_kind(v) == TG_LIST) {
        const struct tg_list *from = tg_list_of(v);
        out = tg_list_make(from->count);
        for (size_t i = 0; i < from->count; i++) tg_list_add(out, changed(from->items[i], change, data, err));
        return out;
    }
    const struct tg_record *from = tg_record_of(v);
    out = tg_record_make(from->count);
    for (size_t i = 0; i < from->count; i++)
        tg_record_put(out, tg_value_ref(from->fields[i].key), changed(from->fields[i].value, change, data, err));
    return out;
}

/* ---- tasks that run here ------------------------------------------------------------------------- */

static bool open_object(void *data, tg_value object, tg_value *out, struct tg_err *err)
{
    (void)data;
    const struct tg_sealed *s = tg_sealed_find(object);
    return s && !err->code && tg_sealed_open(s, out, err);
}

/* In place of a function that gets arguments as they are. */
static int run_here(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    const struct tg_run *run = tg_worker_of(ctx)->run;
    const struct tg_graph *g = run->graph;
    const struct tg_pool *pool = ctx->services ? ctx->services->executors : NULL;
    bool limited = tg_graph_policy_of(g, tg_run_site_of(run, ctx->task))->timeout_ns && g->run_apart;
    tg_task_fn fn = limited ? g->run_apart : ctx->def->fn;
    bool any = false;
    for (size_t i = 0; pool && atomic_load(&pool->seals) && i < count; i++) any = any || holds_objects(args[i]);
    if (!any) return fn(ctx, args, count, out);
    tg_value *opened = tg_alloc(count * sizeof *opened);
    for (size_t i = 0; i < count; i++) opened[i] = changed(args[i], open_object, NULL, &ctx->err);
    int status = ctx->err.code ? TG_FAIL : fn(ctx, opened, count, out);
    tg_value_unref_all(opened, count);
    free(opened);
    return status;
}

/* ---- constants ----------------------------------------------------------------------------------- */

static bool seal_object(void *pool, tg_value object, tg_value *out, struct tg_err *err)
{
    (void)err;
    const struct tg_pool *p = pool;
    const char *name = tg_registry_type_name(p->registry, tg_object_of(object)->type);
    return name && tg_sealed_make(pool, object, out);
}

static tg_value *slot_value(const struct tg_graph *g, struct tg_sealing_slot slot)
{
    return slot.wanted ? &g->wanted.items[slot.index].value : &g->pool.items[slot.index];
}

static void seal_slot(struct tg_sealing *s, struct tg_pool *pool, struct tg_sealing_slot slot)
{
    struct tg_err none = {0};
    tg_value *at = slot_value(s->graph, slot);
    if (!holds_objects(*at)) return;
    slot.before = *at;
    tg_vec_push(&s->slots, slot);
    *at = changed(*at, seal_object, pool, &none);
}

/* True for constants that tasks in executors get. */
static uint64_t *find_sent(const struct tg_graph *g)
{
    uint64_t *sent = tg_bits_new(g->pool.count);
    for (tg_id id = 0; id < g->count; id++) {
        if (!(tg_graph_site_of(g, id)->flags & TG_SITE_AWAY)) continue;
        for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
            if (tg_arg_kind(g->args[i]) == TG_ARG_POOL) tg_bits_set(sent, tg_arg_payload(g->args[i]));
    }
    return sent;
}

static void seal_constants(struct tg_sealing *s, struct tg_pool *pool, struct tg_graph *g)
{
    uint64_t *sent = g->away ? NULL : find_sent(g);
    for (size_t i = 0; i < g->pool.count; i++)
        if (!sent || tg_bits_get(sent, i)) seal_slot(s, pool, (struct tg_sealing_slot){.index = i});
    for (size_t i = 0; g->away && i < g->wanted.count; i++)
        seal_slot(s, pool, (struct tg_sealing_slot){.wanted = true, .index = i});
    tg_bits_free(sent, g->pool.count);
}

void tg_sealing_begin(struct tg_sealing *s, struct tg_pool *pool, struct tg_graph *g)
{
    *s = (struct tg_sealing){.graph = g};
    g->run_here = run_here;
    for (size_t i = 1; i < g->site_table.count; i++) {
        struct tg_site *site = &g->site_table.items[i];
        if (tg_graph_is_here(site) && site->def != g->stood_for && site->fn != g->run_recorded) site->fn = run_here;
    }
    if (g->away || g->has_away) seal_constants(s, pool, g);
}

void tg_sealing_end(struct tg_sealing *s)
{
    for (size_t i = 0; i < s->slots.count; i++) {
        tg_value *at = slot_value(s->graph, s->slots.items[i]);
        tg_value_unref(*at);
        *at = s->slots.items[i].before;
    }
    tg_vec_done(&s->slots);
    if (s->graph) s->graph->run_here = NULL;
}
