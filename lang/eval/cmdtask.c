/* SPDX-License-Identifier: MIT
 * Running a command that was made of its task (cmdmake.c), unless it is up to date, and telling it. */
#include "lang/eval/cmdtask.h"
#include "lang/eval/cmdmake.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "engine/base/clock.h"
#include "engine/base/path.h"
#include "engine/command/cmdtext.h"
#include "engine/command/container.h"
#include "engine/command/granted.h"
#include "engine/command/script.h"
#include "engine/command/shell.h"
#include "engine/graph/policy.h"
#include "engine/grow/recall.h"
#include "engine/run/instance.h"
#include "engine/run/worker.h"
#include "engine/store/depfile.h"
#include "engine/value/future.h"
#include "lang/bind/options.h"
#include "lang/check/cmduse.h"
#include "lang/eval/asks.h"
#include "lang/eval/call.h"
#include "lang/eval/cmdfolder.h"
#include "lang/eval/cmdrecord.h"
#include "lang/eval/eval.h"
#include "lang/text/source.h"

/* ---- what is told of it ---------------------------------------------------------------------------- */

static void add_call_place(const void *program, tg_span span, struct tg_buf *b)
{
    struct tg_place place;
    if (tg_sources_place(((const struct tg_program *)program)->sources, span, &place))
        tg_buf_format(b, "%s:%u", place.source->name, place.line);
}

/* How it is told to the user. */
static void name_instance(struct tg_cmdmake *m, const tg_value *args, size_t count)
{
    const struct tg_worker *w = tg_worker_of(m->ctx);
    m->instance = tg_instance_name(w->run, tg_run_site_of(w->run, m->ctx->task), args, count);
    m->command.instance = m->instance;
}

/* What is told of the command if another one is to make the same file. */
static void name_owner(struct tg_cmdmake *m, tg_ctx *ctx)
{
    const struct tg_worker *w = tg_worker_of(ctx);
    m->owned = (struct tg_owned){.task = m->def->def.name,
                                 .span = tg_run_site_of(w->run, ctx->task)->span,
                                 .place = add_call_place,
                                 .remakes = tg_recall_remakes(ctx),
                                 .data = m->def->program};
}

/* Those that were results of tasks are known only now. */
static bool learn_secrets(tg_ctx *ctx, const struct tg_sig *sig, const tg_value *args)
{
    for (uint32_t i = 0; i < sig->count && ctx->def->flags & TG_DEF_SECRET; i++)
        if (!tg_type_keep_secret(&sig->params[i].type, args[i], ctx->services->secrets))
            return tg_err_set(&ctx->err, TG_EXIT_FAILED, TG_SECRET_SHORT, sig->params[i].name);
    return true;
}

/* What it says cannot be run: it would be the same in another attempt. */
static void refuse_command(struct tg_cmdmake *m)
{
    if (!m->lacks) tg_err_because(&m->ctx->err, TG_CAUSE_USAGE, 0);
    tg_command_drop(m->ctx, &m->command);
}

/* What a program says that it has read. */
struct found_reading {
    struct tg_again_task *task;
    const struct tg_command *command;
};

/* Files are named from where the command runs. */
static void note_found(void *reading, const char *path)
{
    const struct found_reading *r = reading;
    char *whole = r->command->dir && path[0] != '/' ? tg_alloc_format("%s/%s", r->command->dir, path) : NULL;
    tg_again_found(r->task, whole ? whole : path);
    free(whole);
}

static bool read_found(struct tg_cmdmake *m, struct tg_again_task *task)
{
    struct found_reading r = {task, &m->command};
    struct tg_err err = {0};
    if (!m->command.depfile || tg_depfile_read(tg_buf_str(&m->depfile_text), m->depfile_text.length, note_found, &r, &err))
        return true;
    tg_err_set(&m->ctx->err, TG_EXIT_FAILED, "the depfile '%s' of task '%s' cannot be read: %s",
               tg_path_name(m->command.depfile), m->command.name, err.message);
    tg_err_done(&err);
    return false;
}

/* Why one runs for which there is no record. */
#define NOTHING_RECORDED "nothing is recorded"

static const char *why_always(const tg_ctx *ctx)
{
    const char *always = tg_cmdrecord_always(ctx->def, ctx->options);
    return always ? always : NOTHING_RECORDED;
}

/* Of one that is not recorded. */
static void tell_run(const struct tg_cmdmake *m, uint64_t took_ns)
{
    tg_again_tell(m->ctx->services->again, NULL, m->command.name, m->instance, why_always(m->ctx), took_ns);
}

/* What a program prints, and what was a file the last time, will be no folder. task: NULL: nothing is known of it. */
static bool will_be_file(const struct tg_cmdmake *m, struct tg_again_task *task, const struct tg_result_file *f)
{
    for (size_t i = 0; i < m->command.step_count; i++)
        if (m->command.steps[i].output_path && strcmp(m->command.steps[i].output_path, f->aside) == 0) return true;
    return task && tg_again_was_file(task, f->path);
}

/* A file cannot take the place of a folder: where that is known, it is said before the work is done. */
static bool has_room_for_files(const struct tg_cmdmake *m, struct tg_again_task *task)
{
    struct stat st;
    for (size_t i = 0; i < m->command.file_count; i++) {
        const struct tg_result_file *f = &m->command.files[i];
        if (!f->list && stat(f->path, &st) == 0 && S_ISDIR(st.st_mode) && will_be_file(m, task, f))
            return tg_err_set(&m->ctx->err, TG_EXIT_FAILED, "'%s' cannot be a result's path: it is a folder", f->path);
    }
    return true;
}

/* task: is told of files that it has read; NULL: nobody is. */
static int run_command(tg_ctx *ctx, const tg_value *args, size_t count, struct tg_again_task *task, tg_value *out)
{
    struct tg_cmdmake m;
    tg_cmdmake_begin(&m, ctx, ctx->def->data, ctx->options, &ctx->err);
    TG_ASSERT(count == m.def->def.sig.count && m.def->user_count + m.def->captures.count == count);
    name_owner(&m, ctx);
    int status = TG_FAIL;
    uint64_t began_ns = tg_clock_ns();
    name_instance(&m, args, count);
    if (tg_cmdmake_command(&m, args, count) && has_room_for_files(&m, task)) status = tg_command_run(ctx, &m.command, out);
    else refuse_command(&m);
    if (status == TG_OK && !task && ctx->services->again) tell_run(&m, tg_clock_ns() - began_ns);
    if (status == TG_OK && task && !read_found(&m, task)) tg_value_unref(*out), *out = tg_nil(), status = TG_FAIL;
    tg_cmdmake_end(&m);
    return status;
}

/* ---- a command that may be up to date ------------------------------------------------------------- */

struct recalled_call {
    const struct tg_recall *recall;
    const struct tg_cmdrecord *record;
};

static int run_call(void *call, struct tg_again_task *t, tg_value *out)
{
    const struct tg_recall *r = ((const struct recalled_call *)call)->recall;
    return run_command(r->ctx, r->args, r->count, t, out);
}

static void tell_made(void *call, struct tg_again_task *t)
{
    tg_cmdrecord_made(t, ((const struct recalled_call *)call)->record);
}

static bool find_call_made(void *call, tg_value *out)
{
    return tg_cmdrecord_found(((const struct recalled_call *)call)->record, out);
}

static bool own_made(void *call, tg_value value)
{
    const struct recalled_call *c = call;
    tg_ctx *ctx = c->recall->ctx;
    return tg_again_how(ctx->services->again)->foreseen || tg_command_own(ctx, c->record->command, value);
}

/* The command as it is recorded, with the names of its results, is there. */
static int recall_command(tg_ctx *ctx, const struct tg_cmdmake *m, struct tg_again_task *t, const tg_value *args, size_t count,
                          tg_value *out)
{
    const struct tg_codec plain = {0};
    struct tg_cmdrecord c = {ctx->def, &m->command, m->shell, m->settings, m->settled, args, count};
    struct tg_recall r = {.ctx = ctx, .args = args, .count = count, .codec = &plain, .run = run_call};
    r.made = tell_made;
    r.found = find_call_made;
    r.known = own_made;
    struct recalled_call call = {&r, &c};
    r.data = &call;
    r.temporary = tg_options_truth(m->settled, "temp", false);
    r.is_protected = m->command.is_protected;
    tg_cmdrecord_describe(t, &c);
    return tg_recall_run(&r, t, out);
}

/* What cannot be put together fails when it runs. */
static int foresee_failure(tg_ctx *ctx, const struct tg_err *err)
{
    char *why = tg_alloc_format("it cannot be put together: %s", err->message ? err->message : "its values are not known");
    char *hidden = tg_secrets_hidden(ctx->services->secrets, why);
    int status = tg_recall_foresee(ctx, hidden);
    free(hidden);
    free(why);
    return status;
}

static int run_unasked(tg_ctx *ctx, const tg_value *args, size_t count, const struct tg_err *unsaid, tg_value *out)
{
    bool foreseen = tg_again_how(ctx->services->again)->foreseen;
    return foreseen ? foresee_failure(ctx, unsaid) : run_command(ctx, args, count, NULL, out);
}

/* It is made twice: first only to be looked at, and, if it runs, with places aside. */
static int ask_and_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    const struct tg_worker *w = tg_worker_of(ctx);
    struct tg_err unsaid = {0}; /* what is wrong with it is said when it runs */
    struct tg_again_task t;
    struct tg_cmdmake m;
    char *instance = tg_instance_name(w->run, tg_run_site_of(w->run, ctx->task), args, count);
    tg_again_begin(&t, ctx->services->again, ctx->def->name, instance);
    t.unrecorded = tg_cmdrecord_always(ctx->def, ctx->options);
    tg_cmdmake_begin(&m, NULL, ctx->def->data, ctx->options, &unsaid);
    m.known = true;
    m.asks = &t;
    name_owner(&m, ctx);
    bool made = tg_cmdmake_command(&m, args, count);
    t.of_graph = !m.eval.looks_outside && !m.command.dir; /* from another folder, programs are looked for */
    int status = made ? recall_command(ctx, &m, &t, args, count, out) : run_unasked(ctx, args, count, &unsaid, out);
    tg_cmdmake_end(&m);
    tg_again_end(&t);
    tg_err_done(&unsaid);
    free(instance);
    return status;
}

/* Whether it asks before it runs: it can be recorded, or be in a checkpoint. */
static bool asks_first(const tg_ctx *ctx)
{
    const struct tg_again_how *how = ctx->services->again ? tg_again_how(ctx->services->again) : NULL;
    if (!how || (!how->ledger && !how->foreseen)) return false;
    return tg_cmdrecord_may(ctx->def, ctx->options) || (how->checkpoint && !tg_options_truth(ctx->options, "volatile", false));
}

/* What becomes of its files: they can only be read, or go when they have been used. */
static tg_value settle_files(const tg_ctx *ctx, tg_value take_out)
{
    bool files = ((const struct tg_command_def *)ctx->def->data)->output == TG_OUTPUT_FILES;
    if (!files || tg_future_in(take_out)) return take_out;
    bool looked_at = ctx->services->again && tg_again_how(ctx->services->again)->foreseen;
    if (!looked_at && tg_options_truth(ctx->options, "protected", false)) tg_recall_protect(take_out);
    if (!ctx->services->again || !tg_options_truth(ctx->options, "temp", false)) return take_out;
    return tg_temps_watch(tg_again_temps(ctx->services->again), take_out);
}

int tg_cmdtask_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    struct tg_again *again = ctx->services->again;
    if (!learn_secrets(ctx, &ctx->def->sig, args)) return tg_err_because(&ctx->err, TG_CAUSE_USAGE, 0), TG_FAIL;
    bool asks = asks_first(ctx);
    if (again && !asks && tg_again_how(again)->foreseen) return tg_recall_foresee(ctx, why_always(ctx));
    int status = asks ? ask_and_run(ctx, args, count, out) : run_command(ctx, args, count, NULL, out);
    if (status == TG_OK && tg_kind(*out) == TG_NIL) out->tag |= TG_PLACE_RELEASED; /* who looks on sees that it is done */
    if (status == TG_OK) *out = settle_files(ctx, *out);
    return status;
}

size_t tg_cmdtask_lines(const struct tg_def *def, tg_value options, const tg_value *args, size_t count, bool known,
                        struct tg_buf *out)
{
    struct tg_cmdmake m;
    struct tg_err err = {0};
    size_t lines = 0;
    tg_cmdmake_begin(&m, NULL, def->data, options, &err);
    m.known = known;
    if (tg_cmdmake_command(&m, args, count))
        for (; lines < m.command.step_count; lines++) {
            char *line = tg_cmdtext_line(&m.command, &m.command.steps[lines], SIZE_MAX);
            tg_buf_add(out, line, strlen(line) + 1);
            free(line);
        }
    tg_cmdmake_end(&m);
    tg_err_done(&err);
    return lines;
}
