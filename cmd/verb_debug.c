/* SPDX-License-Identifier: MIT
 * `tgrun debug`: runs what one task needs, and then that task in gdb; a command's place is taken by a shell.
 *
 * A task of a plugin needs two processes: this one looks at the file, so that mistakes are told without gdb around, and becomes
 * gdb, which runs it again (--here). Either way the task is found by a function that stands in for its own. */
#include <stdlib.h>
#include <string.h>

#include "cmd/chosen.h"
#include "cmd/cmd.h"
#include "cmd/debugger.h"
#include "cmd/execute.h"
#include "cmd/progress.h"
#include "cmd/stdout.h"
#include "engine/base/utf8.h"
#include "engine/command/byhand.h"
#include "engine/command/cmdtext.h"
#include "engine/grow/recall.h"
#include "engine/run/instance.h"
#include "engine/run/node.h"
#include "engine/run/worker.h"
#include "engine/value/future.h"

/* Bytes of an argument, and of a result, that are shown. */
#define ARG_SHOWN 1000

/* What runs the tasks: gdb and a shell have one thread to look at. */
#define SCHEDULER "single-threaded"

static const struct tg_opt options[] = {
    {.group = "Options",
     .name = "gdb",
     .kind = TG_OPT_TEXT,
     .value = "COMMAND",
     .check = tg_debugger_check,
     .help = "the gdb to use, with its options: 'gdb -batch -ex bt -ex continue'",
     .offset = TG_AT(gdb)},
    {.name = "here", .kind = TG_OPT_FLAG, .help = "gdb is there already", .offset = TG_AT(here), .hidden = true},
    TG_OPTION_RESOURCES,
    TG_OPTION_MAX_TASKS,
    TG_OPTION_FOLDER,
    TG_OPTION_FILE,
    TG_OPTION_LANGUAGE,
    TG_OPTION_NO_WARNINGS,
    TG_OPTIONS_COMMON,
    TG_OPTIONS_PARAMETERS,
    {0},
};

struct debugging {
    struct tg_cli *cli;
    struct tg_workflow *w;
    struct tg_chosen chosen;
    bool reached, shell;
    tg_id put_off;              /* the task, while what it lacks is made; TG_NO_TASK: it is not */
    const struct tg_site *site; /* of a command that is about to run, with its arguments; lent */
    const tg_value *args;
    size_t count;
    char *name;           /* of the task; heap; NULL: it was not reached */
    struct tg_buf result; /* what it gave, as text */
    bool gave, grows;     /* it has given something; tasks that are still to be run */
};

/* ---- the task is about to run -------------------------------------------------------------------- */

/* Which one it is, where, and with what. */
static void tell_task(const struct debugging *d)
{
    const struct tg_site *site = d->site;
    struct tg_buf b = {0}, v = {0};
    char *said = tg_alloc_format("%s is about to run", d->name);
    tg_report_note(&d->cli->report, &b, site->span, said);
    tg_report_out(&d->cli->report, &b);
    free(said);
    size_t count = tg_def_written(site->def, d->count);
    for (size_t i = 0; i < count; i++) {
        const struct tg_sig *sig = &site->def->sig;
        v.length = 0;
        tg_value_repr(&v, d->args[i], ARG_SHOWN);
        if (i < sig->count) tg_report_line(&d->cli->report, "  %s = %s", sig->params[i].name, tg_buf_str(&v));
        else tg_report_line(&d->cli->report, "  %s", tg_buf_str(&v));
    }
    tg_buf_done(&v);
}

static int run_in_gdb(struct debugging *d, tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    tell_task(d);
    tg_debugger_stop(tg_registry_code(ctx->def));
    int status = ctx->def->fn(ctx, args, count, out);
    d->gave = status == TG_OK && !ctx->err.code;
    d->grows = d->gave && tg_future_in(*out);
    if (d->gave && !d->grows) tg_value_print(&d->result, *out);
    tg_stop_raise(ctx->services->stop, TG_STOP_FAILED);
    return status;
}

/* ---- a command ----------------------------------------------------------------------------------- */

/* What a server would be asked, and how that is done by hand. */
static void tell_question(const struct tg_report *report, const struct tg_served *served, const char *path)
{
    char *line = tg_alloc_format("%.*s,\"id\":1}", (int)served->length, served->question);
    char *hidden = tg_secrets_hidden(report->secrets, line); /* before it is cut */
    size_t length = strlen(hidden), shown = length > ARG_SHOWN ? tg_utf8_valid(hidden, ARG_SHOWN) : length;
    tg_report_line(report, "< %.*s%s", (int)shown, hidden, shown < length ? ".." : "");
    free(hidden);
    free(line);
    tg_report_line(report, "\"$%s\" asks it that: %s", TG_BYHAND_VARIABLE, path);
    tg_report_line(report, "Under another program, such as gdb, let it read \"$%s\" as its standard input.",
                   TG_BYHAND_QUESTION);
}

static void tell_command(const struct debugging *d, const struct tg_command *command, const struct tg_byhand *b)
{
    const struct tg_report *report = &d->cli->report;
    for (size_t i = 0; i < command->step_count; i++) {
        char *line = tg_cmdtext_line(command, &command->steps[i], TG_CMDTEXT_SHOWN);
        tg_report_line(report, "$ %s", line);
        free(line);
    }
    for (size_t i = 0; i < command->file_count; i++)
        tg_report_line(report, "For %s it writes %s", command->files[i].path, command->files[i].aside);
    if (command->served) tell_question(report, command->served, b->script);
    else tg_report_line(report, "\"$%s\" runs it: %s", TG_BYHAND_VARIABLE, b->script);
    tg_report_line(report, "This is a shell where it would run. The results will be removed when it ends.");
}

static bool open_shell(void *data, const struct tg_command *command, struct tg_err *err)
{
    struct debugging *d = data;
    struct tg_byhand byhand;
    const char *shell = getenv("SHELL");
    int status;
    d->shell = true;
    tell_task(d);
    tg_stdout_show();
    bool good = tg_byhand_make(command, &byhand, err);
    if (good) tell_command(d, command, &byhand);
    if (good) good = tg_byhand_shell(command, &byhand, shell && *shell ? shell : "/bin/sh", &status, err);
    tg_byhand_done(&byhand);
    tg_stdout_hide();
    return good;
}

/* Without a shell, it has failed before; or files are missing that it gets: it comes again when these are made. */
static int run_shell(struct debugging *d, tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    tg_commands_instead(ctx->services->commands, open_shell, d);
    int status = ctx->def->fn(ctx, args, count, out);
    tg_commands_instead(ctx->services->commands, NULL, NULL);
    if (d->shell) tg_stop_raise(ctx->services->stop, TG_STOP_SIGNAL); /* that it did not run is no failure */
    else if (status == TG_OK && !ctx->err.code && tg_future_in(*out)) d->put_off = ctx->task;
    else tell_task(d);
    return status;
}

/* What only makes again what is missing was there before, as the call that it is. */
static bool is_chosen(struct debugging *d, tg_ctx *ctx, const struct tg_site *site, const tg_value *args, size_t count)
{
    const struct tg_worker *w = tg_worker_of(ctx);
    bool added = w->nodes && w->nodes->items[ctx->task].parent != TG_NO_TASK;
    if (d->reached) return d->put_off == ctx->task;
    return !tg_recall_remakes(ctx) && tg_chosen_fits(&d->chosen, w->run->graph, ctx->task, added, site, args, count);
}

/* In place of the function of tasks that it may be. */
static int stand_in(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    struct debugging *d = ctx->services->stand_in;
    const struct tg_run *run = tg_worker_of(ctx)->run;
    const struct tg_site *site = tg_run_site_of(run, ctx->task);
    if (!is_chosen(d, ctx, site, args, count)) return ctx->def->fn(ctx, args, count, out);
    if (!d->reached) d->name = tg_instance_text(run->graph, site, TG_INSTANCE_ALL, args, count);
    d->reached = true;
    d->put_off = TG_NO_TASK;
    d->site = site;
    d->args = args;
    d->count = count;
    return (ctx->def->flags & TG_DEF_COMMAND ? run_shell : run_in_gdb)(d, ctx, args, count, out);
}

/* ---- the verb ------------------------------------------------------------------------------------ */

/* What it gave, as the outputs of a run are printed. */
static enum tg_exit print_result(struct tg_cli *cli, const struct tg_workflow *w, const struct tg_run *run,
                                 const struct tg_took *took, void *data, struct tg_err *err)
{
    (void)w, (void)took;
    struct debugging *d = data;
    if (!d->reached && !run->failures.count) {
        tg_err_set(err, TG_EXIT_USAGE, "the run has ended without '%s'", cli->words.items[1]);
        return tg_err_hint(err, "What it names was not called, or fewer times."), err->code;
    }
    if (!d->gave) return TG_EXIT_OK;
    struct tg_buf b = {0};
    if (d->grows) tg_buf_format(&b, "%s has added tasks, which will give its result\n", d->name);
    else tg_buf_format(&b, "%s = %s\n", d->name, tg_buf_str(&d->result));
    tg_secrets_hide(cli->report.secrets, &b, 0);
    return tg_cmd_print(cli, &b);
}

/* A command gets its shell; anything else a gdb, unless this is in one. */
static enum tg_exit debug_plan(struct debugging *d, const struct tg_plan *plan)
{
    struct tg_err err = {0};
    struct tg_graph *g = &d->w->session.graph;
    const char *file = d->cli->words.items[0];
    if (!d->cli->here && !(d->chosen.def->flags & TG_DEF_COMMAND)) {
        if (strcmp(file, "-") == 0)
            tg_err_set(&err, TG_EXIT_USAGE, "a task in gdb cannot be one of standard input: write it to a file");
        else tg_debugger_exec(d->cli, file, d->cli->words.items[1], &err);
        return tg_report_err(&d->cli->report, &err);
    }
    tg_graph_stand_in(g, d->chosen.def, stand_in);
    g->finals.count = 0; /* nothing has ended */
    d->w->session.services.stand_in = d;
    tg_vec_push(&d->cli->force, d->chosen.def->name); /* what it needs may be up to date, but not the task itself */
    return tg_execute(d->cli, d->w, plan, NULL, print_result, d);
}

static enum tg_exit debug_workflow(struct debugging *d)
{
    struct tg_plan plan = {0};
    enum tg_exit status = tg_execute_open(d->cli, d->w);
    if (!status) status = tg_chosen_find(&d->chosen, d->cli, d->w, &plan);
    if (!status) status = debug_plan(d, &plan);
    tg_plan_done(&plan);
    return status;
}

static enum tg_exit call_debug(struct tg_cli *cli)
{
    struct tg_workflow w = {0};
    struct tg_err err = {0};
    struct debugging d = {.cli = cli, .w = &w, .put_off = TG_NO_TASK};
    const char *word = cli->words.items[1];
    if (!tg_chosen_read(&d.chosen, word, &err)) return tg_report_err(&cli->report, &err);
    if (!cli->gdb) cli->gdb = "gdb";
    cli->executes = true;
    cli->outdated = true;
    cli->summary = TG_SUMMARY_NEVER;
    cli->progress = TG_PROGRESS_NONE; /* the terminal is the debugger's */
    cli->jobs = 1;
    cli->keep_going = true; /* what the task does not need may fail before */
    cli->named = d.chosen.name;
    while (strcmp(tg_execute_scheduler_word((size_t)cli->scheduler), SCHEDULER) != 0) cli->scheduler++;
    enum tg_exit status = debug_workflow(&d);
    tg_chosen_done(&d.chosen, &w.session.graph);
    tg_workflow_done(&w);
    tg_buf_done(&d.result);
    free(d.name);
    return status;
}

const struct tg_verb tg_verb_debug = {
    .name = "debug",
    .usage = "[FILE] TASK",
    .summary = "run one task in gdb, or a shell for its command",
    .detail =
        "Runs what TASK needs, one after the other, and then this task alone: one of a plugin in gdb, which stops where its "
        "function begins; in place of a command, a shell where it would run, with its environment and new files for its "
        "results, which are removed when the shell ends. TASK is a name as for `run`; of several "
        "tasks one is named by its number, 'inc:3', or as messages name it, 'inc(41)'.",
    .options = options,
    .words = TG_WORDS_NAMES,
    .min_words = 2,
    .max_words = 2,
    .needs = "a workflow file and a task",
    .call = call_debug,
};
