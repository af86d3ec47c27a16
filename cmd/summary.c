/* SPDX-License-Identifier: MIT
 * The summary of a run, and what is said of a workflow that does nothing.
 *
 * Tasks are those that the author has called; what the language adds is counted apart (engine/run/census.h). Where outputs
 * are printed they say enough; a workflow of commands alone would end without a word. */
#include "cmd/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/store/again.h"
#include "lang/bind/callee.h"
#include "lang/bind/module.h"

#define LONG_RUN_S 1.0 /* from here on people wonder where the time went */
#define NAMES_SHOWN 6  /* of tasks in a summary, of those that could be called in a hint */

const char *const tg_summary_words[] = {"auto", "always", "never", NULL}; /* enum tg_summary_when */

/* ---- what was done ------------------------------------------------------------------------------- */

/* ": 2 build, 1 test" */
static void add_done_names(struct tg_buf *b, const struct tg_census *count)
{
    tg_id others = count->tasks.done;
    const char *between = ": ";
    for (size_t i = 0; i < count->called.count && count->called.items[i].done; i++) {
        const struct tg_census_of *called = &count->called.items[i];
        if (i == NAMES_SHOWN) {
            tg_buf_format(b, "%s%u other%s", between, others, others == 1 ? "" : "s");
            break;
        }
        tg_buf_format(b, "%s%u %s", between, called->done, called->def->name);
        others -= called->done;
        between = ", ";
    }
}

uint64_t tg_summary_fresh(const struct tg_run *run)
{
    const struct tg_services *services = run->options.services;
    return services && services->again ? tg_again_fresh(services->again) : 0;
}

/* Some of these did not even ask, and are no tasks of the run. */
static uint64_t count_fresh_done(const struct tg_run *run)
{
    uint64_t fresh = tg_summary_fresh(run);
    return fresh ? fresh - tg_again_how(run->options.services->again)->known : 0;
}

uint64_t tg_summary_done(const struct tg_run *run, const struct tg_census *count)
{
    uint64_t fresh = count_fresh_done(run);
    return count->tasks.done > fresh ? count->tasks.done - fresh : 0;
}

void tg_summary_text(struct tg_buf *b, const struct tg_run *run, const struct tg_census *count, double seconds, bool verbose)
{
    unsigned workers = atomic_load_explicit(&run->worker_count, memory_order_acquire);
    uint64_t fresh = tg_summary_fresh(run), done = tg_summary_done(run, count);
    tg_buf_format(b, "%" PRIu64 " task%s done", done, done == 1 ? "" : "s");
    if (verbose && count->helpers.done)
        tg_buf_format(b, " (and %u helper%s)", count->helpers.done, count->helpers.done == 1 ? "" : "s");
    size_t before = b->length;
    if (fresh) tg_buf_format(b, ", %" PRIu64 " up to date", fresh);
    if (count->tasks.unneeded) tg_buf_format(b, ", %u not needed", count->tasks.unneeded);
    if (run->caught_count) tg_buf_format(b, ", %u caught", run->caught_count);
    if (run->retried_count) tg_buf_format(b, ", %u more attempt%s", run->retried_count, run->retried_count == 1 ? "" : "s");
    if (run->allowed_count) tg_buf_format(b, ", %u allowed", run->allowed_count);
    if (b->length > before) tg_buf_char(b, ',');
    tg_buf_text(b, " in ");
    if (verbose)
        tg_buf_format(b, "%.3f s, scheduler %s, %u worker%s", seconds, run->options.sched->name, workers,
                      workers == 1 ? "" : "s");
    else tg_took_duration(b, seconds);
    if (!fresh) add_done_names(b, count);
}

static bool has_outputs(const struct tg_plan *plan)
{
    for (size_t i = 0; i < plan->graph->wanted.count; i++)
        if (plan->graph->wanted.items[i].name && tg_bits_get(plan->selected, i)) return true;
    return false;
}

bool tg_summary_is_wanted(const struct tg_cli *cli, double seconds)
{
    if (cli->summary != TG_SUMMARY_AUTO) return cli->summary == TG_SUMMARY_ALWAYS;
    return !cli->quiet && seconds >= LONG_RUN_S;
}

void tg_summary_sum(struct tg_buf *b, const struct tg_took *took)
{
    tg_buf_text(b, " in ");
    tg_took_duration(b, took->seconds);
    tg_took_line(b, took);
}

/* Everything was up to date: that is said whatever is printed beside it. */
static bool nothing_was_done(const struct tg_run *run, const struct tg_census *count)
{
    uint64_t fresh = tg_summary_fresh(run);
    return fresh && count->tasks.done == count_fresh_done(run) && !run->failures.count && !run->allowed_count;
}

static void say_nothing_was_done(const struct tg_cli *cli, uint64_t fresh)
{
    tg_report_line(&cli->report, "nothing to do: %" PRIu64 " command%s up to date", fresh, fresh == 1 ? " is" : "s are");
}

void tg_summary(struct tg_cli *cli, const struct tg_run *run, const struct tg_took *took)
{
    bool told = run->failures.count || run->allowed_count; /* with the failures */
    bool silent = run->plan->count && !told && !has_outputs(run->plan);
    bool wanted = tg_summary_is_wanted(cli, took->seconds) && !told;
    uint64_t fresh = cli->quiet ? 0 : tg_summary_fresh(run);
    if (!cli->verbose && !wanted && !fresh && (cli->quiet || !silent)) return;
    struct tg_census count;
    struct tg_buf b = {0};
    tg_census_run(run, &count);
    bool nothing = fresh && nothing_was_done(run, &count);
    tg_summary_text(&b, run, &count, took->seconds, cli->verbose);
    if (cli->verbose) tg_took_table(&b, took, cli->report.sources);
    else if (wanted) tg_took_line(&b, took);
    if (nothing) say_nothing_was_done(cli, fresh);
    if (cli->verbose || (!nothing && (wanted || silent))) tg_report_line(&cli->report, "%s", b.data);
    tg_census_done(&count);
    tg_buf_done(&b);
}

/* ---- nothing ------------------------------------------------------------------------------------- */

/* The last variable of the file that holds the result of a task; NULL: none does. */
static const char *find_result(const struct tg_workflow *w)
{
    const struct tg_module *m = w->front.program.modules.items[0];
    for (size_t slot = m->variables.count; m->globals && slot-- > 0;)
        if (tg_future_in(m->globals[slot])) return tg_program_name(&w->front.program, m->variables.items[slot]);
    return NULL;
}

/* "build, test" of the file: what could be called. */
static void add_callable_names(struct tg_buf *b, const struct tg_program *p)
{
    const char *between = "";
    for (size_t i = 0, shown = 0; i < p->declared.count; i++) {
        const struct tg_declared *d = &p->declared.items[i];
        if (d->kind != TG_DECL_TASK && d->kind != TG_DECL_FUNCTION) continue;
        if (shown++ == NAMES_SHOWN) {
            tg_buf_text(b, ", ...");
            break;
        }
        tg_buf_format(b, "%s'%s'", between, d->name);
        between = ", ";
    }
}

/* Of tasks that were called though nobody needs them. */
static void explain_unused(struct tg_err *err, const struct tg_workflow *w)
{
    const char *result = find_result(w);
    tg_id count = w->session.graph.count;
    tg_err_set(err, TG_EXIT_USAGE, "nothing to run: no output needs %s",
               count == 1 ? "the task that is called" : "the tasks that are called");
    tg_err_hint(err, "A task without effects runs only if an output needs its result: `output %s`.",
                result ? result : "NAME = EXPR");
}

/* The first task that `tgrun FILE NAME` runs though nothing calls it; NULL: each needs arguments. */
static const char *find_nameable(const struct tg_program *p)
{
    const struct tg_module *m = p->modules.items[0];
    for (size_t i = 0; i < m->commands.count; i++)
        if (tg_callee_of_def(&m->commands.items[i]->def).required == 0) return m->commands.items[i]->def.name;
    return NULL;
}

static void explain_definitions(struct tg_err *err, const struct tg_workflow *w)
{
    struct tg_buf names = {0};
    add_callable_names(&names, &w->front.program);
    tg_err_set(err, TG_EXIT_USAGE, "nothing to run: the file has no output and calls no task");
    const char *nameable = find_nameable(&w->front.program);
    if (nameable)
        tg_err_hint(err, "It only defines %s: name a task, as in `tgrun FILE %s`, or call it, as in `output NAME = ..`.",
                    names.data, nameable);
    else if (names.length) tg_err_hint(err, "It only defines %s: call it, as in `output NAME = ..`.", names.data);
    else tg_err_hint(err, "What a run is for is written `output NAME = EXPR`.");
    tg_buf_done(&names);
}

void tg_summary_nothing(struct tg_cli *cli, const struct tg_workflow *w, const struct tg_plan *plan)
{
    struct tg_err err = {0};
    if (cli->quiet || plan->count || plan->graph->finals.count || has_outputs(plan)) return;
    (w->session.graph.count ? explain_unused : explain_definitions)(&err, w);
    tg_report_warning(&cli->report, &err);
    tg_err_done(&err);
}
