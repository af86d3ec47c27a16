/* SPDX-License-Identifier: MIT
 * A thread while it runs tasks: which worker it is, a stack for handlers of signals, so that the overflow of its own can be
 * told, and what happens when a task ends the thread or lets a copy of the process come back. Thread class: owner. */
#ifndef TG_RUN_SEAT_H
#define TG_RUN_SEAT_H

#include <signal.h>
#include <sys/types.h>

#include "engine/run/worker.h"

/* The worker that the calling thread is; NULL: none. */
extern __thread struct tg_worker *tg_seat_worker;

/* A task that is being run, for last words. All is borrowed. */
struct tg_seat_call {
    const struct tg_def *def;
    tg_span span;
    const struct tg_site *site; /* NULL: it is evaluated at once, and has none */
    const tg_value *args;
    size_t count;
};
/* The one that the calling thread evaluates at once (lang/eval/now.c), in a run or before one, or runs beside a worker
 * (apart.h); NULL: none. */
extern __thread const struct tg_seat_call *tg_seat_call;

/* What the calling thread runs, in that run or (NULL) in none; false: nothing. Any thread, signal handlers too. */
bool tg_seat_find(const struct tg_run *run, struct tg_seat_call *out);

/* Before a thread is started that runs tasks: all signals are left to the threads that were there before, but for those that a
 * fault in a task raises. */
void tg_seat_block_signals(sigset_t *before);
/* Calls the function as this worker, in this process. The worker is looked at only if a task ends the thread, or comes back in
 * a copy of the process: else it may be gone, before and after. */
void tg_seat_take(struct tg_worker *w, pid_t process, void (*body)(void *data), void *data);

#endif
