/* SPDX-License-Identifier: MIT
 * The executor calls such a task as the only one of a graph that grows: so its calls are checked by the code that checks them at
 * home (grow/adder.c), with the same words. What was added is noted, and dropped. */
#include "engine/remote/growing.h"

#include <stdlib.h>
#include <string.h>

#include "engine/grow/exec.h"
#include "engine/grow/start.h"
#include "engine/plugin/callable.h"
#include "engine/run/task.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

/* ---- in the executor ----------------------------------------------------------------------------- */

/* The run in which such tasks are called: of one node, which is each of them in turn. */
struct tg_growing_run {
    struct tg_graph graph;
    struct tg_plan plan;
    struct tg_run run;
    struct tg_worker *worker;
    tg_id node;
    TG_VEC(const struct tg_site *) sites; /* of the definitions so far */
    const struct tg_host_grow *grow;      /* the run's own */
    tg_value calls;                       /* of the task that runs */
};

static struct tg_growing_run *run_of(const tg_ctx *ctx)
{
    const struct tg_worker *w = tg_worker_of((tg_ctx *)ctx);
    return (struct tg_growing_run *)((char *)w->run - offsetof(struct tg_growing_run, run));
}

static const tg_callable *find_noted(tg_ctx *ctx, const char *name)
{
    return run_of(ctx)->grow->find(ctx, name);
}

static const char *plugin_of(const tg_ctx *ctx, const struct tg_def *def)
{
    return def->plugin ? def->plugin : ctx->def->plugin;
}

/* A call as it goes home. */
static void note_call(const tg_ctx *ctx, const tg_callable *task, const tg_value *args, size_t count, tg_value future)
{
    const struct tg_def *def = tg_callable_def(ctx->services->registry, task);
    char *name = tg_alloc_format("%s.%s", plugin_of(ctx, def), def->name);
    tg_value call = tg_list_make(3), given = tg_list_make(count);
    for (size_t i = 0; i < count; i++) tg_list_add(given, tg_value_ref(args[i]));
    tg_list_add(call, tg_str(name));
    tg_list_add(call, tg_int((int64_t)future.bits));
    tg_list_add(call, given);
    tg_list_add(run_of(ctx)->calls, call);
    free(name);
}

static int call_noted(tg_ctx *ctx, const tg_callable *task, const tg_value *args, size_t count, tg_value *future)
{
    int status = run_of(ctx)->grow->call(ctx, task, args, count, future);
    if (status == TG_OK) note_call(ctx, task, args, count, *future);
    return status;
}

static bool make_graph(struct tg_growing_run *r, const tg_ctx *ctx, struct tg_err *err)
{
    const struct tg_loaded *core = ctx->services->registry->plugins.items[0];
    struct tg_graph *g = &r->graph;
    tg_graph_init(g, 0);
    g->gather_list = tg_loaded_find(core, "list", strlen("list"));
    g->gather_record = tg_loaded_find(core, "record", strlen("record"));
    g->identity = tg_loaded_find(core, "identity", strlen("identity"));
    r->node = tg_graph_add(g, tg_graph_site(g, ctx->def, (tg_span){0, 0}, 0, 0), NULL, 0, NULL, 0, err);
    return r->node != TG_NO_TASK && tg_graph_want(g, "x", tg_future(r->node), (tg_span){0, 0}, err) &&
           tg_plan_make(g, NULL, 0, &r->plan, err);
}

static struct tg_growing_run *new_run(const tg_ctx *ctx, struct tg_err *err)
{
    static const struct tg_sched none = {.name = "none"};
    struct tg_growing_run *r = tg_alloc_zero(sizeof *r);
    if (!make_graph(r, ctx, err)) {
        tg_graph_done(&r->graph);
        free(r);
        return NULL;
    }
    struct tg_run_options options = {.jobs = 1, .sched = &none, .services = ctx->services};
    tg_start_run(&r->run, &r->graph, &r->plan, &options);
    r->worker = tg_worker_new(&r->run);
    r->grow = r->worker->ctx.grow;
    bool begun = tg_exec_begin(r->worker, r->node);
    TG_ASSERT(begun);
    (void)begun;
    return r;
}

void tg_growing_done(struct tg_growing *g)
{
    struct tg_growing_run *r = g->run;
    if (!r) return;
    tg_run_done(&r->run);
    tg_plan_done(&r->plan);
    tg_graph_done(&r->graph);
    tg_vec_done(&r->sites);
    free(r);
}

static const struct tg_site *find_site(struct tg_growing_run *r, const struct tg_def *def)
{
    for (size_t i = 0; i < r->sites.count; i++)
        if (r->sites.items[i]->def == def) return r->sites.items[i];
    uint32_t number = tg_graph_site(&r->graph, def, (tg_span){0, 0}, 0, 0);
    tg_vec_push(&r->sites, &r->graph.site_table.items[number]);
    return &r->graph.site_table.items[number];
}

int tg_growing_call(struct tg_growing *g, tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    static const struct tg_host_grow noting = {find_noted, call_noted};
    struct tg_growing_run *r = g->run ? g->run : (g->run = new_run(ctx, &ctx->err));
    if (!r) return TG_FAIL;
    tg_ctx *inner = &r->worker->ctx;
    struct tg_node *n = &r->run.nodes->items[r->node];
    tg_value given = tg_nil();
    n->site = n->made = find_site(r, ctx->def);
    r->calls = tg_list_make(0);
    inner->grow = &noting;
    inner->grant = ctx->grant;
    inner->unwanted = ctx->unwanted;
    int status = tg_exec_rehearse(r->worker, r->node, args, count, &given);
    ctx->err = inner->err;
    inner->err = (struct tg_err){0};
    if (status == TG_OK) {
        tg_list_add(r->calls, given);
        *out = r->calls;
    } else {
        tg_value_unref(r->calls);
    }
    return status;
}

/* ---- at home ------------------------------------------------------------------------------------- */

/* Futures by the numbers that the executor gave them. */
struct known_future {
    uint32_t number;
    tg_value future;
};
struct replay {
    tg_ctx *ctx;
    TG_VEC(struct known_future) known; /* by rising numbers, as executors give them */
};

static bool fail_nonsense(struct replay *r)
{
    return tg_err_set(&r->ctx->err, TG_EXIT_FAILED, "its executor sent back what makes no sense");
}

static bool future_here(struct replay *r, uint32_t number, tg_value *out)
{
    size_t low = 0, high = r->known.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->known.items[middle].number < number) low = middle + 1;
        else high = middle;
    }
    if (low == r->known.count || r->known.items[low].number != number) return fail_nonsense(r);
    *out = r->known.items[low].future;
    return true;
}

static bool translate(struct replay *r, tg_value v, tg_value *out);

static bool translate_list(struct replay *r, tg_value v, tg_value *out)
{
    const struct tg_list *from = tg_list_of(v);
    *out = tg_list_make(from->count);
    for (size_t i = 0; i < from->count; i++) {
        tg_value item;
        if (!translate(r, from->items[i], &item)) return tg_value_unref(*out), false;
        tg_list_add(*out, item);
    }
    return true;
}

static bool translate_record(struct replay *r, tg_value v, tg_value *out)
{
    const struct tg_record *from = tg_record_of(v);
    *out = tg_record_make(from->count);
    for (size_t i = 0; i < from->count; i++) {
        tg_value item;
        if (!translate(r, from->fields[i].value, &item)) return tg_value_unref(*out), false;
        tg_record_put(*out, tg_value_ref(from->fields[i].key), item);
    }
    return true;
}

/* The value with the futures that are here; owned. The codec has bounded how deep it nests. */
static bool translate(struct replay *r, tg_value v, tg_value *out)
{
    if (tg_kind(v) == TG_FUTURE) return future_here(r, (uint32_t)v.bits, out);
    if (!tg_future_in(v)) return *out = tg_value_ref(v), true;
    return tg_kind(v) == TG_LIST ? translate_list(r, v, out) : translate_record(r, v, out);
}

static bool replay_call(struct replay *r, tg_value call)
{
    if (tg_kind(call) != TG_LIST || tg_list_of(call)->count != 3) return fail_nonsense(r);
    const tg_value *parts = tg_list_of(call)->items;
    if (tg_kind(parts[0]) != TG_STR || tg_kind(parts[1]) != TG_INT || tg_kind(parts[2]) != TG_LIST) return fail_nonsense(r);
    tg_ctx *ctx = r->ctx;
    const tg_callable *task = ctx->grow->find(ctx, tg_str_of(parts[0])->data);
    tg_value args, future;
    if (!task || !translate(r, parts[2], &args)) return false;
    bool fine = ctx->grow->call(ctx, task, tg_list_of(args)->items, tg_list_of(args)->count, &future) == TG_OK;
    tg_value_unref(args);
    if (fine) tg_vec_push(&r->known, ((struct known_future){(uint32_t)parts[1].i, future}));
    return fine;
}

int tg_growing_replay(tg_ctx *ctx, tg_value sent, tg_value *out)
{
    struct replay r = {.ctx = ctx};
    bool fine = tg_kind(sent) == TG_LIST && tg_list_of(sent)->count > 0 && ctx->grow;
    if (!fine) fail_nonsense(&r);
    for (size_t i = 0; fine && i + 1 < tg_list_of(sent)->count; i++) fine = replay_call(&r, tg_list_of(sent)->items[i]);
    fine = fine && translate(&r, tg_list_of(sent)->items[tg_list_of(sent)->count - 1], out);
    tg_vec_done(&r.known);
    if (!fine) *out = tg_nil();
    return fine ? TG_OK : TG_FAIL;
}
