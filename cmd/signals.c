/* SPDX-License-Identifier: MIT
 * Signals that end tgrun, USR1, TSTP and CONT.
 *
 * One handler, for all times. During a run the signals are blocked, and the thread takes them with sigwait; the handler runs only
 * in a thread that has them unblocked (a plugin's own, or a task that changes its mask), and hands them on to the thread. So
 * what a signal means is decided in one place at a time. SIGALRM is the clock for what does not end: while the graph is built
 * for the handler, during a run for the thread.
 *
 * The thread must never wait for others: what it says, it says in ways that no lock and no full pipe can stop (say.h).
 * Thread class: state is atomic, or immutable while the thread runs. */
#include "cmd/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "cmd/ending.h"
#include "cmd/screen.h"
#include "cmd/term.h"
#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/command/command.h"
#include "engine/graph/policy.h"

/* The same signal again so soon is the same request: `timeout` and some shells send it to the process and to its
 * group. */
#define SAME_REQUEST_NS UINT64_C(100000000)

#define SECOND_NS UINT64_C(1000000000)

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGUSR2};

enum phase { AT_ONCE, BUILDING, RUNNING, BETWEEN, WAITING };

static struct {
    _Atomic int phase; /* atomic: enum phase */
    _Atomic int *stop;
    _Atomic int number;        /* atomic: the first ending signal */
    _Atomic uint64_t first_ns; /* atomic: when it came */
    _Atomic bool ending;       /* atomic: tg_signals_stop asks the thread to return */
    _Atomic pid_t thread_id;   /* atomic: the thread, as the kernel knows it; 0: none */
    int wake[2];               /* pipe; never read, so it stays readable */
    sigset_t set, before;      /* signals that the thread takes; the mask before */
    bool started;
    pthread_t thread;
    struct tg_signals_run run;
    uint64_t deadline_ns; /* immutable once the graph is built; 0: none */
    char deadline[32];    /* as it is told */
    _Atomic bool failing; /* atomic: what runs is to end, since a task has failed */
    _Atomic bool asked;   /* atomic: somebody wants it to end as by INT */
} state = {.wake = {-1, -1}};

/* Makes the wake descriptor readable. Safe in the handler. */
static void wake_sleepers(void)
{
    int error = errno;
    if (state.wake[1] >= 0 && write(state.wake[1], "", 1) < 0) {} /* full: then it is readable */
    errno = error;
}

/* True for the first ending signal. */
static bool is_first_signal(int number)
{
    int none = 0;
    if (!atomic_compare_exchange_strong(&state.number, &none, number)) return false;
    atomic_store(&state.first_ns, tg_clock_ns());
    return true;
}

bool tg_signals_are_one(int number)
{
    return number == tg_signals_number() && tg_clock_ns() - atomic_load(&state.first_ns) <= SAME_REQUEST_NS;
}

/* Seconds of the grace that are left, at least one. */
static unsigned grace_left(void)
{
    uint64_t gone = (tg_clock_ns() - atomic_load(&state.first_ns)) / SECOND_NS;
    return gone < TG_SIGNALS_GRACE_S ? TG_SIGNALS_GRACE_S - (unsigned)gone : 1;
}

static void stop_run(void)
{
    tg_stop_raise(state.stop, TG_STOP_SIGNAL);
    wake_sleepers();
}

static bool is_deadline_past(void)
{
    return state.deadline_ns && tg_clock_ns() >= state.deadline_ns;
}

/* "signal 2 (Interrupt)", "the deadline of 5 s". */
static void say_reason_of(struct tg_say *s, int number)
{
    tg_say_text(s, number == TG_SIGNALS_DEADLINE ? "the deadline of " : "signal ");
    if (number == TG_SIGNALS_DEADLINE) tg_say_text(s, state.deadline);
    else tg_say_signal(s, number);
}

/* "tgrun: ended by signal 2 (Interrupt)", and how far the run came; 0: by a failure. */
static void say_ended(struct tg_say *s, int number)
{
    const struct tg_run *run = state.run.now.run;
    tg_say_text(s, "tgrun: ended ");
    tg_say_text(s, number ? "by " : "with the first failure");
    if (number) say_reason_of(s, number);
    if (run && atomic_load(&state.phase) == RUNNING) {
        tg_id total = tg_run_total(run);
        tg_say_text(s, state.run.last ? " in 'finally': " : ": ");
        tg_say_number(s, tg_run_tally(run).count[TG_EVENT_DONE]);
        tg_say_text(s, " of ");
        tg_say_number(s, total);
        tg_say_text(s, total == 1 ? " task was done" : " tasks were done");
    }
    tg_say_text(s, "\n");
}

static _Noreturn void end_now(int number)
{
    struct tg_say s = {0};
    say_ended(&s, number);
    tg_say_out(&s);
    tg_ending_exit((int)tg_signals_status(number));
}

/* ---- the handler --------------------------------------------------------------------------------- */

static void hand_on(int number)
{
    pid_t thread = atomic_load(&state.thread_id);
    if (!thread) kill(getpid(), number); /* it is about to begin */
    else if (thread != syscall(SYS_gettid)) syscall(SYS_tgkill, getpid(), thread, number);
}

static void take_while_building(int number)
{
    if (is_first_signal(number)) {
        alarm(TG_SIGNALS_BUILD_S);
        stop_run();
    } else if (!tg_signals_are_one(number)) {
        end_now(number);
    }
}

/* One run has ended, another one is to come. */
static void take_between(int number)
{
    if (!is_first_signal(number) && !tg_signals_are_one(number)) end_now(number);
    if (number != SIGINT) alarm(grace_left());
}

static void handle(int number)
{
    int error = errno, phase = atomic_load(&state.phase);
    if (phase == RUNNING || phase == WAITING) hand_on(number);
    else if (number == SIGALRM && tg_signals_number()) end_now(tg_signals_number());
    else if (number == SIGALRM && phase == BUILDING && is_deadline_past()) take_while_building(TG_SIGNALS_DEADLINE);
    else if (number == SIGUSR1 || number == SIGALRM) {
    } else if (phase == BUILDING) take_while_building(number);
    else if (phase == BETWEEN) take_between(number);
    else end_now(number);
    errno = error;
}

static bool is_ignored(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static void set_handler(int number, int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = flags;
    sigaction(number, &action, NULL);
}

void tg_signals_first(void)
{
    set_handler(SIGUSR1, SA_RESTART);
}

void tg_signals_init(void)
{
    sigset_t taken;
    sigemptyset(&taken);
    sigaddset(&taken, SIGUSR1);
    sigaddset(&taken, SIGALRM);
    for (size_t i = 0; i < TG_COUNT(ending_signals); i++) {
        sigaddset(&taken, ending_signals[i]);
        if (is_ignored(ending_signals[i])) continue;
        set_handler(ending_signals[i], 0);
        sigaddset(&state.set, ending_signals[i]);
    }
    if (!is_ignored(SIGTSTP)) sigaddset(&state.set, SIGTSTP);
    sigaddset(&state.set, SIGCONT);
    sigaddset(&state.set, SIGUSR1);
    sigaddset(&state.set, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &taken, NULL); /* a mask is inherited, too */
}

/* While the graph is built, and only then: one that is past comes at once. */
static void set_deadline_timer(void)
{
    uint64_t now = tg_clock_ns(), left = state.deadline_ns > now ? state.deadline_ns - now : 1000;
    struct timespec span = tg_clock_span(left + 1000);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {span.tv_sec, span.tv_nsec / 1000}}, NULL);
}

bool tg_signals_build(_Atomic int *stop, struct tg_err *err)
{
    state.stop = stop;
    if (state.wake[0] < 0 && pipe2(state.wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return tg_err_set(err, TG_EXIT_CANNOT, "cannot make a pipe for signals: %s", strerror(errno));
    set_handler(SIGALRM, 0);
    atomic_store(&state.phase, BUILDING);
    if (state.deadline_ns) set_deadline_timer();
    return true;
}

void tg_signals_deadline(double seconds)
{
    double ns = seconds * 1e9;
    TG_ASSERT(seconds >= 0 && seconds <= TG_DURATION_MAX_S);
    if (!(ns > 0)) return; /* for ever */
    state.deadline_ns = tg_clock_ns() + (uint64_t)ns;
    snprintf(state.deadline, sizeof state.deadline, "%g s", seconds);
}

enum tg_exit tg_signals_status(int number)
{
    if (number == TG_SIGNALS_DEADLINE) return TG_EXIT_DEADLINE;
    return number ? (enum tg_exit)(128 + number) : TG_EXIT_FAILED;
}

char *tg_signals_reason(int number)
{
    if (number == TG_SIGNALS_DEADLINE) return tg_alloc_format("the deadline of %s", state.deadline);
    return tg_alloc_format("signal %d (%s)", number, strsignal(number));
}

int tg_signals_wake_fd(void)
{
    return state.wake[0];
}

int tg_signals_number(void)
{
    return atomic_load(&state.number);
}

/* ---- the thread ---------------------------------------------------------------------------------- */

/* Second signal, or the end of the grace. */
static _Noreturn void end_run(int number)
{
    tg_commands_abandon(state.run.commands);
    end_now(number);
}

/* The failure that nobody could be told of yet; its text may be anything, and is shown as the report would. */
static void say_failure(struct tg_say *s)
{
    struct tg_run *run = (struct tg_run *)state.run.now.run;
    if (pthread_mutex_trylock(&run->lock) != 0) return;
    if (run->failures.count) {
        const struct tg_failure *f = &run->failures.items[0];
        char *hidden = tg_secrets_hidden(run->options.services->secrets, f->err.message);
        struct tg_buf clean = {0};
        tg_term_text(&clean, hidden, strlen(hidden), 0);
        tg_say_place(s, state.run.now.sources, f->err.span);
        tg_say_text(s, ": error: task '");
        tg_say_text(s, f->site->def->name);
        tg_say_text(s, "' failed: ");
        tg_say_text(s, tg_buf_str(&clean));
        tg_say_text(s, "\n");
        tg_buf_done(&clean);
        free(hidden);
    }
    pthread_mutex_unlock(&run->lock);
}

/* What was to end with the first failure has not, in the grace. */
static _Noreturn void end_failing(void)
{
    struct tg_say s = {0};
    say_failure(&s);
    tg_say_out(&s);
    end_run(0);
}

/* Seconds until processes are killed that were told to end; 0: they were not, or it has been done. */
static unsigned seconds_to_kill(void)
{
    uint64_t gone = tg_clock_ns() - atomic_load(&state.first_ns);
    return state.run.last || gone >= TG_COMMAND_GRACE_NS ? 0 : 1 + (unsigned)((TG_COMMAND_GRACE_NS - gone) / SECOND_NS);
}

/* When what is waited for ends without another signal. */
static void say_until(struct tg_say *s, int number)
{
    unsigned apart, here, left = seconds_to_kill();
    tg_say_count(&state.run.now, &apart, &here);
    if (!left) apart = 0;
    if (number != SIGINT && (here || !apart)) {
        tg_say_text(s, ", as do ");
        tg_say_number(s, grace_left());
        tg_say_text(s, " more seconds");
    }
    if (apart) {
        tg_say_text(s, "; executors and commands are killed after ");
        tg_say_number(s, left);
        tg_say_text(s, left == 1 ? " more second" : " more seconds");
    }
}

/* The run goes on though it was told to end. */
static void say_waiting(int number)
{
    struct tg_say s = {0};
    tg_say_text(&s, "tgrun: waiting for ");
    if (!tg_say_running(&s, &state.run.now)) tg_say_text(&s, "the run");
    tg_say_text(&s, number && number != TG_SIGNALS_DEADLINE ? " to end; a second signal ends everything at once"
                                                            : " to end; a signal ends everything at once");
    say_until(&s, number);
    tg_say_text(&s, "\n");
    tg_say_out(&s);
}

/* What commands are told: those that batch systems send ahead of a kill mean nothing to them. */
static int signal_of_commands(int number)
{
    return number == SIGXCPU || number == SIGUSR2 || number == TG_SIGNALS_DEADLINE ? SIGTERM : number;
}

/* The last run goes on after the first signal, which is no matter of its commands either, but not for long. */
static void begin_grace(int number)
{
    unsigned left = grace_left();
    alarm(number != SIGINT && left < TG_SIGNALS_NAME_S ? left : TG_SIGNALS_NAME_S);
}

/* The first ending signal, or one that came while the graph was built. */
static void begin_ending(int number)
{
    if (state.run.last) {
        tg_stop_resume(state.stop);
        begin_grace(number);
        return;
    }
    tg_commands_end(state.run.commands, signal_of_commands(number), state.stop);
    wake_sleepers();
    alarm(TG_SIGNALS_NAME_S);
}

/* A task has failed: the others end, without a signal. */
static void begin_failing(void)
{
    if (tg_signals_number()) return;
    atomic_store(&state.first_ns, tg_clock_ns());
    tg_commands_end(state.run.commands, SIGTERM, state.stop);
    wake_sleepers();
    alarm(TG_SIGNALS_NAME_S);
}

static void take_alarm(bool *named)
{
    int number = tg_signals_number();
    if (!number && !atomic_load(&state.failing)) return; /* not ours */
    if (*named && !number) end_failing();
    if (*named) end_run(number);
    *named = true;
    say_waiting(number);
    if (number != SIGINT) alarm(grace_left());
}

static sigset_t only_signal(int number)
{
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    return only;
}

static bool is_pending(int number)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, number) == 1;
}

/* Stops as a program does that has no handler: not if nobody could let it go on. Commands are in sessions of their own, where
 * the terminal's signals do not reach them. */
static void stop_all(void)
{
    sigset_t only = only_signal(SIGTSTP);
    tg_screen_pause();
    tg_commands_pause(state.run.commands);
    if (!is_pending(SIGCONT)) { /* it came meanwhile, and to stop would discard it */
        syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGTSTP);
        pthread_sigmask(SIG_UNBLOCK, &only, NULL); /* here it stops */
        pthread_sigmask(SIG_BLOCK, &only, NULL);
    }
    tg_commands_resume(state.run.commands);
    tg_screen_resume();
}

/* Waits for a signal, or for the deadline. */
static int await_signal(void)
{
    siginfo_t info;
    if (!state.deadline_ns || tg_signals_number()) return sigwaitinfo(&state.set, &info);
    uint64_t now = tg_clock_ns();
    struct timespec left = tg_clock_span(now < state.deadline_ns ? state.deadline_ns - now : 0);
    int number = sigtimedwait(&state.set, &info, &left);
    return number < 0 && is_deadline_past() ? TG_SIGNALS_DEADLINE : number;
}

/* Waits for the next signal. USR1, which may come faster than it is answered, keeps no other one waiting. */
static void next_signal(int *number)
{
    const struct timespec at_once = {0};
    sigset_t others = state.set;
    sigdelset(&others, SIGUSR1);
    *number = sigtimedwait(&others, NULL, &at_once);
    while (*number < 0) *number = await_signal(); /* what interrupts it is none of ours */
}

static void *take_signals(void *unused)
{
    (void)unused;
    int number;
    bool named = false, failing = false;
    atomic_store(&state.thread_id, (pid_t)syscall(SYS_gettid));
    for (;;) {
        if (!failing && (failing = atomic_load(&state.failing))) begin_failing();
        if (atomic_load(&state.asked)) number = SIGALRM; /* before there was a thread that could be roused */
        else next_signal(&number);
        if (atomic_load(&state.ending)) break;
        if (number == SIGALRM && atomic_exchange(&state.asked, false)) number = SIGINT;
        if (!failing && atomic_load(&state.failing) && number == SIGALRM) continue;
        if (number == SIGUSR1) {
            if (state.run.on_usr1) state.run.on_usr1(state.run.data);
        } else if (number == SIGALRM) {
            take_alarm(&named);
        } else if (number == SIGTSTP) {
            stop_all();
        } else if (number == SIGCONT) {
            tg_commands_resume(state.run.commands);
        } else if (is_first_signal(number)) {
            named = false;
            begin_ending(number);
        } else if (!tg_signals_are_one(number)) {
            end_run(number);
        }
    }
    return NULL;
}

static void rouse(void)
{
    pid_t thread = atomic_load(&state.thread_id);
    if (thread) syscall(SYS_tgkill, getpid(), thread, SIGALRM); /* else it looks before it waits */
}

void tg_signals_fail_fast(void)
{
    if (!atomic_exchange(&state.failing, true)) rouse();
}

void tg_signals_ask(void)
{
    atomic_store(&state.asked, true);
    rouse();
}

bool tg_signals_start(const struct tg_signals_run *run, struct tg_err *err)
{
    state.run = *run;
    atomic_store(&state.ending, false);
    atomic_store(&state.failing, false);
    atomic_store(&state.asked, false);
    atomic_store(&state.thread_id, 0);
    pthread_sigmask(SIG_BLOCK, &state.set, &state.before);
    int error = pthread_create(&state.thread, NULL, take_signals, NULL);
    state.started = error == 0;
    if (error) {
        pthread_sigmask(SIG_SETMASK, &state.before, NULL);
        return tg_err_set(err, TG_EXIT_CANNOT, "cannot start a thread for signals: %s", strerror(error));
    }
    atomic_store(&state.phase, RUNNING);
    int number = tg_signals_number(); /* came at graph time */
    if (number) begin_ending(number);
    return true;
}

/* The end has what is left of the grace: a report may find nobody who reads it. What an alarm was for is over. */
static void set_last_alarm(int number)
{
    const struct timespec at_once = {0};
    sigset_t only = only_signal(SIGALRM);
    alarm(0);
    if (is_pending(SIGALRM)) sigtimedwait(&only, NULL, &at_once);
    if (number && number != SIGINT) alarm(grace_left());
}

static void stop_in(enum phase next)
{
    if (state.started) {
        atomic_store(&state.ending, true);
        pthread_kill(state.thread, SIGUSR1);
        pthread_join(state.thread, NULL);
        atomic_store(&state.thread_id, 0);
    }
    atomic_store(&state.phase, next);
    if (tg_signals_number() || atomic_load(&state.failing)) set_last_alarm(tg_signals_number());
    if (state.started) pthread_sigmask(SIG_SETMASK, &state.before, NULL);
    state.started = false;
}

void tg_signals_stop(void)
{
    stop_in(AT_ONCE);
}

/* What has woken sleepers is over. */
void tg_signals_pause(void)
{
    char bytes[64];
    stop_in(BETWEEN);
    while (read(state.wake[0], bytes, sizeof bytes) > 0) {}
    if (atomic_load(state.stop) > TG_GO) atomic_store(state.stop, TG_GO); /* one that is paused stays so */
}

void tg_signals_wait(void)
{
    sigset_t ending, before;
    siginfo_t info;
    sigemptyset(&ending);
    for (size_t i = 0; i < TG_COUNT(ending_signals); i++)
        if (sigismember(&state.set, ending_signals[i])) sigaddset(&ending, ending_signals[i]);
    pthread_sigmask(SIG_BLOCK, &ending, &before);
    atomic_store(&state.thread_id, (pid_t)syscall(SYS_gettid));
    atomic_store(&state.phase, WAITING); /* whoever else gets one hands it on to here */
    while (sigwaitinfo(&ending, &info) < 0) {}
    atomic_store(&state.phase, AT_ONCE);
    atomic_store(&state.thread_id, 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
