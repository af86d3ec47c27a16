/* SPDX-License-Identifier: MIT
 * A thread while it runs tasks: which worker it is, a stack for handlers of signals, so that the overflow of its own can be
 * told, and what happens when a task ends the thread or lets a copy of the process come back. Thread class: owner. */
#ifndef TG_RUN_SEAT_H
#define TG_RUN_SEAT_H

#include <signal.h>
#include <sys/types.h>

#include "engine/run/worker.h"

/* Enough for the registers that the kernel saves, and for some words. */
#define TG_SEAT_STACK_BYTES (32 << 10)

/* The worker that the calling thread is; NULL: none. */
extern __thread struct tg_worker *tg_seat_worker;

/* The task that the calling thread evaluates at once (lang/eval/now.c), in a run or before one; NULL: none. */
struct tg_seat_call {
    const struct tg_def *def;
    tg_span span;
};
extern __thread const struct tg_seat_call *tg_seat_call;

/* Before a thread is started that runs tasks: all signals are left to the threads that were there before, but for those that a
 * fault in a task raises. */
void tg_seat_block_signals(sigset_t *before);
/* Calls the function as this worker, in this process. The worker is looked at only if a task ends the thread, or comes back in
 * a copy of the process: else it may be gone, before and after. */
void tg_seat_take(struct tg_worker *w, pid_t process, void (*body)(void *data), void *data);

#endif
