/* SPDX-License-Identifier: MIT
 * Tasks of plugins that are recorded: what one is and gets is its plugin's file, its signature and its arguments, with the content of files
 * among them. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/compiler.h"
#include "engine/base/ticker.h"
#include "engine/grow/recall.h"
#include "engine/plugin/registry.h"
#include "engine/plugin/travel.h"
#include "engine/run/instance.h"
#include "engine/run/worker.h"
#include "engine/value/future.h"

/* Why one runs in spite of `cache = true`. */
#define ALWAYS_UNKNOWN "it runs always: an argument of it has no bytes by which it could be known again"

/* The function that it would have otherwise. */
static tg_task_fn function_of(const struct tg_graph *g, const struct tg_site *site)
{
    if (g->run_away && tg_graph_is_away(g, site->def, site->options)) return g->run_away;
    if (g->run_here && tg_graph_is_here(site)) return g->run_here;
    return g->run_apart && tg_graph_policy_of(g, site)->timeout_ns ? g->run_apart : site->def->fn;
}

static int run_plugin(void *recall, struct tg_again_task *t, tg_value *out)
{
    const struct tg_recall *r = recall;
    const struct tg_run *run = tg_worker_of(r->ctx)->run;
    (void)t;
    return function_of(run->graph, tg_run_site_of(run, r->ctx->task))(r->ctx, r->args, r->count, out);
}

static void read_given_file(void *task, const char *path)
{
    tg_again_input(task, path);
}

/* The plugin's file is an input: another one may compute something else. */
static void tell_code(struct tg_again_task *t, const tg_ctx *ctx)
{
    const struct tg_registry *reg = ctx->services->registry;
    const char *plugin = ctx->def->plugin ? ctx->def->plugin : "", *path = NULL;
    struct tg_buf sig = {0};
    for (size_t i = 0; i < reg->plugins.count && !path; i++)
        if (strcmp(reg->plugins.items[i]->name, plugin) == 0) path = reg->plugins.items[i]->path;
    for (size_t i = 0; i < reg->externs.count && !path; i++)
        if (reg->externs.items[i].def == ctx->def) path = reg->externs.items[i].library;
    tg_sig_print(&sig, &ctx->def->sig);
    tg_again_part(t, "the plugin", plugin, strlen(plugin), plugin);
    tg_again_part(t, "its signature", sig.data, sig.length, NULL);
    if (path && strchr(path, '/')) tg_again_input(t, path);
    tg_buf_done(&sig);
}

/* False: one of them has no bytes, by which it could be known again. */
static bool tell_plugin_args(struct tg_again_task *t, const struct tg_recall *r)
{
    struct tg_err err = {0};
    struct tg_buf bytes = {0};
    bool fine = true;
    for (size_t i = 0; i < r->count && fine; i++) {
        const struct tg_sig *sig = &r->ctx->def->sig;
        const char *name = i < sig->count ? sig->params[i].name : "a further argument";
        fine = tg_codec_encode(r->codec, r->args[i], &bytes, &err);
        if (fine) tg_recall_part(t, r->codec, name, r->args[i]);
        if (fine) tg_value_each_text(r->args[i], TG_KIND_BIT(TG_FILE), read_given_file, t);
    }
    tg_buf_done(&bytes);
    tg_err_done(&err);
    return fine;
}

/* After so many it has taken 100 ms, at a tick's accuracy. */
#define LONG_TICKS (TG_RECALL_CHECKED_NS / TG_TICK_NS)

/* ---- a checkpoint --------------------------------------------------------------------------------- */

/* What a checkpoint knows of it: the bytes of its value. False: nothing, or it has no key. */
static bool find_checked(const struct tg_recall *r, struct tg_again_task *t, struct tg_digest *key, struct tg_buf *bytes,
                         bool takes)
{
    struct tg_err err = {0};
    tell_code(t, r->ctx);
    bool good = tell_plugin_args(t, r) && tg_again_key(t, key, &err);
    tg_err_done(&err);
    if (!good) return false;
    return !takes || tg_checkpoint_take(tg_again_how(t->again)->checkpoint, *key, bytes);
}

static void begin_checked(const struct tg_recall *r, struct tg_again_task *t)
{
    tg_again_begin(t, r->ctx->services->again, r->ctx->def->name, r->ctx->def->name);
}

static bool take_checked(const struct tg_recall *r, tg_value *out)
{
    struct tg_again_task t;
    struct tg_digest key;
    struct tg_buf bytes = {0};
    struct tg_err err = {0};
    begin_checked(r, &t);
    bool good = find_checked(r, &t, &key, &bytes, true) && tg_codec_read(r->codec, bytes.data, bytes.length, out, &err);
    tg_again_end(&t);
    tg_buf_done(&bytes);
    tg_err_done(&err);
    return good;
}

static void keep_checked(const struct tg_recall *r, tg_value out)
{
    struct tg_again_task t;
    struct tg_digest key;
    struct tg_buf bytes = {0};
    struct tg_err err = {0};
    begin_checked(r, &t);
    t.has_text = true;
    if (!tg_future_in(out) && find_checked(r, &t, &key, &bytes, false) && tg_codec_write(r->codec, out, &bytes, &err))
        tg_again_check(&t, key, bytes.data, bytes.length);
    tg_again_end(&t);
    tg_buf_done(&bytes);
    tg_err_done(&err);
}

int tg_recall_checked(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    const struct tg_run *run = tg_worker_of(ctx)->run;
    const struct tg_site *site = tg_run_site_of(run, ctx->task);
    tg_task_fn fn = function_of(run->graph, site);
    if (!ctx->services->again) return fn(ctx, args, count, out);
    const struct tg_checkpoint *checkpoint = tg_again_how(ctx->services->again)->checkpoint;
    bool resumes = tg_checkpoint_count(checkpoint) > 0;
    struct tg_recall r = {.ctx = ctx, .args = args, .count = count};
    const struct tg_codec_objects objects = {(void *)ctx->services->registry, tg_travel_encode, tg_travel_decode};
    const struct tg_codec codec = {.objects = ctx->services->executors ? NULL : &objects};
    r.codec = &codec;
    const struct tg_again_how *how = tg_again_how(ctx->services->again);
    bool taken = resumes && take_checked(&r, out);
    if (taken && how->foreseen) how->foreseen(how->data, ctx->task, NULL, NULL);
    if (taken) return TG_OK;
    if (how->foreseen) return tg_recall_foresee(ctx, TG_RECALL_ALWAYS);
    uint32_t began = tg_ticker_now();
    int status = fn(ctx, args, count, out);
    if (status == TG_OK && !ctx->err.code && tg_ticker_now() - began >= LONG_TICKS) keep_checked(&r, *out);
    return status;
}

/* Out of the way of the others. */
static __attribute__((noinline)) void keep_long(tg_ctx *ctx, const tg_value *args, size_t count, tg_value out)
{
    const struct tg_codec_objects objects = {(void *)ctx->services->registry, tg_travel_encode, tg_travel_decode};
    const struct tg_codec codec = {.objects = ctx->services->executors ? NULL : &objects};
    struct tg_recall r = {.ctx = ctx, .args = args, .count = count, .codec = &codec};
    if (ctx->services->again && !ctx->err.code) keep_checked(&r, out);
}

int tg_recall_timed(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    uint32_t began = tg_ticker_now();
    int status = ctx->def->fn(ctx, args, count, out);
    if (TG_UNLIKELY(tg_ticker_now() - began >= LONG_TICKS) && status == TG_OK) keep_long(ctx, args, count, *out);
    return status;
}

/* ---- the record ----------------------------------------------------------------------------------- */

int tg_recall_plugin(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    const struct tg_run *run = tg_worker_of(ctx)->run;
    const struct tg_codec_objects objects = {(void *)ctx->services->registry, tg_travel_encode, tg_travel_decode};
    const struct tg_codec codec = {.objects = ctx->services->executors ? NULL : &objects}; /* there they stay sealed */
    struct tg_recall r = {.ctx = ctx, .args = args, .count = count, .codec = &codec, .run = run_plugin};
    struct tg_again_task t;
    r.data = &r;
    if (!ctx->services->again) return run_plugin(&r, NULL, out);
    char *instance = tg_instance_name((struct tg_run *)run, tg_run_site_of(run, ctx->task), args, count);
    tg_again_begin(&t, ctx->services->again, ctx->def->name, instance);
    tell_code(&t, ctx);
    int status;
    if (tell_plugin_args(&t, &r)) status = tg_recall_run(&r, &t, out);
    else if (tg_again_how(t.again)->foreseen) status = tg_recall_foresee(ctx, ALWAYS_UNKNOWN);
    else status = run_plugin(&r, &t, out);
    tg_again_end(&t);
    free(instance);
    return status;
}
