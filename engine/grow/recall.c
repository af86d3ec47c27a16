/* SPDX-License-Identifier: MIT
 * What is made of the answer whether a task is up to date: its recorded value; the task itself; or, if results that it gets are missing,
 * tasks that make these, and one behind them that is the same again. */
#include "engine/grow/recall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/clock.h"
#include "engine/graph/durations.h"
#include "engine/grow/fragment.h"
#include "engine/grow/present.h"
#include "engine/run/node.h"

/* Of a value, in words. */
#define SHOWN_BYTES 200

/* How often it is looked whether another run has ended. */
#define LOOK_NS UINT64_C(50000000)

/* ---- what is missing ----------------------------------------------------------------------------- */

/* A call, to be made again. */
struct recipe {
    struct tg_again_recipe base;
    uint32_t site;
    size_t count;
    tg_value args[];
};

static void free_recipe(struct tg_again_recipe *recipe)
{
    struct recipe *r = (struct recipe *)recipe;
    tg_value_unref_all(r->args, r->count);
    free(r);
}

static uint32_t number_of_site(tg_ctx *ctx)
{
    const struct tg_worker *w = tg_worker_of(ctx);
    return (uint32_t)(w->nodes->items[ctx->task].site - w->nodes->graph->site_table.items);
}

static struct tg_again_recipe *make_recipe(void *recall)
{
    const struct tg_recall *r = recall;
    struct recipe *recipe = tg_alloc_zero(sizeof *recipe + r->count * sizeof(tg_value));
    recipe->base = (struct tg_again_recipe){.free = free_recipe, .task = r->ctx->task};
    recipe->site = number_of_site(r->ctx);
    recipe->count = r->count;
    for (size_t i = 0; i < r->count; i++) recipe->args[i] = tg_value_ref(r->args[i]);
    return &recipe->base;
}

bool tg_recall_asks(const tg_ctx *ctx, const struct tg_site *site)
{
    const struct tg_graph *g = tg_fragment_graph(tg_fragment_of(ctx));
    if (!(site->def->flags & TG_DEF_COMMAND)) return site->fn == tg_recall_plugin;
    return tg_again_how(ctx->services->again)->asks(site->def, g->options.items[site->options]);
}

static bool asks_itself(const void *ctx, const struct tg_site *site)
{
    return tg_recall_asks(ctx, site) || tg_present_goes_over(site);
}

/* In a graph that does not grow nobody could make it again. What goes when it was used has gone where nobody uses it. */
static bool may_lack(void *recall)
{
    const struct tg_recall *r = recall;
    tg_ctx *ctx = r->ctx;
    const struct tg_worker *w = tg_worker_of(ctx);
    if (!w->nodes) return false;
    return tg_node_feeds_only(w->nodes, ctx->task, asks_itself, ctx) ||
           (r->temporary && tg_node_feeds_nobody(w->nodes, ctx->task));
}

bool tg_recall_remakes(const tg_ctx *ctx)
{
    const struct tg_worker *w = tg_worker_of((tg_ctx *)ctx);
    return w->nodes && atomic_load_explicit(&w->nodes->items[ctx->task].state, memory_order_relaxed) & TG_NODE_REMAKES;
}

bool tg_recall_make(tg_ctx *ctx, struct tg_again_recipe *const *recipes, size_t recipe_count, uint32_t site,
                    const tg_value *args, size_t count, tg_value *out)
{
    struct tg_fragment *f = tg_fragment_of(ctx);
    TG_VEC(tg_value) makers = {0};
    tg_id id = 0;
    for (size_t i = 0; i < recipe_count && id != TG_NO_TASK; i++) {
        const struct recipe *r = (const struct recipe *)recipes[i];
        id = tg_fragment_add(f, r->site, r->args, r->count, NULL, 0, &ctx->err);
        if (id != TG_NO_TASK) tg_fragment_remakes(f, id);
        tg_vec_push(&makers, tg_future(id));
    }
    if (id != TG_NO_TASK) id = tg_fragment_add(f, site, args, count, makers.items, makers.count, &ctx->err);
    tg_vec_done(&makers);
    if (id != TG_NO_TASK) *out = tg_future(id);
    if (id != TG_NO_TASK && site == number_of_site(ctx)) tg_fragment_comes_again(f);
    return id != TG_NO_TASK;
}

/* What it lacks is made first, and it comes again behind that. */
static int make_lacking(const struct tg_recall *r, const struct tg_again_task *t, tg_value *out)
{
    uint32_t site = number_of_site(r->ctx);
    return tg_recall_make(r->ctx, t->lacking.items, t->lacking.count, site, r->args, r->count, out) ? TG_OK : TG_FAIL;
}

/* ---- values -------------------------------------------------------------------------------------- */

/* What has no bytes is what it is shown as: of a function, what it makes of the command is in the command. */
void tg_recall_part(struct tg_again_task *t, const struct tg_codec *codec, const char *name, tg_value v)
{
    struct tg_err err = {0};
    struct tg_buf bytes = {0}, shown = {0};
    if (!tg_codec_encode(codec, v, &bytes, &err) && tg_kind(v) != TG_FUNCTION) tg_value_repr(&bytes, v, 0);
    tg_value_repr(&shown, v, SHOWN_BYTES);
    tg_again_part(t, name, bytes.data, bytes.length, tg_buf_str(&shown));
    tg_err_done(&err);
    tg_buf_done(&bytes);
    tg_buf_done(&shown);
}

/* Nothing else is known of files that are not recorded. */
static void miss_file(void *there, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) *(bool *)there = false;
}

/* What cannot be read is not there. */
static bool use_recorded(const struct tg_recall *r, const struct tg_again_task *t, tg_value *out)
{
    struct tg_err err = {0};
    bool good = tg_codec_read(r->codec, t->before.value, t->before.value_length, out, &err);
    tg_err_done(&err);
    if (good && t->unrecorded) tg_value_each_text(*out, TG_KIND_BIT(TG_FILE), miss_file, &good);
    if (!good) tg_value_unref(*out), *out = tg_nil();
    return good;
}

/* ---- what was made ------------------------------------------------------------------------------- */

struct making_known {
    const struct tg_recall *recall;
    struct tg_again_task *task;
};

static void protect_file(void *unused, const char *path)
{
    struct stat st;
    (void)unused;
    if (stat(path, &st) == 0 && st.st_mode & 0222) chmod(path, st.st_mode & 07555);
}

void tg_recall_protect(tg_value v)
{
    tg_value_each_text(v, TG_KIND_BIT(TG_FILE), protect_file, NULL);
}

static void tell_file_made(void *making, const char *path)
{
    const struct making_known *m = making;
    if (m->recall->is_protected) protect_file(NULL, path);
    tg_again_made(m->task, path, m->recall->temporary);
}

static void warn_of_task(const tg_ctx *ctx, const char *instance, const char *about, const char *what)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, "warning: ");
    tg_buf_format(&b, "'%s' %s%s", instance, about, what);
    tg_host_say(ctx->services, b.data, b.length);
    tg_buf_done(&b);
}

/* A value that does not travel cannot be recorded: of a plugin's type without encode. */
static bool keep_result(const struct tg_recall *r, struct tg_again_task *t, uint64_t took_ns, tg_value out)
{
    const char *changed = NULL;
    struct tg_buf bytes = {0};
    struct making_known made = {r, t};
    tg_value_each_text(out, TG_KIND_BIT(TG_FILE), tell_file_made, &made);
    if (r->made) r->made(r->data, t);
    t->has_text = tg_kind(out) != TG_NIL && !t->results.count;
    t->now.used = r->ctx->used;
    struct tg_err unfit = {0};
    bool fits = tg_codec_write(r->codec, out, &bytes, &unfit);
    bool good = !fits || tg_again_keep(t, bytes.data, bytes.length, took_ns, &changed, &r->ctx->err);
    if (!fits) warn_of_task(r->ctx, t->now.instance, "cannot be recorded: ", unfit.message);
    if (good && changed) warn_of_task(r->ctx, t->now.instance, "is not recorded, as this has changed while it ran: ", changed);
    tg_err_done(&unfit);
    tg_buf_done(&bytes);
    return good;
}

static const char *why_of(const struct tg_again_task *t)
{
    return t->unrecorded ? t->unrecorded : tg_buf_str(&t->why);
}

static int run_it(const struct tg_recall *r, struct tg_again_task *t, tg_value *out)
{
    uint64_t began_ns = tg_clock_ns();
    tg_again_starts(t);
    int status = r->run(r->data, t, out);
    uint64_t took_ns = tg_clock_ns() - began_ns;
    if (status != TG_OK || r->ctx->err.code) return status;
    tg_durations_spent(r->ctx->services->durations, took_ns);
    bool kept = keep_result(r, t, took_ns, *out);
    tg_again_tell(t->again, t->unrecorded ? NULL : &t->now.identity, t->now.task, t->now.instance, why_of(t), took_ns);
    if (kept) return status;
    tg_value_unref(*out);
    *out = tg_nil();
    return TG_FAIL;
}

/* What is missing may be made yet, by the same task. */
static int take_known(const struct tg_recall *r, tg_value *out)
{
    if (!r->known || tg_recall_remakes(r->ctx) || r->known(r->data, *out)) return TG_OK;
    tg_value_unref(*out);
    *out = tg_nil();
    return TG_FAIL;
}

/* What is there is taken as what it would make. */
static bool touch(const struct tg_recall *r, struct tg_again_task *t, tg_value *out)
{
    if (!tg_again_how(t->again)->touches || !r->found || !r->found(r->data, out)) return false;
    t->touched = true;
    if (keep_result(r, t, 0, *out)) return true;
    tg_value_unref(*out);
    *out = tg_nil();
    return false;
}

/* ---- the door ------------------------------------------------------------------------------------ */

static int leave_unrun(tg_ctx *ctx)
{
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "'%s' was not run", ctx->def->name);
    tg_err_because(&ctx->err, TG_CAUSE_UNRUN, 0);
    return TG_FAIL;
}

int tg_recall_foresee(tg_ctx *ctx, const char *why)
{
    const struct tg_again_how *how = tg_again_how(ctx->services->again);
    how->foreseen(how->data, ctx->task, NULL, why);
    return leave_unrun(ctx);
}

static void foresee(const struct tg_recall *r, const struct tg_again_task *t, enum tg_again_answer answer)
{
    const struct tg_again_how *how = tg_again_how(t->again);
    uint32_t task = t->remakes ? t->remakes->task : r->ctx->task;
    if (how->foreseen) how->foreseen(how->data, task, t, answer == TG_AGAIN_FRESH ? NULL : why_of(t));
}

/* Until others have ended that have it. False: the run is being stopped. */
static bool wait_for_lock(const struct tg_recall *r)
{
    tg_clock_sleep(LOOK_NS);
    return !tg_host_table.cancelled(r->ctx);
}

/* Who was asked to wait knows. */
static void say_waits(const struct tg_recall *r, const char *path, int pid)
{
    struct tg_buf b = {0};
    tg_buf_format(&b, "tgrun: waiting for process %d, a run that began later and makes '%s'", pid, path);
    tg_host_say(r->ctx->services, b.data, b.length);
    tg_buf_done(&b);
}

static bool leave_to_others(const struct tg_recall *r, enum tg_pathlock lock, const char *path, int pid)
{
    tg_again_refuse(r->ctx->services->again);
    tg_err_set(&r->ctx->err, TG_EXIT_CANNOT, "'%s' is being made by another run, which is process %d", path, pid);
    if (lock == TG_PATHLOCK_CROSSED) tg_err_hint(&r->ctx->err, "An older run waits for what this one makes: it goes first.");
    else tg_err_hint(&r->ctx->err, "`tgrun status %d` tells what it does; with --wait this run waits for its end.", pid);
    return tg_err_because(&r->ctx->err, TG_CAUSE_CANNOT, 0);
}

/* Two runs must not make one file: the one that began later gives way. *waited: it was made by another one meanwhile, perhaps. */
static bool lock_results(const struct tg_recall *r, struct tg_again_task *t, bool *waited)
{
    const char *path;
    int pid = 0;
    enum tg_pathlock lock;
    bool asked = tg_again_how(t->again)->waits;
    while ((lock = tg_again_lock(t, &path, &pid, &r->ctx->err)) == TG_PATHLOCK_LATER || (lock == TG_PATHLOCK_THEIRS && asked)) {
        if (!*waited && !asked) say_waits(r, path, pid);
        *waited = true;
        if (!wait_for_lock(r)) return tg_err_set(&r->ctx->err, TG_EXIT_FAILED, "interrupted");
    }
    if (*waited) tg_worker_waited(tg_worker_of(r->ctx));
    if (lock == TG_PATHLOCK_OURS || lock == TG_PATHLOCK_ERROR) return lock == TG_PATHLOCK_OURS;
    return leave_to_others(r, lock, path, pid);
}

/* What a run would take as up to date, as it is there. */
static bool foresee_touch(const struct tg_recall *r, const struct tg_again_task *t, tg_value *out)
{
    if (!tg_again_how(t->again)->foreseen || !tg_again_how(t->again)->touches) return false;
    if (!r->found || !r->found(r->data, out)) return false;
    foresee(r, t, TG_AGAIN_FRESH);
    return true;
}

/* It has the number that it has in the graph: numbers are given again. */
static bool is_of_graph(tg_ctx *ctx)
{
    const struct tg_worker *w = tg_worker_of(ctx);
    const struct tg_graph *g = w->run->graph;
    if (!w->nodes) return true;
    const struct tg_node *n = &w->nodes->items[ctx->task];
    return n->parent == TG_NO_TASK && ctx->task < g->count && n->site == tg_graph_site_of(g, ctx->task);
}

int tg_recall_run(const struct tg_recall *r, struct tg_again_task *t, tg_value *out)
{
    t->number = r->ctx->task;
    t->numbered = is_of_graph(r->ctx);
    t->of_graph = t->of_graph && t->numbered;
    enum tg_again_answer answer = tg_again_ask(t, may_lack, (void *)r, make_recipe, &r->ctx->err);
    if (answer == TG_AGAIN_ERROR) return TG_FAIL;
    if (answer == TG_AGAIN_RUNS && foresee_touch(r, t, out)) return TG_OK;
    if (answer == TG_AGAIN_RUNS && tg_present_behind(tg_worker_of(r->ctx), r->ctx->task, r->args, r->count, out))
        return r->ctx->err.code ? TG_FAIL : TG_OK;
    foresee(r, t, answer);
    if (answer == TG_AGAIN_FRESH && use_recorded(r, t, out)) return take_known(r, out);
    if (answer == TG_AGAIN_FRESH && tg_again_discard(t)) return tg_recall_run(r, t, out);
    if (answer == TG_AGAIN_LACKS) return make_lacking(r, t, out);
    if (tg_again_how(t->again)->foreseen) return leave_unrun(r->ctx);
    bool waited = false;
    if (!lock_results(r, t, &waited)) return TG_FAIL;
    if (!waited && touch(r, t, out)) return take_known(r, out);
    if (r->ctx->err.code) return TG_FAIL;
    if (!waited) return run_it(r, t, out);
    tg_again_restart(t);
    return tg_recall_run(r, t, out);
}
