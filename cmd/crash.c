/* SPDX-License-Identifier: MIT
 * Last words. The handler only reads memory that stays where it is during a run (what each worker is running, the sites of
 * tasks, the texts of sources) and calls the system, on a stack of its own, so that it works wherever the crash happened; what may
 * crash or hang (the way back through the frames, arguments) is looked at by copies of the process. A last copy then takes the signal
 * the usual way, for those who look into cores, and the process ends with status 4; the guard kills its commands. */
#include "cmd/crash.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/ending.h"
#include "engine/base/fault.h"

static const char hint_apart[] =
    "hint: --scheduler=processes runs tasks in processes of their own, where a crash costs one task.\n";

static struct {
    struct tg_say_run now; /* set while no task runs */
    _Atomic pid_t crashed; /* atomic: the thread that has crashed first; 0: none */
    bool said;             /* owner (that thread): it has begun to say so */
} state;

/* In words that need nothing but the number. */
static void say_shortly(int number)
{
    struct tg_say s = {0};
    state.said = true;
    tg_say_text(&s, "tgrun: error: crashed (signal ");
    tg_say_signal(&s, number);
    tg_say_text(&s, ")\n");
    tg_say_out(&s);
}

/* Who did it: this thread's task, or the plugin that it loads. A thread of a plugin's own runs none, but some task has started it. */
static void say_who(struct tg_say *s, bool found, const struct tg_seat_call *call)
{
    if (found) tg_say_error(s, &state.now, call);
    else if (tg_load_now) tg_say_loading(s, &state.now, tg_load_now);
    else tg_say_text(s, "tgrun: error: ");
    tg_say_text(s, "crashed: ");
}

static void say_others(struct tg_say *s)
{
    size_t before = s->length;
    tg_say_text(s, "tgrun: note: there were running: ");
    if (tg_say_running(s, &state.now)) tg_say_text(s, "\n");
    else s->length = before;
}

/* A task crashed the run, and need not. */
static bool could_be_apart(bool found)
{
    const struct tg_run *run = state.now.run;
    return found && run && !run->options.sched->away;
}

static void say_last_words(const struct tg_fault *f)
{
    static char room[TG_FAULT_PRINTED_BYTES];
    struct tg_buf b = {.data = room, .room = sizeof room};
    struct tg_say s = {0};
    struct tg_seat_call call;
    bool own = f->code > 0 || f->sender == getpid(), found = own && tg_seat_find(state.now.run, &call);
    say_who(&s, found, &call);
    state.said = true;
    tg_fault_words(&b, f);
    tg_buf_char(&b, '\n');
    tg_fault_print(&b, f);
    tg_say_out(&s);
    tg_say_all(b.data, b.length);
    if (!found) say_others(&s);
    if (could_be_apart(found)) tg_say_text(&s, hint_apart);
    tg_say_out(&s);
}

/* Memory that copies of the process share is made when it is needed. */
static void tell_crash(int number, const siginfo_t *info, void *context)
{
    struct tg_fault *f = mmap(NULL, sizeof *f, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (f == MAP_FAILED) {
        say_shortly(number);
        return;
    }
    tg_fault_collect(f, number, info, context);
    say_last_words(f);
}

/* Leaves a core, if there is to be one: the copy dies of the signal, with the stack as it is. It must not come here by another
 * signal, such as one to the whole group, before it has its own way: it would wait for the thread that was first. */
static void leave_core(int number)
{
    sigset_t only;
    sigfillset(&only);
    sigprocmask(SIG_SETMASK, &only, NULL);
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid > 0) waitpid(pid, NULL, 0);
    if (pid != 0) return;
    sigemptyset(&only);
    sigaddset(&only, number);
    signal(number, SIG_DFL);
    syscall(SYS_kill, syscall(SYS_getpid), number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
}

/* By another process, and so no consequence of anything here. */
static bool was_sent(const siginfo_t *info)
{
    return info->si_code <= 0 && info->si_pid != getpid();
}

static void take_crash(int number, siginfo_t *info, void *context)
{
    pid_t self = (pid_t)syscall(SYS_gettid), none = 0;
    if (!atomic_compare_exchange_strong(&state.crashed, &none, self)) {
        while (none != self) pause(); /* another one was first, and ends the process */
        if (was_sent(info)) return;
        if (!state.said) say_shortly(number);
        tg_ending_exit(TG_EXIT_FAULT); /* in these words */
    }
    tg_ending_begin();
    tell_crash(number, info, context);
    leave_core(number);
    tg_ending_exit(TG_EXIT_FAULT);
}

void tg_crash_watch(void)
{
    tg_fault_watch(take_crash, SA_NODEFER);
}

void tg_crash_run(struct tg_say_run run)
{
    state.now = run;
}
