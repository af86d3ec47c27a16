/* SPDX-License-Identifier: MIT
 * The dashboard of a run: a page that browsers on this machine (or others, where it is told to listen there) show while the run goes on. A
 * sink keeps what happens (engine/watch/story.h), and a thread of its own answers from that, and looks at the run a few times a
 * second. Nothing of the run waits for it. Thread class: owner (the main thread). */
#ifndef TG_CMD_DASHBOARD_H
#define TG_CMD_DASHBOARD_H

#include "cmd/cmd.h"
#include "cmd/dashboardaddress.h"
#include "cmd/inquiry.h"
#include "engine/watch/eventfile.h"

#define TG_OPTIONS_DASHBOARD                                                                                 \
    {.name = "dashboard",                                                                                    \
     .kind = TG_OPT_TEXT,                                                                                    \
     .value = "ADDR:PORT",                                                                                   \
     .alone = TG_DASHBOARDADDRESS_DEFAULT,                                                                   \
     .check = tg_dashboardaddress_check,                                                                     \
     .help = "show the run on a web page, of this machine unless ADDR says more",                            \
     .offset = TG_AT(dashboard),                                                                             \
     .env = true},                                                                                           \
        {.name = "dashboard-control",                                                                        \
         .kind = TG_OPT_FLAG,                                                                                \
         .help = "let that page pause, scale and stop the run",                                              \
         .offset = TG_AT(dashboard_control),                                                                 \
         .env = true},                                                                                       \
    {                                                                                                        \
        .name = "dashboard-wait", .kind = TG_OPT_FLAG, .help = "keep it when the run is over, until Ctrl-C", \
        .offset = TG_AT(dashboard_wait), .env = true                                                         \
    }

struct tg_dashboard;

/* As the options say; *d NULL: there is to be none. It listens from now on, and its link has been printed. False and err if it cannot.
 * place: where a task was called, as in describe.h. */
bool tg_dashboard_open(struct tg_dashboard **d, struct tg_cli *cli, const struct tg_workflow *w, tg_place_fn place,
                       void *place_data, struct tg_err *err);
/* What is to be told of a run. */
struct tg_sink *tg_dashboard_sink(struct tg_dashboard *d);

/* -- of each run; all are fine with NULL */
/* It is prepared. */
void tg_dashboard_prepare(struct tg_dashboard *d, const struct tg_run *run, const char *workflow);
/* It is about to begin, with signals taken care of; with the first one begins the thread. */
void tg_dashboard_begin(struct tg_dashboard *d, const struct tg_inquiry_of *of);
/* Its tasks have ended: it is not touched any more. */
void tg_dashboard_rest(struct tg_dashboard *d);
/* It is over, with this status; the numbers are those of the end of events. Before its events are freed. */
void tg_dashboard_end(struct tg_dashboard *d, int status, const struct tg_eventfile_number *numbers, size_t count);

/* All has ended, and is told. Stays until Ctrl-C if that was asked for and no signal has ended the run, else a moment
 * for a page that looks; then it is gone. */
void tg_dashboard_close(struct tg_dashboard *d);

#endif
