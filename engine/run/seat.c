/* SPDX-License-Identifier: MIT
 * A thread while it runs tasks.
 *
 * The stack for handlers lies at the far end of the thread's own: an overflow grows away from it. Sanitizers set up one of
 * theirs, and would free ours. */
#include "engine/run/seat.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/compiler.h"

__thread struct tg_worker *tg_seat_worker;

static void lose(struct tg_worker *w, bool forked)
{
    if (w->run->options.lost) w->run->options.lost(w, forked);
    abort();
}

/* Runs when a task calls pthread_exit, or the thread is cancelled. */
static void leave_seat(void *worker)
{
    lose(worker, false);
}

static __attribute__((noinline)) void sit(struct tg_worker *w, pid_t process, void (*body)(void *data), void *data)
{
    tg_seat_worker = w;
    pthread_cleanup_push(leave_seat, w);
    body(data);
    pthread_cleanup_pop(0);
    tg_seat_worker = NULL;
    if (getpid() != process) lose(w, true); /* then this is the only thread, and the worker is still there */
}

void tg_seat_take(struct tg_worker *w, pid_t process, void (*body)(void *data), void *data)
{
    if (TG_SANITIZED) {
        sit(w, process, body, data);
        return;
    }
    char room[TG_SEAT_STACK_BYTES] __attribute__((aligned(16)));
    stack_t mine = {.ss_sp = room, .ss_size = sizeof room}, before;
    bool set = sigaltstack(&mine, &before) == 0;
    sit(w, process, body, data);
    if (set) sigaltstack(&before, NULL);
}
