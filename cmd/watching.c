/* SPDX-License-Identifier: MIT
 * Sinks: opened once, and told of each run. */
#include "cmd/watching.h"

#include <string.h>

#include "cmd/term.h"

/* Where a task was called, for tg_place_fn; data: the sources. */
static void add_place(void *data, tg_span span, struct tg_buf *b)
{
    struct tg_place place;
    if (tg_sources_place(data, span, &place)) tg_buf_format(b, "%s:%u:%u", place.source->name, place.line, place.column);
}

bool tg_watching_open(struct tg_watching *t, struct tg_cli *cli, struct tg_workflow *w, struct tg_sink *own, struct tg_err *err)
{
    *t = (struct tg_watching){
        .cli = cli, .session = &w->session, .workflow = w->front.sources.files.items[0]->name, .own = own};
    if (!cli->events) return true;
    return t->has_file = tg_eventfile_open(&t->file, cli->events, add_place, &w->front.sources, err);
}

struct tg_events *tg_watching_begin(struct tg_watching *t, bool main)
{
    size_t count = 0;
    tg_lines_init(&t->lines);
    t->sinks[count++] = &t->lines.sink;
    if (t->own && main) t->sinks[count++] = t->own;
    if (t->has_file && !t->file.sink.broken) t->sinks[count++] = &t->file.sink;
    t->events = tg_events_new(t->sinks, count);
    t->session->services.log = tg_events_text;
    t->session->services.log_data = t->events;
    return t->events;
}

void tg_watching_run(struct tg_watching *t, const struct tg_run *run)
{
    if (t->has_file) tg_eventfile_begin(&t->file, run, t->workflow);
}

void tg_watching_end(struct tg_watching *t, int status)
{
    if (t->has_file) tg_eventfile_end(&t->file, status);
    t->session->services.log = tg_host_log;
    tg_events_free(t->events);
    t->events = NULL;
}

/* A sink that could not go on has lost what came after. */
static void report_broken(const struct tg_watching *t, struct tg_sink *sink)
{
    if (!sink->broken) return;
    tg_report_line(&t->cli->report, "warning: %s ends early: %s", sink->name, sink->err.message);
    tg_err_done(&sink->err);
}

static void close_file(struct tg_watching *t)
{
    struct tg_err err = {0};
    uint64_t dropped;
    bool good = tg_eventfile_close(&t->file, &dropped, &err);
    report_broken(t, &t->file.sink);
    if (!good && !t->file.sink.broken) tg_report_line(&t->cli->report, "warning: %s", err.message);
    if (dropped && !t->file.sink.broken)
        tg_report_line(&t->cli->report, "warning: %llu events are missing in '%s': nobody has read them in time",
                       (unsigned long long)dropped, t->cli->events);
    tg_err_done(&err);
}

void tg_watching_close(struct tg_watching *t)
{
    if (t->own) report_broken(t, t->own);
    if (t->has_file) close_file(t);
}
