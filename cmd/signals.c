/* SPDX-License-Identifier: MIT
 * Signals that end a run, and USR1.
 *
 * The handler only stores two atomics and writes to a pipe; the thread takes the same signals with sigwait, after
 * they were blocked, so both never act on one signal. A thread that a plugin started before tg_signals_start has them
 * unblocked: the handler runs there, the wake pipe gets every waiting command going, and they pass the signal on
 * themselves.
 * Thread class: state is atomic, or immutable while the thread runs. */
#include "cmd/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/command/command.h"
#include "engine/command/guard.h"
#include "engine/run/run.h"

/* After the second signal, what commands wrote aside is removed if that takes no longer than this. */
#define LAST_WAIT_NS UINT64_C(500000000)

/* The same signal again so soon is the same request: `timeout` and some shells send it to the process and to its
 * group. */
#define SAME_REQUEST_NS UINT64_C(100000000)

static struct {
    _Atomic int *stop;
    _Atomic int number;  /* atomic: the first ending signal */
    _Atomic bool ending; /* atomic: tg_signals_stop asks the thread to return */
    int wake[2];         /* pipe; never read, so it stays readable */
    sigset_t set;        /* signals taken */
    bool started;
    pthread_t thread;
    struct tg_commands *commands;
    void (*on_usr1)(void *);
    void *data;
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
    return atomic_compare_exchange_strong(&state.number, &none, number);
}

static void stop_run(void)
{
    atomic_store(state.stop, TG_STOP_SIGNAL);
    wake_sleepers();
}

static void handle(int number)
{
    if (number == SIGUSR1) return;
    if (!is_first_signal(number)) _exit(128 + number);
    stop_run();
}

static void set_handler(int number)
{
    struct sigaction action;
    if (number == SIGHUP && sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) return;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    if (number == SIGUSR1) action.sa_flags = SA_RESTART;
    sigaction(number, &action, NULL);
    sigaddset(&state.set, number);
}

bool tg_signals_init(_Atomic int *stop, struct tg_err *err)
{
    state.stop = stop;
    if (state.wake[0] < 0 && pipe2(state.wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return tg_err_set(err, TG_EXIT_CANNOT, "cannot make a pipe for signals: %s", strerror(errno));
    sigemptyset(&state.set);
    set_handler(SIGINT);
    set_handler(SIGTERM);
    set_handler(SIGHUP);
    set_handler(SIGUSR1);
    return true;
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

static void end_now(int number)
{
    tg_commands_signal(state.commands, SIGKILL);
    tg_commands_wait_idle(state.commands, LAST_WAIT_NS);
    _exit(128 + number);
}

static void *take_signals(void *unused)
{
    (void)unused;
    int number;
    uint64_t first_ns = 0;
    while (sigwait(&state.set, &number) == 0) {
        if (atomic_load(&state.ending)) break;
        if (number == SIGUSR1) {
            if (state.on_usr1) state.on_usr1(state.data);
        } else if (is_first_signal(number)) {
            first_ns = tg_clock_ns();
            tg_commands_signal(state.commands, number); /* before commands that see the flag send TERM themselves */
            stop_run();
        } else if (number != tg_signals_number() || tg_clock_ns() - first_ns > SAME_REQUEST_NS) {
            end_now(number);
        }
    }
    return NULL;
}

bool tg_signals_start(struct tg_commands *commands, void (*on_usr1)(void *), void *data, struct tg_err *err)
{
    state.commands = commands;
    state.on_usr1 = on_usr1;
    state.data = data;
    atomic_store(&state.ending, false);
    pthread_sigmask(SIG_BLOCK, &state.set, NULL);
    int error = pthread_create(&state.thread, NULL, take_signals, NULL);
    state.started = error == 0;
    if (error) {
        pthread_sigmask(SIG_UNBLOCK, &state.set, NULL);
        return tg_err_set(err, TG_EXIT_CANNOT, "cannot start a thread for signals: %s", strerror(error));
    }
    int number = tg_signals_number(); /* came at graph time */
    if (number) tg_commands_signal(commands, number);
    return true;
}

void tg_signals_stop(void)
{
    if (!state.started) return;
    atomic_store(&state.ending, true);
    pthread_kill(state.thread, SIGUSR1);
    pthread_join(state.thread, NULL);
    state.started = false;
    pthread_sigmask(SIG_UNBLOCK, &state.set, NULL);
}
