/* SPDX-License-Identifier: MIT
 * Last words. The handler only reads memory that stays where it is during a run (what each worker is running, the sites of
 * tasks, the texts of sources) and calls the system, on a stack of its own, so that it works wherever the crash happened. A copy
 * of the process then takes the signal the usual way, for those who look into cores, and the process ends with status 4; the
 * guard kills its commands. Sanitizers have handlers of their own, which tell more: they are left alone. */
#include "cmd/crash.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "cmd/ending.h"
#include "engine/run/seat.h"

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

/* An access so near to the stack's end is one of the stack: a frame, and the page that keeps it from what lies beyond. */
#define FRAME_BYTES ((uintptr_t)1 << 20)
#define BELOW_BYTES ((uintptr_t)64 << 10)

static struct {
    struct tg_say_run now; /* set while no task runs */
    _Atomic pid_t crashed; /* atomic: the thread that has crashed first; 0: none */
} state;

static uintptr_t stack_pointer(const ucontext_t *at)
{
#if defined(__x86_64__)
    return (uintptr_t)at->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
    return (uintptr_t)at->uc_mcontext.sp;
#else
    (void)at;
    return 0;
#endif
}

/* The stack's guard page was touched: by what is pushed, or somewhere in a large frame. */
static bool is_overflow(int number, const siginfo_t *info, const ucontext_t *at)
{
    uintptr_t stack = stack_pointer(at), touched = (uintptr_t)info->si_addr;
    if ((number != SIGSEGV && number != SIGBUS) || info->si_code <= 0 || !stack) return false;
    return touched < stack + FRAME_BYTES && touched + BELOW_BYTES >= stack;
}

static void say_reason(struct tg_say *s, int number, bool overflow)
{
    if (overflow) tg_say_text(s, " (stack overflow)\n");
    else tg_say_text(s, " (signal "), tg_say_signal(s, number), tg_say_text(s, ")\n");
}

static void say_crash(struct tg_say *s, const struct tg_def *def, tg_span span, int number, bool overflow)
{
    tg_say_place(s, state.now.sources, span);
    tg_say_text(s, ": error: crashed while task '");
    tg_say_text(s, def->name);
    tg_say_text(s, "' was running");
    say_reason(s, number, overflow);
}

static void say_crash_of(struct tg_say *s, const struct tg_worker *w, int number, bool overflow)
{
    tg_id id = tg_say_task_of(w);
    if (id == TG_NO_TASK) return;
    const struct tg_site *site = tg_run_site_of(state.now.run, id);
    say_crash(s, site->def, site->span, number, overflow);
}

/* The thread's task; in a thread of a plugin's own, all that are running. */
static void say_last_words(int number, bool overflow)
{
    struct tg_say s = {0};
    const struct tg_run *run = state.now.run;
    unsigned workers = run ? atomic_load_explicit(&run->worker_count, memory_order_acquire) : 0;
    if (tg_seat_call) say_crash(&s, tg_seat_call->def, tg_seat_call->span, number, overflow);
    else if (run && tg_seat_worker) say_crash_of(&s, tg_seat_worker, number, overflow);
    for (unsigned i = 0; i < workers && !tg_seat_worker; i++) say_crash_of(&s, &run->workers[i], number, overflow);
    if (!s.length) {
        tg_say_text(&s, "tgrun: error: crashed");
        say_reason(&s, number, overflow);
    }
    tg_say_out(&s);
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
        tg_ending_exit(TG_EXIT_FAULT); /* in these words */
    }
    say_last_words(number, is_overflow(number, info, context));
    leave_core(number);
    tg_ending_exit(TG_EXIT_FAULT);
}

void tg_crash_watch(void)
{
    static char room[TG_SEAT_STACK_BYTES] __attribute__((aligned(16)));
    if (TG_SANITIZED) return;
    stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    sigaltstack(&stack, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = take_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (size_t i = 0; i < TG_COUNT(signals); i++) sigaction(signals[i], &action, NULL);
}

void tg_crash_run(struct tg_say_run run)
{
    state.now = run;
}
