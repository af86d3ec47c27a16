/* SPDX-License-Identifier: MIT
 * A thread while it runs tasks.
 *
 * The stack for handlers is none of the thread's own, which may be small. The main thread has one already. Sanitizers set up
 * one of theirs, and would free ours. */
#include "engine/run/seat.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/compiler.h"

__thread struct tg_worker *tg_seat_worker;
__thread const struct tg_seat_call *tg_seat_call;

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

/* Makes and sets the stack for handlers; false: there is one, or no memory for it. */
static bool make_stack(stack_t *s)
{
    stack_t now;
    if (sigaltstack(NULL, &now) != 0 || !(now.ss_flags & SS_DISABLE)) return false;
    void *p = mmap(NULL, TG_SEAT_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return false;
    *s = (stack_t){.ss_sp = p, .ss_size = TG_SEAT_STACK_BYTES};
    if (sigaltstack(s, NULL) == 0) return true;
    munmap(p, TG_SEAT_STACK_BYTES);
    return false;
}

void tg_seat_block_signals(sigset_t *before)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < TG_COUNT(faults); i++) sigdelset(&set, faults[i]);
    pthread_sigmask(SIG_SETMASK, &set, before);
}

void tg_seat_take(struct tg_worker *w, pid_t process, void (*body)(void *data), void *data)
{
    stack_t mine, none = {.ss_flags = SS_DISABLE};
    bool made = !TG_SANITIZED && make_stack(&mine);
    sit(w, process, body, data);
    if (!made) return;
    sigaltstack(&none, NULL);
    munmap(mine.ss_sp, mine.ss_size);
}
