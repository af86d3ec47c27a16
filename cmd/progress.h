/* SPDX-License-Identifier: MIT
 * How far a run is, for who sits before it: a bar on a terminal (screen.h), lines elsewhere. A thread of its own looks at the run ten
 * times a second (engine/watch/standing.h); without it, it costs nothing. Thread class: owner (the main thread). */
#ifndef TG_CMD_PROGRESS_H
#define TG_CMD_PROGRESS_H

#include <pthread.h>

#include "cmd/cmd.h"
#include "engine/watch/standing.h"

/* TG_PROGRESS_AUTO: a bar on a terminal that can draw one, else lines; nothing with --quiet. */
enum tg_progress_mode { TG_PROGRESS_AUTO, TG_PROGRESS_BAR, TG_PROGRESS_LINES, TG_PROGRESS_NONE };
extern const char *const tg_progress_words[];

#define TG_OPTION_PROGRESS                                                                            \
    {                                                                                                 \
        .name = "progress", .kind = TG_OPT_CHOICE, .value = "HOW", .choices = tg_progress_words,      \
        .help = "show how far it is: a bar on a terminal, a line now and then elsewhere, or nothing", \
        .offset = TG_AT(progress), .env = true, .harmless = true                                      \
    }

/* Definitions whose tasks took the most time of workers, as far as it was seen. */
#define TG_PROGRESS_SLOWEST 3
struct tg_progress_slow {
    const struct tg_def *def;
    uint64_t ns;
};

struct tg_progress {
    enum tg_progress_mode mode;
    /* after tg_progress_end, the slowest first */
    struct tg_progress_slow slowest[TG_PROGRESS_SLOWEST];
    size_t slowest_count;
    uint64_t busy_ns; /* of all */

    bool color;
    const struct tg_run *run;
    pthread_t thread;
    bool started, looks;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    bool ending;
};

/* Shows the run, which is about to begin, as the command line says, and looks at it even if nothing is shown, unless nothing is to be
 * said afterwards. Where no thread is to be had nothing is shown. */
void tg_progress_begin(struct tg_progress *p, const struct tg_cli *cli, const struct tg_run *run);
/* It is over: what was drawn goes. */
void tg_progress_end(struct tg_progress *p);

/* -- what is shown; s: as the last look found it */

/* The lines of a bar, each with its end: none wider than columns - 1, and fewer than rows. */
void tg_progress_bar(struct tg_buf *b, const struct tg_standing *s, unsigned columns, unsigned rows, bool color);
/* One line, with its end. */
void tg_progress_line(struct tg_buf *b, const struct tg_standing *s);

#endif
