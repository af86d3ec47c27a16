/* SPDX-License-Identifier: MIT
 * All that looks at the runs of one workflow, as the command line says. Thread class: owner (the main thread). */
#ifndef TG_CMD_WATCHING_H
#define TG_CMD_WATCHING_H

#include "cmd/cmd.h"
#include "cmd/control.h"
#include "cmd/dashboard.h"
#include "cmd/file.h"
#include "cmd/storysource.h"
#include "cmd/took.h"
#include "engine/watch/lines.h"
#include "engine/watch/storysink.h"
#include "engine/watch/tracesink.h"

#define TG_OPTION_EVENTS                                                                                                       \
    {                                                                                                                          \
        .group = "Looking", .name = "events", .kind = TG_OPT_TEXT, .value = "FILE",                                            \
        .help = "write what happens, one JSON object a line, to a file or an open descriptor (fd:3)", .offset = TG_AT(events), \
        .env = true                                                                                                            \
    }

#define TG_OPTION_TRACE                                                                                              \
    {                                                                                                                \
        .name = "trace", .kind = TG_OPT_TEXT, .value = "FILE", .help = "write a trace for Perfetto when it is over", \
        .offset = TG_AT(trace), .env = true, .complete = TG_COMPLETE_FILE                                            \
    }

#define TG_OPTION_REPORT                                                                                              \
    {                                                                                                                 \
        .name = "report", .kind = TG_OPT_TEXT, .value = "FILE", .help = "write a page for a browser when it is over", \
        .offset = TG_AT(report_file), .env = true, .complete = TG_COMPLETE_FILE                                       \
    }

/* Sinks at most: lines, the caller's own, the event file, the trace, the report, the account, the dashboard. */
#define TG_WATCHING_SINKS 7

struct tg_watching {
    struct tg_cli *cli;
    struct tg_session *session;
    const struct tg_program *program;
    const char *workflow;
    struct tg_sink *own; /* of the verb; the run of the graph alone is told to it; NULL: none */
    struct tg_lines lines;
    struct tg_progress progress; /* while tasks run */
    struct tg_control control;   /* likewise */
    struct tg_account account;   /* of the run that is going on */
    bool accounts;               /* somebody wants it */
    struct tg_took took;         /* after tg_watching_took, as what follows */
    struct tg_eventfile_number numbers[TG_TOOK_NUMBERS];
    size_t number_count;
    struct tg_eventfile file;
    struct tg_tracesink traced;
    bool has_file, has_trace, has_report;
    struct tg_new_file trace, report;
    struct tg_storysink story; /* of the report */
    struct tg_storysource story_source;
    struct tg_dashboard *dashboard;           /* NULL: there is none */
    struct tg_sink *sinks[TG_WATCHING_SINKS]; /* of the run that is going on */
    struct tg_events *events;
};

/* Opens what is asked for. False and err, and nothing is open, if it is not to be had. own: a sink of the verb, or NULL. */
bool tg_watching_open(struct tg_watching *t, struct tg_cli *cli, struct tg_workflow *w, struct tg_sink *own,
                      struct tg_err *err);
/* Before a run is prepared: its events, for its options. `main`: it is that of the graph. */
struct tg_events *tg_watching_begin(struct tg_watching *t, bool main);
/* It is prepared. */
void tg_watching_run(struct tg_watching *t, const struct tg_run *run);
/* Its tasks have ended: t->took is known, for that many seconds; no more of it than these where nobody is to be told. */
void tg_watching_took(struct tg_watching *t, const struct tg_run *run, double seconds);
/* It is over, with this status, and about to go. */
void tg_watching_end(struct tg_watching *t, int status);
/* Ends all but the dashboard, and says what was lost. */
void tg_watching_close(struct tg_watching *t);
/* All has ended, and nothing is held any more that others wait for: ends the dashboard, which may be when the user says
 * so. Nothing if none was opened. */
void tg_watching_leave(struct tg_watching *t);

#endif
