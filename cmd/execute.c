/* SPDX-License-Identifier: MIT
 * Running a workflow: signals.h says what they mean while it is evaluated, while it runs and after. */
#include "cmd/execute.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/cpus.h"
#include "cmd/crash.h"
#include "cmd/elsewhere.h"
#include "cmd/ending.h"
#include "cmd/failures.h"
#include "cmd/memory.h"
#include "cmd/outcome.h"
#include "cmd/recording.h"
#include "cmd/signals.h"
#include "cmd/stdout.h"
#include "cmd/summary.h"
#include "cmd/watching.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/command/container.h"
#include "engine/command/claim.h"
#include "engine/command/command.h"
#include "engine/command/granted.h"
#include "engine/command/spawn.h"
#include "engine/grow/start.h"
#include "engine/remote/pool.h"
#include "engine/remote/sealing.h"
#include "engine/sched/sched.h"
#include "engine/watch/describe.h"
#include "engine/watch/lines.h"
#include "lang/eval/cmdprogram.h"
#include "lang/text/foreign.h"

const char *tg_execute_scheduler_word(size_t i)
{
    for (size_t k = 0; tg_sched_all[k]; k++) {
        if (i-- == 0) return tg_sched_all[k]->name;
        if (tg_sched_all[k]->alias && i-- == 0) return tg_sched_all[k]->alias;
    }
    return NULL;
}

bool tg_execute_scheduler_hint(const char *name, struct tg_err *err)
{
    const char *meant = tg_foreign_scheduler(name);
    if (meant) tg_err_hint(err, "did you mean '%s'?", meant);
    return meant != NULL;
}

const struct tg_sched *tg_execute_scheduler(const struct tg_cli *cli)
{
    return tg_sched_find(tg_execute_scheduler_word((size_t)cli->scheduler));
}

/* Says what ended it, where no tasks are to be counted. */
static enum tg_exit ended_by(const struct tg_cli *cli, int number)
{
    char *reason = tg_signals_reason(number);
    tg_report_line(&cli->report, "tgrun: ended by %s", reason);
    free(reason);
    return tg_signals_status(number);
}

/* ---- before it ----------------------------------------------------------------------------------- */

static enum tg_exit evaluate(struct tg_cli *cli, struct tg_workflow *w)
{
    struct tg_err err = {0};
    if (!tg_signals_build(&w->session.stop, &err)) return tg_report_err(&cli->report, &err);
    enum tg_exit status = tg_workflow_eval(w, cli);
    int number = tg_signals_number();
    return number ? ended_by(cli, number) : status;
}

static enum tg_opt_layer option_layer(const struct tg_cli *cli, const char *option)
{
    const struct tg_opt *o = tg_opt_find(cli->verb->options, 0, option, strlen(option));
    return o ? (enum tg_opt_layer)cli->layers.of[o - cli->verb->options] : TG_OPT_DEFAULT;
}

/* What is to be done about a failure is said once; what is nearer to the command line wins. */
static bool settle_failing(struct tg_cli *cli, struct tg_err *err)
{
    if (!cli->fail_fast || !cli->keep_going) return true;
    enum tg_opt_layer fast = option_layer(cli, "fail-fast"), going = option_layer(cli, "keep-going");
    if (fast == going)
        return tg_err_set(err, TG_EXIT_USAGE, "--fail-fast ends a run with the first failure, and --keep-going goes on");
    cli->fail_fast = fast > going;
    cli->keep_going = !cli->fail_fast;
    return true;
}

enum tg_exit tg_execute_open(struct tg_cli *cli, struct tg_workflow *w)
{
    const struct tg_services early = {.log = tg_host_log};
    struct tg_err err = {0};
    memset(w, 0, sizeof *w);
    if (!settle_failing(cli, &err) || !tg_elsewhere_settle(cli, &err)) return tg_report_err(&cli->report, &err);
    enum tg_exit status = tg_workflow_foresee(cli);
    if (status) return status;
    if (!cli->dry_run) tg_signals_deadline(cli->deadline);
    if (!cli->dry_run) tg_commands_recover(&early); /* before anything is read */
    status = tg_workflow_open(w, cli, cli->words.items[0]);
    return status ? status : evaluate(cli, w);
}

/* ---- while it runs ------------------------------------------------------------------------------- */

/* What SIGUSR1 looks at; the signal thread's. */
struct watch {
    const struct tg_run *run;
    struct tg_commands *commands;
    const struct tg_report *report;
};

static void add_task_place(void *data, tg_span span, struct tg_buf *b)
{
    const struct tg_report *report = data;
    struct tg_place place;
    if (tg_sources_place(report->sources, span, &place)) tg_buf_format(b, "%s:%u", place.source->name, place.line);
}

static void describe_run(void *data)
{
    const struct watch *w = data;
    struct tg_buf b = {0};
    tg_describe_run(w->run, &b, add_task_place, (void *)w->report);
    tg_commands_describe(w->commands, &b);
    struct tg_buf clean = {0};
    tg_secrets_hide(w->report->secrets, &b, 0);
    tg_term_text(&clean, tg_buf_str(&b), b.length, 0);
    tg_say_all(tg_buf_str(&clean), clean.length);
    tg_buf_done(&clean);
    tg_buf_done(&b);
}

/* Warns if a task has moved the whole process: paths that are relative mean something else since. */
static void check_folder(const struct tg_report *report, const struct stat *before)
{
    struct stat now;
    if (stat(".", &now) != 0 || (now.st_dev == before->st_dev && now.st_ino == before->st_ino)) return;
    tg_report_line(report, "warning: a task has changed the working folder: files may lie elsewhere than their paths say");
}

/* A program that commands of a plan need beside those that they name themselves; *found: the one that was looked for last. */
static bool find_program(const struct tg_plan *plan, size_t site, const char *program, const char **found)
{
    if (!program || (*found && strcmp(*found, program) == 0)) return true;
    *found = program;
    return tg_spawn_finds(program) || !tg_plan_needs_site(plan, site);
}

/* A container that nothing here can make. */
static bool lacks_engine(const struct tg_plan *plan, size_t site)
{
    const struct tg_site *s = &plan->graph->site_table.items[site];
    struct tg_container found;
    const char *image = tg_cmdprogram_image(s, plan->graph);
    return image && !tg_container_find(image, &found) && tg_plan_needs_site(plan, site);
}

/* The programs that read the texts of `sh`, and those that run others, are looked for before anything runs: a night later is
 * too late. Those of commands that a growing graph adds are missed when they start. */
static bool find_programs(const struct tg_plan *plan, struct tg_err *err)
{
    const struct tg_graph *g = plan->graph;
    struct tg_arena arena = {0};
    const char *found[2] = {NULL};
    bool fine = true;
    for (size_t i = 1; fine && i < g->site_table.count; i++) {
        const struct tg_site *site = &g->site_table.items[i];
        const char *shell = tg_cmdprogram_shell(site, g, &arena), *wrap = tg_cmdprogram_wrap(site, g, &arena);
        fine = find_program(plan, i, shell, &found[0]);
        if (!fine) {
            tg_err_set(err, TG_EXIT_CANNOT, "cannot find '%s', the shell of task '%s'", shell, site->def->name);
            tg_err_hint(err, "Install it, or give another one: with shell = [\"sh\", \"-eu\", \"-c\"].");
        } else if (lacks_engine(plan, i)) {
            fine = tg_err_set(err, TG_EXIT_CANNOT, TG_CONTAINER_NONE, site->def->name);
        } else if (!find_program(plan, i, wrap, &found[1])) {
            fine = tg_err_set(err, TG_EXIT_CANNOT, "cannot find '%s', in which task '%s' is wrapped", wrap, site->def->name);
        }
    }
    tg_arena_done(&arena);
    return fine;
}

/* Runs with the signals, and all other ends of the process, taken care of. more: another run comes behind, which is the last. */
static bool execute(struct tg_run *run, struct tg_watching *watching, bool last, bool more, struct tg_err *err)
{
    struct tg_services *services = &watching->session->services;
    const struct tg_report *report = &watching->cli->report;
    struct watch watch = {run, services->commands, report};
    struct tg_say_run now = {run, report->sources, report->secrets};
    struct tg_signals_run signals = {services->commands, now, last, describe_run, &watch};
    if (!tg_signals_start(&signals, err)) return false;
    tg_crash_run(now);
    tg_ending_run(now, services->commands);
    struct stat folder;
    bool known = stat(".", &folder) == 0;
    tg_stdout_hide();
    struct tg_inquiry_of of = {run, watching->program, report, watching->workflow, last};
    tg_progress_begin(&watching->progress, watching->cli, run);
    tg_control_begin(&watching->control, &of, watching->cli->verbose);
    tg_dashboard_begin(watching->dashboard, &of);
    bool good = tg_run_execute(run, err);
    if (!tg_commands_end_servers(services->commands, services, err)) good = false;
    tg_dashboard_rest(watching->dashboard);
    tg_control_end(&watching->control);
    tg_progress_end(&watching->progress);
    tg_stdout_show();
    tg_ending_check();
    if (known) check_folder(report, &folder);
    tg_ending_run((struct tg_say_run){0}, NULL);
    tg_crash_run((struct tg_say_run){0});
    if (more) tg_signals_pause();
    else tg_signals_stop();
    return good;
}

/* ---- after it ------------------------------------------------------------------------------------ */

/* The same of a run: how far it came, what it took (NULL: not to be said), and what ran then. */
static enum tg_exit interrupted(struct tg_cli *cli, struct tg_run *run, const struct tg_census_of *tasks, int number,
                                const char *took)
{
    tg_id all = tasks->done + tasks->failed + tasks->allowed + tasks->skipped;
    char *reason = tg_signals_reason(number);
    tg_report_line(&cli->report, "tgrun: ended by %s: %u of %u task%s done%s", reason, tasks->done, all,
                   all == 1 ? " was" : "s were", took ? took : "");
    free(reason);
    tg_failures_cut_off(&cli->report, run);
    return tg_signals_status(number);
}

/* Reports how it went, and keeps the first failure; number: of the signal that ended it, or 0; took: NULL: that is not to be said. */
static enum tg_exit finish_run(struct tg_cli *cli, struct tg_run *run, struct tg_ended *outcome, int number,
                               const struct tg_took *took)
{
    bool failed = run->failures.count > 0;
    if (!tg_failures_any(run) && !number) return TG_EXIT_OK;
    struct tg_census count;
    struct tg_buf sum = {0};
    tg_census_run(run, &count);
    if (took && !cli->verbose && tg_summary_is_wanted(cli, took->seconds)) tg_summary_sum(&sum, took);
    if (tg_failures_any(run)) tg_failures_report(&cli->report, run, &count, cli->quiet, number ? NULL : sum.data);
    if (outcome->first || run->failures.count > 1) outcome->again = failed || outcome->again;
    if (!outcome->first) outcome->first = tg_failures_first(&cli->report, run);
    enum tg_exit status = number ? interrupted(cli, run, &count.tasks, number, sum.data) : failed ? TG_EXIT_FAILED : TG_EXIT_OK;
    if (number && took && cli->verbose) tg_summary(cli, run, took); /* else it stands behind the outputs */
    tg_census_done(&count);
    tg_buf_done(&sum);
    return status;
}

/* ---- a run --------------------------------------------------------------------------------------- */

static void limit_jobs(struct tg_cli *cli, unsigned most, const char *why)
{
    if (cli->jobs <= most) return;
    tg_report_line(&cli->report, "warning: only %u of %u workers, as %s", most, (unsigned)cli->jobs, why);
    cli->jobs = most;
}

/* Threads of workers must leave room for the processes of commands, and executors for the descriptors of each other. */
static void choose_jobs(struct tg_cli *cli, const struct tg_graph *graph, bool away, struct tg_cluster *cluster)
{
    unsigned slots = cluster && tg_cluster_is_up(cluster, NULL) ? tg_cluster_slots(cluster) : 0;
    unsigned processes = tg_graph_has_commands(graph) ? tg_claim_most_workers() : TG_MAX_WORKERS;
    unsigned executors = away ? tg_pool_most_workers() : TG_MAX_WORKERS;
    unsigned least = processes < executors ? processes : executors, cpus = tg_cpus_usable();
    if (slots) cpus = slots;
    if (!cli->jobs) cli->jobs = cpus < least ? cpus : least;
    if (slots) limit_jobs(cli, slots, "the cluster has no more slots");
    limit_jobs(cli, processes, "'ulimit -u' allows no more processes");
    limit_jobs(cli, executors, "'ulimit -n' allows no more open files");
}

/* That of the command line is meant for this run. */
static void warn_of_worker_memory(const struct tg_cli *cli)
{
    struct tg_err err = {0};
    if (cli->quiet || option_layer(cli, "worker-memory") != TG_OPT_COMMAND) return;
    tg_err_set(&err, TG_EXIT_USAGE, "--worker-memory=%s limits nothing: no task of this run is in an executor",
               cli->worker_memory);
    tg_err_hint(&err, "--scheduler=processes has executors; the option memory limits a command.");
    tg_report_warning(&cli->report, &err);
    tg_err_done(&err);
}

/* Makes ready what running tasks need; not worth its half millisecond where everything is known already. */
static void prepare_run(struct tg_cli *cli, struct tg_session *session, bool grows, struct tg_sharing *sharing)
{
    enum tg_output_mode mode = (enum tg_output_mode)cli->output_mode;
    if (cli->quiet && mode == TG_SHOW_FAILED) mode = TG_SHOW_ONLY_FAILED;
    session->services.commands = tg_commands_new(mode, NULL);
    tg_memory_watch(session->services.commands);
    tg_commands_keep_failed(session->services.commands, cli->keep_failed);
    session->services.wake_fd = tg_signals_wake_fd();
    session->services.paused_ns = tg_commands_paused_ns;
    tg_sharing_find(sharing, cli);
    bool away = session->graph.has_away || (grows && session->graph.away);
    struct tg_cluster *cluster = away ? tg_elsewhere_open(cli, &session->services) : NULL;
    choose_jobs(cli, &session->graph, away, cluster);
    if (grows || session->graph.has_policy) tg_resources_find(&cli->offered, cli->jobs, cli->resources);
    if (grows || session->graph.away || session->graph.has_away)
        session->services.executors = tg_pool_new(&session->services, (unsigned)cli->jobs,
                                                  tg_resources_size(cli->worker_memory), NULL);
    if (cluster) tg_pool_use(session->services.executors, cluster);
    tg_granted_begin();
    tg_sharing_begin(sharing, cli, session, grows || tg_graph_has_commands(&session->graph));
}

static struct tg_run_options run_options(const struct tg_cli *cli, struct tg_session *session, struct tg_events *events,
                                         struct tg_ended *outcome)
{
    return (struct tg_run_options){
        .jobs = (unsigned)cli->jobs,
        .keep_going = cli->keep_going,
        .fail_fast = cli->fail_fast ? tg_signals_fail_fast : NULL,
        .quiet = cli->quiet,
        .capacity = &cli->offered.capacity,
        .sched = tg_execute_scheduler(cli),
        .services = &session->services,
        .events = events,
        .allowed = &outcome->allowed,
        .lost = tg_ending_lost,
    };
}

/* ---- the run of the graph ------------------------------------------------------------------------ */

/* Some task that is known now has a limit, or may have one. */
static bool limits_memory(const struct tg_graph *g)
{
    bool found = false;
    for (size_t i = 0; g->has_policy && i < g->options.count && !found; i++)
        found = g->policies[i].memory_bytes || g->policies[i].late;
    return found;
}

static bool may_begin(struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan, struct tg_err *err)
{
    uint64_t worker_bytes = tg_resources_size(cli->worker_memory);
    if (!tg_elsewhere_is_up(&w->session.services, err) || !tg_resources_suffice(&cli->offered, worker_bytes, plan, err) ||
        !find_programs(plan, err))
        return false;
    const struct tg_graph *g = &w->session.graph;
    bool away = g->away || g->has_away;
    if (!tg_graph_has_commands(g) && !away) return true;
    if (limits_memory(g) || (away && cli->worker_memory)) tg_commands_group(w->session.services.commands);
    return tg_commands_prepare(w->session.services.commands, err);
}

static enum tg_exit run_graph(struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan,
                              struct tg_watching *watching, struct tg_recording *recording, tg_execute_use use, void *data,
                              struct tg_ended *outcome)
{
    struct tg_err err = {0};
    struct tg_run run;
    bool more = w->session.graph.finals.count > 0;
    uint64_t start = tg_clock_ns();
    struct tg_run_options how = run_options(cli, &w->session, tg_watching_begin(watching, true), outcome);
    how.known = &recording->unchanged.values;
    tg_start_run(&run, &w->session.graph, plan, &how);
    tg_watching_run(watching, &run);
    bool good = (!plan->count && !more) || may_begin(cli, w, plan, &err);
    outcome->ran = good;
    if (good && plan->count) good = execute(&run, watching, false, more, &err);
    else if (good && more) tg_signals_pause();
    else tg_signals_stop(); /* what follows may wait for the reader of its output */
    outcome->seconds = (double)(tg_clock_ns() - start) / 1e9;
    tg_watching_took(watching, &run, outcome->seconds);
    bool never = !outcome->ran && tg_signals_number(); /* it was ended before it could begin */
    enum tg_exit status = never ? ended_by(cli, tg_signals_number())
                                : finish_run(cli, &run, outcome, tg_signals_number(), &watching->took);
    const struct tg_again *again = w->session.services.again;
    bool refused = status == TG_EXIT_FAILED && again && tg_again_refused(again);
    bool lost = good && status == TG_EXIT_FAILED && !tg_elsewhere_is_up(&w->session.services, NULL);
    if (good && status <= TG_EXIT_FAILED) {
        enum tg_exit used = use(cli, w, &run, &watching->took, data, &err);
        if (used) status = used;
    }
    if (refused || lost) status = TG_EXIT_CANNOT;
    if (more) tg_outcome_take(outcome, &run, &err, &w->front.sources);
    tg_recording_over(recording, &run, status);
    if (never) tg_err_done(&err);
    else if (!good || err.code) status = tg_cmd_report(cli, &err);
    tg_watching_end(watching, status);
    tg_run_done(&run);
    return status;
}

/* ---- what is run behind it ----------------------------------------------------------------------- */

/* One block. All of what it does is tried: nothing is saved by stopping. */
static enum tg_exit run_final(struct tg_cli *cli, struct tg_workflow *w, tg_id final, struct tg_watching *watching,
                              struct tg_ended *outcome, tg_value known, bool more)
{
    struct tg_err err = {0};
    struct tg_plan plan;
    struct tg_run run;
    struct tg_run_options how = run_options(cli, &w->session, tg_watching_begin(watching, false), outcome);
    how.keep_going = true;
    how.fail_fast = NULL;
    tg_plan_final(&w->session.graph, final, &plan);
    tg_start_final(&run, &w->session.graph, &plan, &how, &outcome->remains, known);
    tg_watching_run(watching, &run);
    bool good = execute(&run, watching, true, more, &err);
    tg_watching_took(watching, &run, 0);
    outcome->again |= outcome->first && (run.failures.count || run.allowed_count || atomic_load(&watching->lines.any));
    enum tg_exit status = finish_run(cli, &run, outcome, 0, NULL); /* signals are told of behind all blocks */
    if (!good) status = tg_report_err(&cli->report, &err);
    tg_watching_end(watching, status);
    tg_run_done(&run);
    tg_plan_done(&plan);
    return status;
}

static enum tg_exit run_finals(struct tg_cli *cli, struct tg_workflow *w, struct tg_watching *watching,
                               struct tg_ended *outcome)
{
    const struct tg_graph *g = &w->session.graph;
    enum tg_exit status = outcome->status;
    tg_value known = tg_outcome_record(outcome);
    tg_commands_restart(w->session.services.commands);
    tg_pool_restart(w->session.services.executors);
    struct tg_again *again = w->session.services.again;
    w->session.services.again = NULL; /* what follows on a run has no part in its record */
    for (size_t i = 0; i < g->finals.count; i++) {
        enum tg_exit own = run_final(cli, w, g->finals.items[i], watching, outcome, known, i + 1 < g->finals.count);
        if (!status) status = own;
    }
    w->session.services.again = again;
    tg_value_unref(known);
    int number = tg_signals_number();
    return number && !outcome->number ? ended_by(cli, number) : status;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

/* With the files of the plan looked at. */
static enum tg_exit run_recorded(struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan,
                                 struct tg_recording *recording, struct tg_watching *watching, tg_execute_use use, void *data)
{
    struct tg_services *services = &w->session.services;
    struct tg_ended outcome = {.failed = tg_nil(), .permitted = tg_nil()};
    bool more = w->session.graph.finals.count > 0;
    struct tg_sharing sharing = {0};
    struct tg_sealing sealing = {0};
    if (plan->count || more) prepare_run(cli, &w->session, plan->grows || more, &sharing);
    if (services->executors) {
        tg_workflow_enter_code(&w->front.sources, &w->session.secrets);
        tg_sealing_begin(&sealing, services->executors, &w->session.graph);
        tg_workflow_leave_code();
    }
    if (cli->worker_memory && !services->executors && (plan->count || more)) warn_of_worker_memory(cli);
    struct tg_plan run = *plan; /* what it has is the caller's */
    tg_recording_begin(recording, w->settled, &run);
    outcome.status = run_graph(cli, w, &run, watching, recording, use, data, &outcome);
    outcome.number = tg_signals_number();
    enum tg_exit status = more && outcome.ran ? run_finals(cli, w, watching, &outcome) : outcome.status;
    const struct tg_graph *g = &w->session.graph;
    if (cli->worker_memory && services->executors && !g->away && !g->has_away) warn_of_worker_memory(cli);
    if (outcome.first && (outcome.again || cli->printed)) tg_failures_again(&cli->report, outcome.first);
    tg_watching_close(watching);
    tg_outcome_done(&outcome);
    tg_memory_watch(NULL);
    tg_sharing_end(&sharing, &w->session);
    tg_sealing_end(&sealing);
    tg_pool_free(services->executors);
    services->executors = NULL;
    tg_commands_free(services->commands);
    services->commands = NULL;
    tg_resources_done(&cli->offered);
    return status;
}

enum tg_exit tg_execute(struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan, struct tg_sink *sink,
                        tg_execute_use use, void *data)
{
    struct tg_recording recording;
    struct tg_watching watching = {0};
    struct tg_err err = {0};
    tg_recording_open(&recording, cli, w, plan, !sink);
    const struct tg_plan *rest = tg_recording_rest(&recording, plan);
    enum tg_exit status = tg_workflow_preflight(w, cli, rest, true);
    if (!status && !tg_watching_open(&watching, cli, w, sink, &err)) status = tg_cmd_report(cli, &err);
    else if (!status) status = run_recorded(cli, w, rest, &recording, &watching, use, data);
    tg_recording_end(&recording);
    tg_watching_leave(&watching);
    return status;
}
