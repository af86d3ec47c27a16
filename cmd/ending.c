/* SPDX-License-Identifier: MIT
 * How the process ends.
 *
 * exit is seen by a handler of its own kind, which comes first of all that were there before the run; _exit and _Exit, which have
 * none, are functions of this program: plugins and their libraries find them before those of the C library. Copies of the
 * process, which a task may fork and end as it likes, are told apart by their number.
 *
 * The thread that ends the process is one that runs a task, so that commands still are looked after by their own: they are
 * killed, and their threads remove the files aside. */
#include "cmd/ending.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/file.h"
#include "cmd/screen.h"
#include "engine/base/assert.h"
#include "engine/plugin/stop.h"
#include "engine/run/seat.h"

/* Handlers of exit: enough for threads that call it at the very same time; in a run one more for each worker. */
#define HANDLERS 4

static struct {
    pid_t process;         /* immutable: 0: nobody watches */
    _Atomic pid_t ender;   /* atomic: the thread that ends the process as nobody decided; 0: none */
    _Atomic bool decided;  /* atomic: the end is ours */
    _Atomic int status;    /* atomic: then, with this status */
    struct tg_say_run now; /* set while no task runs */
    tg_id forked;          /* of a copy of the process: the task that made it */
    struct tg_commands *commands;
    unsigned handlers; /* owner (the main thread) */
    bool leaves;       /* owner (the main thread): threads go on that were given up */
} state;

static _Noreturn void end_process(int status)
{
    for (;;) syscall(SYS_exit_group, status);
}

void tg_ending_exit(int status)
{
    tg_screen_leave();
    tg_file_abandon();
    atomic_store(&state.decided, true);
    end_process(status);
}

void tg_ending_fork(void)
{
    state.process = getpid();
}

void tg_ending_decide(int status)
{
    atomic_store(&state.status, status);
    atomic_store(&state.decided, true);
}

void tg_ending_leave(void)
{
    state.leaves = true;
}

bool tg_ending_leaves(void)
{
    return state.leaves;
}

/* ---- ends that nobody decided -------------------------------------------------------------------- */

static bool is_copy(void)
{
    return state.process && getpid() != state.process;
}

void tg_ending_begin(void)
{
    pid_t none = 0, self = (pid_t)syscall(SYS_gettid);
    tg_screen_leave();
    if (is_copy() || atomic_compare_exchange_strong(&state.ender, &none, self)) return;
    while (none != self) pause();
}

/* The status of an end that somebody else asks for. */
static int status_of(int asked)
{
    return !is_copy() && atomic_load(&state.decided) ? atomic_load(&state.status) : asked;
}

static bool undecided(void)
{
    if (!state.process || getpid() != state.process) return false;
    if (atomic_load(&state.ender)) tg_ending_begin();
    return !atomic_load(&state.decided) && !atomic_load(&state.ender);
}

/* The subject of what is said, "w.tg:3:7: error: task 'x(1)' ": what this thread runs, else the task. */
static void say_subject(struct tg_say *s, tg_id id)
{
    struct tg_seat_call call;
    bool found = tg_seat_find(state.now.run, &call);
    if (!found && id != TG_NO_TASK) {
        const struct tg_site *site = tg_run_site_of(state.now.run, id);
        call = (struct tg_seat_call){site->def, site->span, site, NULL, 0};
        found = true;
    }
    if (found) tg_say_error(s, &state.now, &call);
    else tg_say_text(s, "tgrun: error: a plugin or library ");
}

/* Kills what runs, and ends with the status of a fault. */
static _Noreturn void end_in_fault(void)
{
    fflush(stdout); /* what the plugin printed */
    tg_commands_abandon(state.commands);
    tg_ending_exit(TG_EXIT_FAULT);
}

static tg_id task_of(const struct tg_worker *w)
{
    return w && state.now.run ? tg_say_task_of(w) : TG_NO_TASK;
}

static _Noreturn void refuse_end(const char *call, int status)
{
    struct tg_say s = {0};
    tg_ending_begin();
    tg_id id = task_of(tg_seat_worker);
    say_subject(&s, id);
    tg_say_text(&s, "called ");
    tg_say_text(&s, call);
    tg_say_text(&s, "(");
    tg_say_number(&s, (unsigned)status & 0xff);
    tg_say_text(&s, "), which ends the whole run\n");
    if (id != TG_NO_TASK || tg_seat_call) {
        tg_say_text(&s, "hint: A task that has failed returns tg_fail.\n");
    } else if (state.now.run) { /* in a thread of its own */
        tg_say_text(&s, "tgrun: note: there were running: ");
        if (!tg_say_running(&s, &state.now)) tg_say_text(&s, "no tasks");
        tg_say_text(&s, "\n");
    }
    tg_say_out(&s);
    end_in_fault();
}

static const char copy_came_back[] = "returned in a copy of the process that it had forked\n"
                                     "hint: The copy must end by _exit, or run another program.\n";

void tg_ending_check(void)
{
    struct tg_say s = {0};
    if (!is_copy()) {
        if (atomic_load(&state.ender)) tg_ending_begin();
        return;
    }
    say_subject(&s, TG_NO_TASK);
    tg_say_text(&s, copy_came_back);
    tg_say_out(&s);
    end_process(TG_EXIT_FAULT);
}

/* A thread that ends in a copy of the process is no less the copy's. */
void tg_ending_lost(struct tg_worker *w, bool forked)
{
    struct tg_say s = {0};
    bool copy = forked || is_copy();
    if (!copy) tg_ending_begin();
    say_subject(&s, copy ? state.forked : task_of(w));
    tg_say_text(&s, forked ? copy_came_back
                           : "ended its thread, which is tgrun's\nhint: A task returns; only threads of its own may end.\n");
    tg_say_out(&s);
    if (copy) end_process(TG_EXIT_FAULT); /* all else is the first process's */
    end_in_fault();
}

/* A handler runs once, and is gone when it does: each thread that calls exit meanwhile must find another one. */
static void note_exit_call(int status, void *unused)
{
    (void)unused;
    if (status_of(status) != status) { /* a handler of a plugin called exit in its turn */
        fflush(NULL);
        end_process(status_of(status));
    }
    if (!undecided()) return;
    on_exit(note_exit_call, NULL);
    refuse_end("exit", status);
}

static void note_quick_exit(void)
{
    if (!undecided()) return;
    at_quick_exit(note_quick_exit);
    refuse_end("quick_exit", 0);
}

/* The copy of a process has one thread, and a run that is none: it stops at once. */
static void stop_copy(void)
{
    state.forked = task_of(tg_seat_worker);
    if (state.now.run) tg_stop_raise(state.now.run->stop, TG_STOP_SIGNAL);
}

static void have_handlers(unsigned count)
{
    for (; state.handlers < count; state.handlers++) {
        on_exit(note_exit_call, NULL);
        at_quick_exit(note_quick_exit);
    }
}

void tg_ending_watch(void)
{
    if (TG_SANITIZED) return; /* they end by exit of their own */
    state.process = getpid();
    have_handlers(HANDLERS);
}

void tg_ending_run(struct tg_say_run run, struct tg_commands *commands)
{
    static bool once;
    if (!once) pthread_atfork(NULL, NULL, stop_copy);
    once = true;
    if (state.process && run.run) have_handlers(HANDLERS + run.run->options.jobs);
    state.commands = commands;
    state.now = run;
}

#if !TG_SANITIZED
void _exit(int status)
{
    if (undecided()) refuse_end("_exit", status);
    end_process(status_of(status));
}

void _Exit(int status)
{
    if (undecided()) refuse_end("_Exit", status);
    end_process(status_of(status));
}
#endif
