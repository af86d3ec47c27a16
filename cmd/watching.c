/* SPDX-License-Identifier: MIT
 * Sinks: opened once, and told of each run. */
#include "cmd/watching.h"

#include <string.h>

#include "cmd/reportfile.h"
#include "cmd/screen.h"
#include "cmd/summary.h"
#include "cmd/term.h"

/* Where a task was called, for tg_place_fn; data: the sources. */
static void add_site_place(void *data, tg_span span, struct tg_buf *b)
{
    struct tg_place place;
    if (tg_sources_place(data, span, &place)) tg_buf_format(b, "%s:%u:%u", place.source->name, place.line, place.column);
}

/* What an option names can be written to, and is not needed any more. */
static bool may_be_written(const char *option, const char *name, const struct tg_sources *read, struct tg_err *err)
{
    if (!name || strcmp(name, "-") != 0) return !name || tg_file_spares(name, read, err);
    tg_err_set(err, TG_EXIT_USAGE, "option '%s' needs a file: standard output is for outputs", option);
    return false;
}

/* On the command line an option of the dashboard means nothing without it. */
static bool has_its_dashboard(const struct tg_cli *cli, const char *option, bool set, size_t offset, struct tg_err *err)
{
    if (!set || cli->dashboard || !tg_cmd_says(cli, offset)) return true;
    return tg_err_set(err, TG_EXIT_USAGE, "option '--%s' needs '--dashboard'", option);
}

/* The same of what is written as a whole. */
static bool may_be_file(const char *option, const char *name, const struct tg_sources *read, struct tg_err *err)
{
    if (!may_be_written(option, name, read, err)) return false;
    if (!name || !tg_outlet_is_open(name)) return true;
    return tg_err_set(err, TG_EXIT_USAGE, "option '%s' needs a file, such as '/dev/fd/%s'", option, name + strlen("fd:"));
}

static bool check_watching(const struct tg_cli *cli, const struct tg_sources *sources, struct tg_err *err)
{
    if (!has_its_dashboard(cli, "dashboard-control", cli->dashboard_control, TG_AT(dashboard_control), err)) return false;
    if (!has_its_dashboard(cli, "dashboard-wait", cli->dashboard_wait, TG_AT(dashboard_wait), err)) return false;
    return may_be_written("--events", cli->events, sources, err) && may_be_file("--trace", cli->trace, sources, err) &&
           may_be_file("--report", cli->report_file, sources, err) && (!cli->report_file || tg_reportfile_can(err));
}

static bool open_trace(struct tg_watching *t, tg_place_fn place, void *sources, struct tg_err *err)
{
    if (t->has_file && tg_file_same(t->cli->trace, t->cli->events))
        return tg_err_set(err, TG_EXIT_USAGE, "the events and the trace cannot be the same file, '%s'", t->cli->trace);
    t->has_trace = tg_file_start(&t->trace, t->cli->trace, err);
    if (t->has_trace) tg_tracesink_open(&t->traced, t->trace.path, t->trace.fd, place, sources);
    return t->has_trace;
}

static void drop_events(struct tg_watching *t)
{
    struct tg_err err = {0};
    uint64_t dropped;
    tg_eventfile_close(&t->file, &dropped, &err);
    tg_err_done(&err);
}

/* Nothing of it has been written. */
static void drop_trace(struct tg_watching *t)
{
    struct tg_err err = {0};
    tg_tracesink_close(&t->traced, &err);
    tg_err_done(&err);
    tg_file_drop(&t->trace);
}

static bool are_same(const char *a, const char *b)
{
    return a && b && (strcmp(a, b) == 0 || tg_file_same(a, b));
}

static bool open_report(struct tg_watching *t, const struct tg_graph *graph, struct tg_sources *sources, struct tg_err *err)
{
    const char *name = t->cli->report_file;
    if (are_same(name, t->cli->events) || are_same(name, t->cli->trace))
        return tg_err_set(err, TG_EXIT_USAGE, "the report cannot be the same file as the events or the trace, '%s'", name);
    t->has_report = tg_file_start(&t->report, name, err);
    if (!t->has_report) return false;
    tg_storysink_open(&t->story, TG_SINK_LOSSLESS, &t->session->secrets, add_site_place, sources);
    tg_storysource_init(&t->story_source, graph, sources, &t->story.story);
    return true;
}

static void drop_report(struct tg_watching *t)
{
    tg_file_drop(&t->report);
    tg_storysink_close(&t->story);
    tg_storysource_done(&t->story_source);
}

bool tg_watching_open(struct tg_watching *t, struct tg_cli *cli, struct tg_workflow *w, struct tg_sink *own, struct tg_err *err)
{
    struct tg_sources *sources = &w->front.sources;
    *t = (struct tg_watching){.cli = cli, .session = &w->session, .program = &w->front.program, .own = own};
    t->workflow = sources->files.items[0]->name;
    if (!check_watching(cli, sources, err)) return false;
    if (cli->events && !(t->has_file = tg_eventfile_open(&t->file, cli->events, add_site_place, sources, err))) return false;
    bool good = (!cli->trace || open_trace(t, add_site_place, sources, err)) &&
                (!cli->report_file || open_report(t, &w->session.graph, sources, err)) &&
                tg_dashboard_open(&t->dashboard, cli, w, add_site_place, sources, err);
    if (!good && t->has_report) drop_report(t);
    if (!good && t->has_trace) drop_trace(t);
    if (!good && t->has_file) drop_events(t);
    return good;
}

struct tg_events *tg_watching_begin(struct tg_watching *t, bool main)
{
    size_t count = 0;
    tg_lines_init(&t->lines, tg_screen_log);
    t->sinks[count++] = &t->lines.sink;
    if (t->own && main) t->sinks[count++] = t->own;
    if (t->has_file && !t->file.sink.broken) t->sinks[count++] = &t->file.sink;
    if (t->has_trace && !t->traced.sink.broken) t->sinks[count++] = &t->traced.sink;
    if (t->has_report) t->sinks[count++] = &t->story.sink;
    t->accounts = (t->cli->verbose && main) || t->has_file;
    if (t->dashboard) t->sinks[count++] = tg_dashboard_sink(t->dashboard);
    if (t->accounts) {
        tg_account_init(&t->account);
        t->sinks[count++] = &t->account.sink;
    }
    t->events = tg_events_new(t->sinks, count);
    t->session->services.log = tg_events_text;
    t->session->services.log_data = t->events;
    return t->events;
}

void tg_watching_run(struct tg_watching *t, const struct tg_run *run)
{
    if (t->has_file) tg_eventfile_begin(&t->file, run, t->workflow);
    if (t->has_trace) tg_tracesink_begin(&t->traced, run, t->workflow);
    tg_dashboard_prepare(t->dashboard, run, t->workflow);
    if (t->has_report) tg_storysink_begin(&t->story, run, t->workflow);
    if (t->accounts) tg_account_begin(&t->account, run);
}

void tg_watching_took(struct tg_watching *t, const struct tg_run *run, double seconds)
{
    bool told = t->accounts || t->has_trace || t->has_report || t->dashboard || tg_summary_is_wanted(t->cli, seconds);
    t->took = (struct tg_took){.seconds = seconds};
    t->number_count = 0;
    if (t->accounts) tg_account_end(&t->account);
    if (!told) return; /* to read /proc takes longer than many a run */
    tg_took_find(&t->took, run, seconds, &t->progress, t->accounts ? &t->account : NULL);
    t->number_count = tg_took_numbers(&t->took, run, t->numbers);
}

void tg_watching_end(struct tg_watching *t, int status)
{
    if (t->has_file) tg_eventfile_end(&t->file, status, t->numbers, t->number_count);
    tg_dashboard_end(t->dashboard, status, t->numbers, t->number_count);
    if (t->has_report) tg_storysink_end(&t->story, status, t->numbers, t->number_count, true);
    t->session->services.log = tg_host_log;
    tg_events_free(t->events);
    if (t->accounts) tg_account_done(&t->account);
    t->events = NULL;
}

/* A sink that could not go on has lost what came after. */
static void report_broken(const struct tg_watching *t, const char *name, struct tg_sink *sink)
{
    if (!sink->broken) return;
    tg_report_line(&t->cli->report, "warning: %s ends early: %s", name, sink->err.message);
    tg_err_done(&sink->err);
}

static void close_events(struct tg_watching *t)
{
    struct tg_err err = {0};
    uint64_t dropped;
    bool good = tg_eventfile_close(&t->file, &dropped, &err), broken = t->file.sink.broken;
    report_broken(t, "the file of events", &t->file.sink);
    if (!good && !broken) tg_report_line(&t->cli->report, "warning: %s", err.message);
    if (dropped && !broken)
        tg_report_line(&t->cli->report, "warning: %llu events are missing in '%s': nobody has read them in time",
                       (unsigned long long)dropped, t->cli->events);
    tg_err_done(&err);
}

static void close_trace(struct tg_watching *t)
{
    struct tg_err err = {0};
    bool good = tg_tracesink_close(&t->traced, &err);
    tg_err_done(&t->traced.sink.err);
    if (good) good = tg_file_keep(&t->trace, &err);
    else tg_file_drop(&t->trace);
    if (!good) tg_report_line(&t->cli->report, "warning: there is no trace: %s", err.message);
    tg_err_done(&err);
}

static void close_report(struct tg_watching *t)
{
    struct tg_err err = {0};
    bool ran = t->story.tell.part || tg_err_set(&err, TG_EXIT_CANNOT, "nothing has run");
    if (!ran) tg_file_drop(&t->report);
    if (!ran || !tg_reportfile_write(&t->story.story, &t->report, &err))
        tg_report_line(&t->cli->report, "warning: there is no report: %s", err.message);
    tg_storysink_close(&t->story);
    tg_storysource_done(&t->story_source);
    tg_err_done(&err);
}

void tg_watching_close(struct tg_watching *t)
{
    if (t->own) report_broken(t, t->own->name, t->own);
    if (t->has_file) close_events(t);
    if (t->has_trace) close_trace(t);
    if (t->has_report) close_report(t);
}

void tg_watching_leave(struct tg_watching *t)
{
    tg_dashboard_close(t->dashboard);
    t->dashboard = NULL;
}
