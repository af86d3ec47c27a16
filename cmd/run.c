/* SPDX-License-Identifier: MIT
 * `tgrun run`: opens a workflow, evaluates it into a graph, plans, runs, prints the outputs.
 *
 * While the graph is being built, a signal only raises the stop flag, at which the evaluator ends with the place.
 * Outputs go to standard output once the run is over; everything else to standard error. If a task failed, outputs are
 * printed only with -k: what else would have been computed by then depends on timing. */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/cpus.h"
#include "cmd/crash.h"
#include "cmd/dryrun.h"
#include "cmd/outputs.h"
#include "cmd/signals.h"
#include "engine/run/command.h"

/* ---- options ------------------------------------------------------------------------------------- */

/* Names and aliases of the schedulers, one after the other. */
static const char *scheduler_word(size_t i)
{
    for (size_t k = 0; tg_scheds[k]; k++) {
        if (i-- == 0) return tg_scheds[k]->name;
        if (tg_scheds[k]->alias && i-- == 0) return tg_scheds[k]->alias;
    }
    return NULL;
}

static const char *const output_modes[] = {"failed", "grouped", "live", NULL}; /* enum tg_output_mode */

static const struct tg_opt options[] = {
    {.group = "Running", .letter = 'j', .name = "jobs", .kind = TG_OPT_NUMBER, .value = "N", .min = 1,
     .max = TG_MAX_WORKERS, .help = "workers; default: the usable CPUs", .offset = TG_AT(jobs), .env = true},
    {.name = "scheduler", .kind = TG_OPT_CHOICE, .value = "NAME", .choice_at = scheduler_word,
     .help = "what runs the tasks", .offset = TG_AT(scheduler), .env = true},
    {.letter = 'k', .name = "keep-going", .kind = TG_OPT_FLAG,
     .help = "go on with whatever does not depend on a failed task", .offset = TG_AT(keep_going), .env = true},
    {.letter = 'n', .name = "dry-run", .kind = TG_OPT_FLAG, .help = "list what would run, in order, and stop",
     .offset = TG_AT(dry_run), .env = true},
    TG_OPTION_MAX_TASKS,
    TG_OPTION_FOLDER,
    TG_OPTION_LANGUAGE,
    {.group = "Printing", .name = "format", .kind = TG_OPT_CHOICE, .value = "FORMAT", .choices = tg_text_format_words,
     .help = "how outputs print", .offset = TG_AT(format), .env = true},
    {.name = "output", .kind = TG_OPT_CHOICE, .value = "WHAT", .choices = output_modes,
     .help = "show what commands print: of failed tasks only, task by task, or as it comes", .offset = TG_AT(output_mode),
     .env = true},
    {.letter = 'q', .name = "quiet", .kind = TG_OPT_FLAG, .help = "no warnings, outputs only", .offset = TG_AT(quiet),
     .env = true},
    {.letter = 'v', .name = "verbose", .kind = TG_OPT_FLAG, .help = "a summary at the end; with -n, every task",
     .offset = TG_AT(verbose), .env = true},
    TG_OPTIONS_COMMON,
    TG_OPTIONS_PARAMETERS,
    {0},
};

/* ---- while it runs ------------------------------------------------------------------------------- */

/* What SIGUSR1 looks at; the signal thread's. */
struct watch {
    const struct tg_run *run;
    struct tg_commands *commands;
    const struct tg_report *report;
};

static void add_place(void *data, tg_span span, struct tg_buf *b)
{
    const struct tg_report *report = data;
    struct tg_place place;
    if (tg_sources_place(report->sources, span, &place)) tg_buf_format(b, "%s:%u", place.source->name, place.line);
}

static void describe(void *data)
{
    const struct watch *w = data;
    struct tg_buf b = {0};
    tg_run_describe(w->run, &b, add_place, (void *)w->report);
    tg_commands_describe(w->commands, &b);
    while (b.length && b.data[b.length - 1] == '\n') b.data[--b.length] = 0;
    tg_report_line(w->report, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
}

static bool has_commands(const struct tg_graph *g)
{
    for (size_t i = 1; i < g->site_table.count; i++)
        if (g->site_table.items[i].def->flags & TG_DEF_COMMAND) return true;
    return false;
}

/* Runs with the signals taken care of. */
static bool execute(struct tg_run *run, struct tg_services *services, const struct tg_report *report, struct tg_err *err)
{
    struct watch watch = {run, services->commands, report};
    if (has_commands(run->graph) && !tg_commands_prepare(services->commands, err)) return false;
    if (!tg_signals_start(services->commands, describe, &watch, err)) return false;
    tg_crash_watch(run, report->sources);
    bool good = tg_run_execute(run, err);
    tg_crash_forget();
    tg_signals_stop();
    return good;
}

/* ---- after it ------------------------------------------------------------------------------------ */

static enum tg_exit print_outputs(struct tg_cli *cli, const struct tg_run *run)
{
    struct tg_out out;
    tg_out_init(&out, 1);
    if (cli->format == TG_FORMAT_JSON) tg_outputs_json(&out, run);
    else tg_outputs_text(&out, run);
    tg_out_flush(&out);
    tg_buf_done(&out.buf);
    return out.error ? tg_cli_write_failed(cli, out.error) : TG_EXIT_OK;
}

static enum tg_exit interrupted(struct tg_cli *cli, const struct tg_run *run, int number)
{
    tg_report_line(&cli->report, "tgrun: ended by signal %d (%s): %u of %u tasks were done", number, strsignal(number),
                   run->done_count, run->plan->count);
    return (enum tg_exit)(128 + number);
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void summary(struct tg_cli *cli, struct tg_run *run, double seconds)
{
    unsigned workers = atomic_load_explicit(&run->worker_count, memory_order_acquire);
    tg_report_line(&cli->report, "%u task%s done in %.3f s, scheduler %s, %u worker%s", run->done_count,
                   run->done_count == 1 ? "" : "s", seconds, run->options.sched->name, workers, workers == 1 ? "" : "s");
}

/* From here on a signal ends the process at once again, which may be waiting for the reader of its output. */
static void restore_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction now;
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) signal(numbers[i], SIG_DFL);
    }
    signal(SIGUSR1, SIG_IGN);
}

/* Reports how it went and prints the outputs; `whole`: the scheduler could do its work. */
static enum tg_exit finish(struct tg_cli *cli, struct tg_run *run, double seconds, bool whole)
{
    restore_signals();
    int number = tg_signals_number();
    bool failed = run->failures.count > 0;
    if (failed) tg_report_failures(&cli->report, run);
    if (number) return interrupted(cli, run, number);
    if (!whole) return TG_EXIT_FAULT;
    enum tg_exit status = failed && !cli->keep_going ? TG_EXIT_FAILED : print_outputs(cli, run);
    if (cli->verbose) summary(cli, run, seconds);
    return status ? status : failed ? TG_EXIT_FAILED : TG_EXIT_OK;
}

/* ---- the verb ------------------------------------------------------------------------------------ */

static enum tg_exit dry_run(struct tg_cli *cli, const struct tg_workflow *w, const struct tg_plan *plan)
{
    struct tg_out out;
    tg_out_init(&out, 1);
    tg_dryrun(&out, plan, &w->front.sources, cli->verbose);
    tg_out_flush(&out);
    tg_buf_done(&out.buf);
    return out.error ? tg_cli_write_failed(cli, out.error) : TG_EXIT_OK;
}

/* Makes ready what running tasks need; not worth its half millisecond where everything is known already. */
static void prepare(struct tg_cli *cli, struct tg_session *session)
{
    session->services.commands = tg_commands_new((enum tg_output_mode)cli->output_mode, NULL);
    session->services.wake_fd = tg_signals_wake_fd();
    if (!cli->jobs) cli->jobs = tg_cpus_usable();
}

static enum tg_exit run_plan(struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan)
{
    struct tg_services *services = &w->session.services;
    struct tg_err err = {0};
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (plan->count) prepare(cli, &w->session);
    struct tg_run_options how = {
        .jobs = (unsigned)cli->jobs,
        .keep_going = cli->keep_going,
        .sched = tg_sched_find(scheduler_word((size_t)cli->scheduler)),
        .services = services,
    };
    struct tg_run run;
    tg_run_init(&run, &w->session.graph, plan, &how);
    bool good = plan->count == 0 || execute(&run, services, &cli->report, &err);
    enum tg_exit status = finish(cli, &run, seconds_since(&start), good);
    if (!good) status = tg_report_err(&cli->report, &err);
    tg_run_done(&run);
    tg_commands_free(services->commands);
    services->commands = NULL;
    return status;
}

static enum tg_exit run_workflow(struct tg_cli *cli, struct tg_workflow *w)
{
    struct tg_plan plan = {0};
    struct tg_err err = {0};
    const char *const *outputs = cli->words.items + 1;
    if (!tg_plan_make(&w->session.graph, outputs, cli->words.count - 1, &plan, &err))
        return tg_report_err(&cli->report, &err);
    enum tg_exit status = cli->dry_run ? dry_run(cli, w, &plan) : run_plan(cli, w, &plan);
    tg_plan_done(&plan);
    return status;
}

/* Evaluates with the signals caught, so that a loop without end is stopped with its place. */
static enum tg_exit evaluate(struct tg_cli *cli, struct tg_workflow *w)
{
    struct tg_err err = {0};
    if (!tg_signals_init(&w->session.stop, &err)) return tg_report_err(&cli->report, &err);
    enum tg_exit status = tg_workflow_eval(w, cli);
    int number = tg_signals_number();
    return number ? (enum tg_exit)(128 + number) : status;
}

static enum tg_exit call(struct tg_cli *cli)
{
    struct tg_workflow w;
    signal(SIGUSR1, SIG_IGN); /* until there is something to describe */
    enum tg_exit status = tg_workflow_open(&w, cli, cli->words.items[0]);
    if (!status) status = evaluate(cli, &w);
    if (!status) status = run_workflow(cli, &w);
    tg_workflow_done(&w);
    return status;
}

const struct tg_verb tg_verb_run = {
    .name = "run",
    .usage = "FILE [OUTPUT...]",
    .summary = "run a workflow; the verb may be left out",
    .detail = "Runs FILE (.tg, .yaml, .yml, or - for standard input) and prints its outputs. With OUTPUT names, only "
              "these and what they need.",
    .options = options,
    .min_words = 1,
    .max_words = UINT32_MAX,
    .needs = "a workflow file",
    .call = call,
};
