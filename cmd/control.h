/* SPDX-License-Identifier: MIT
 * A run that can be asked from elsewhere where it stands, and told to end or to go on with another number of workers: `tgrun
 * status`, `stop` and `scale`. Who asks sends a line and gets one back, a JSON object (inquiry.h says which).
 *
 * A thread of its own looks at the run, which does nothing for it and never waits for it. It begins to when most runs are over.
 * Thread class: owner (the main thread). */
#ifndef TG_CMD_CONTROL_H
#define TG_CMD_CONTROL_H

#include <pthread.h>

#include "cmd/inquiry.h"
#include "cmd/meet.h"

struct tg_control {
    struct tg_inquiry_of of;  /* immutable while the thread runs */
    bool verbose;             /* say so if there is no socket */
    _Atomic bool over;        /* atomic: the run is */
    int wake_fd;              /* readable when it is */
    struct tg_meet_door door; /* the thread's, once it is there */
    pthread_t thread;
    bool started;
};

/* The run is about to begin. What is not to be had is done without. */
void tg_control_begin(struct tg_control *c, const struct tg_inquiry_of *of, bool verbose);
/* It is over. */
void tg_control_end(struct tg_control *c);

#endif
