/* SPDX-License-Identifier: MIT
 * The executor runs such a task as the only one of a graph that grows, with everything that belongs to it: so a call is checked
 * by the code that checks it at home (grow/adder.c), with the same words. The function is called inside of a task of ours, which
 * fails afterwards, so that what was added is dropped. */
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

/* A task while it runs. */
struct growing {
    tg_ctx *outer; /* the executor's */
    const tg_value *args;
    size_t count;
    int status;
    tg_value out, calls;
    const struct tg_host_grow *grow; /* the run's own */
};

/* The calling thread's; there is one at a time. */
static __thread struct growing *now_growing;

static const tg_callable *find_noted(tg_ctx *ctx, const char *name)
{
    return now_growing->grow->find(ctx, name);
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
    tg_list_add(now_growing->calls, call);
    free(name);
}

static int call_noted(tg_ctx *ctx, const tg_callable *task, const tg_value *args, size_t count, tg_value *future)
{
    int status = now_growing->grow->call(ctx, task, args, count, future);
    if (status == TG_OK) note_call(ctx, task, args, count, *future);
    return status;
}

/* The function of the only task: calls the real one, in this context, and takes with it all that it said. */
static int run_inside(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)args, (void)count, (void)out;
    static const struct tg_host_grow noting = {find_noted, call_noted};
    struct growing *g = now_growing;
    tg_ctx *outer = g->outer;
    g->grow = ctx->grow;
    ctx->grow = &noting;
    ctx->def = outer->def;
    ctx->grant = outer->grant;
    ctx->unwanted = outer->unwanted;
    g->status = outer->def->fn(ctx, g->args, g->count, &g->out);
    ctx->grow = g->grow;
    ctx->grant = NULL;
    outer->err = ctx->err;
    ctx->err = (struct tg_err){0};
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "what it has added goes home");
    return TG_FAIL;
}

/* Makes the graph of the one task, and runs it. */
static bool run_alone(struct growing *g, const struct tg_def *inside)
{
    const struct tg_registry *r = g->outer->services->registry;
    const struct tg_loaded *core = r->plugins.items[0];
    static const struct tg_sched none = {.name = "none"};
    struct tg_err *err = &g->outer->err;
    struct tg_graph graph;
    struct tg_plan plan;
    struct tg_run run;
    tg_graph_init(&graph, 0);
    graph.gather_list = tg_loaded_find(core, "list", strlen("list"));
    graph.gather_record = tg_loaded_find(core, "record", strlen("record"));
    graph.identity = tg_loaded_find(core, "identity", strlen("identity"));
    tg_id id = tg_graph_add(&graph, tg_graph_site(&graph, inside, (tg_span){0, 0}, 0, 0), NULL, 0, NULL, 0, err);
    bool fine = id != TG_NO_TASK && tg_graph_want(&graph, "x", tg_future(id), (tg_span){0, 0}, err) &&
                tg_plan_make(&graph, NULL, 0, &plan, err);
    if (fine) {
        struct tg_run_options options = {.jobs = 1, .sched = &none, .services = g->outer->services};
        tg_start_run(&run, &graph, &plan, &options);
        tg_exec_run(tg_worker_new(&run), id);
        tg_run_done(&run);
        tg_plan_done(&plan);
    }
    tg_graph_done(&graph);
    return fine;
}

int tg_growing_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    struct growing g = {
        .outer = ctx, .args = args, .count = count, .status = TG_FAIL, .out = tg_nil(), .calls = tg_list_make(0)};
    struct tg_def inside = *ctx->def;
    inside.fn = run_inside;
    inside.flags |= TG_DEF_UNCHECKED;
    inside.sig.count = inside.sig.required = 0;
    inside.sig.rest = false;
    now_growing = &g;
    run_alone(&g, &inside);
    now_growing = NULL;
    if (g.status == TG_OK) tg_list_add(g.calls, g.out);
    else tg_value_unref(g.calls);
    if (g.status == TG_OK) *out = g.calls;
    return g.status;
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
