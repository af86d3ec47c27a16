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
#include "engine/base/fault.h"
#include "engine/run/node.h"

__thread struct tg_worker *tg_seat_worker;
__thread const struct tg_seat_call *tg_seat_call;

/* Those that the worker has collected: without what is only waited for. */
static size_t count_args(const struct tg_run *run, tg_id id)
{
    if (!run->nodes) return tg_graph_values_end(run->graph, id) - tg_graph_arg_begin(run->graph, id);
    const struct tg_node *n = &run->nodes->items[id];
    size_t count = 0;
    for (const struct tg_input *in = tg_node_inputs_of(n); count < n->input_count; count++, in++)
        if (in->v.tag & TG_ONLY_AFTER && tg_input_is_edge(in)) break;
    return count;
}

bool tg_seat_find(const struct tg_run *run, struct tg_seat_call *out)
{
    const struct tg_worker *w = tg_seat_worker;
    if (tg_seat_call) return *out = *tg_seat_call, true;
    tg_id id = run && w ? atomic_load_explicit(&w->running, memory_order_acquire) : TG_NO_TASK;
    if (id == TG_NO_TASK) return false;
    const struct tg_site *site = tg_run_site_of(run, id);
    *out = (struct tg_seat_call){site->def, site->span, site, w->args, w->args ? count_args(run, id) : 0};
    return true;
}

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
    void *p = mmap(NULL, TG_FAULT_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return false;
    *s = (stack_t){.ss_sp = p, .ss_size = TG_FAULT_STACK_BYTES};
    if (sigaltstack(s, NULL) == 0) return true;
    munmap(p, TG_FAULT_STACK_BYTES);
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
