/* SPDX-License-Identifier: MIT
 * The process of a driver: a program that speaks frames (frames.h) on its standard input and output. Thread class: owner. */
#ifndef TG_REMOTE_DRIVER_H
#define TG_REMOTE_DRIVER_H

#include <sys/types.h>

#include "engine/base/err.h"
#include "engine/command/guard.h"

struct tg_driver {
    pid_t pid;               /* 0: there is none */
    int pidfd;               /* -1: the kernel has none, or there is no process */
    int in, out;             /* what it says, and what it is told; -1: none */
    struct tg_running entry; /* of its own: requests to end are not passed on to it, since what follows on a run may need it */
};

/* The driver for the text of a cluster: "exec", which is in tgrun itself, or the NAME of tgrun-driver-NAME; *rest: what it is told. NULL
 * and err: the text is none. In a buffer that the next call in this thread changes. */
const char *tg_driver_name(const char *text, const char **rest, struct tg_err *err);

/* Starts it. program: of tgrun. False and err if it cannot be had. */
bool tg_driver_start(struct tg_driver *d, const char *text, const char *program, struct tg_err *err);
/* Ends it: one that does not end by itself within that time is killed, with its session. How, as waitpid tells it. */
int tg_driver_end(struct tg_driver *d, uint64_t grace_ns);

#endif
