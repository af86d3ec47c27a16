/* SPDX-License-Identifier: MIT
 * Signals that end a run: what the first and the second do, at graph time and during a run, and USR1. Each test runs
 * a process of its own that tells its state through a pipe. */
#include "tests/unit/check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/signals.c"
#include "engine/command/guard.h"

static int told[2];
static _Atomic int stop_flag;

static void tell(char letter)
{
    if (write(told[1], &letter, 1) != 1) abort();
}

/* The next letter the process told; 0 when it ended. */
static char hear(void)
{
    char letter = 0;
    return read(told[0], &letter, 1) == 1 ? letter : 0;
}

static char folder[] = "/tmp/test_signals.XXXXXX";

static void remove_folder(void)
{
    char *line = tg_alloc_format("rm -rf %s", folder);
    if (system(line) != 0) abort();
    free(line);
}

/* For the logs; made once, in the parent. */
static void make_folder(void)
{
    static bool made;
    if (made) return;
    made = mkdtemp(folder) != NULL;
    atexit(remove_folder);
}

static pid_t start(void (*run)(void))
{
    make_folder();
    if (told[0]) close(told[0]);
    if (pipe(told) != 0) abort();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        close(told[0]);
        signal(SIGINT, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        run();
        _exit(99);
    }
    close(told[1]);
    return pid;
}

static int status_of(pid_t pid)
{
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void nap(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* ---- graph time ---------------------------------------------------------------------------------- */

static void evaluate(void)
{
    tg_signals_init(&stop_flag, NULL);
    tell('a');
    while (!atomic_load(&stop_flag)) nap(1);
    char byte;
    if (read(tg_signals_wake_fd(), &byte, 1) == 1) tell('b');
    nap(10000);
}

TEST(graph_time)
{
    pid_t pid = start(evaluate);
    CHECK_INT(hear(), 'a');
    kill(pid, SIGTERM);
    CHECK_INT(hear(), 'b');
    kill(pid, SIGINT);
    CHECK_INT(status_of(pid), 130);
}

static void ignore_hup(void)
{
    signal(SIGHUP, SIG_IGN);
    tg_signals_init(&stop_flag, NULL);
    raise(SIGHUP);
    _exit(atomic_load(&stop_flag));
}

TEST(nohup)
{
    CHECK_INT(status_of(start(ignore_hup)), 0);
}

/* ---- a run --------------------------------------------------------------------------------------- */

static const char *script;

static void print_state(void *data)
{
    struct tg_buf b = {0};
    tg_commands_describe(data, &b);
    tell(strstr(tg_buf_str(&b), "demo: process ") ? 'u' : '?');
    tg_buf_done(&b);
}

/* Ends with 128 + n when the command was interrupted and its file aside is gone. */
static void run_command(void)
{
    struct tg_commands *commands = tg_commands_new(TG_SHOW_FAILED, folder);
    tg_signals_init(&stop_flag, NULL);
    struct tg_services services = {.stop = &stop_flag, .wake_fd = tg_signals_wake_fd(), .commands = commands};
    struct tg_ctx ctx = {.services = &services, .options = tg_nil()};
    tg_signals_start(commands, print_state, commands, NULL);
    char *line = tg_alloc_format(script, told[1]);
    struct tg_step step = {.script = line};
    struct tg_command command = {.name = "demo", .steps = &step, .step_count = 1};
    tg_value out;
    fcntl(told[1], F_SETFD, 0); /* the script tells, too */
    int status = tg_command_run(&ctx, &command, &out);
    tg_signals_stop();
    if (status == TG_FAIL && strcmp(ctx.err.message, "interrupted") == 0) _exit(128 + tg_signals_number());
    _exit(status);
}

TEST(first_signal_is_passed_on)
{
    script = "trap 'printf i >&%1$d; exit 0' INT; printf s >&%1$d; sleep 1201.25 & wait";
    pid_t pid = start(run_command);
    CHECK_INT(hear(), 's');
    kill(pid, SIGUSR1);
    CHECK_INT(hear(), 'u');
    kill(pid, SIGINT);
    CHECK_INT(hear(), 'i');
    CHECK_INT(status_of(pid), 130);
}

TEST(same_signal_twice_at_once)
{
    script = "trap 'sleep 0.2; printf i >&%1$d; exit 0' TERM; printf s >&%1$d; sleep 1202.25 & wait";
    pid_t pid = start(run_command);
    CHECK_INT(hear(), 's');
    kill(pid, SIGTERM);
    nap(5);
    kill(pid, SIGTERM);
    CHECK_INT(hear(), 'i');
    CHECK_INT(status_of(pid), 143);
}

TEST(second_signal_kills)
{
    script = "trap '' INT TERM; printf s >&%1$d; sleep 1203.25 & wait";
    pid_t pid = start(run_command);
    CHECK_INT(hear(), 's');
    uint64_t begin = tg_run_now_ns();
    kill(pid, SIGINT);
    nap(300);
    kill(pid, SIGINT);
    CHECK_INT(status_of(pid), 130);
    CHECK(tg_run_now_ns() - begin < 3000000000u);
    CHECK_INT(hear(), 0); /* the command held the pipe, and is gone */
}

TEST(grace_period)
{
    script = "trap '' INT TERM; printf s >&%1$d; sleep 1204.25 & wait";
    pid_t pid = start(run_command);
    CHECK_INT(hear(), 's');
    uint64_t begin = tg_run_now_ns();
    kill(pid, SIGTERM);
    CHECK_INT(status_of(pid), 143);
    uint64_t took = tg_run_now_ns() - begin;
    CHECK(took > 4900000000u && took < 8000000000u);
    CHECK_INT(hear(), 0);
}

static void start_and_stop(void)
{
    struct tg_commands *commands = tg_commands_new(TG_SHOW_FAILED, NULL);
    tg_signals_init(&stop_flag, NULL);
    for (int i = 0; i < 3; i++) {
        uint64_t begin = tg_run_now_ns();
        tg_signals_start(commands, NULL, NULL, NULL);
        uint64_t middle = tg_run_now_ns();
        tg_signals_stop();
        printf("# start %llu us, stop %llu us\n", (unsigned long long)(middle - begin) / 1000,
               (unsigned long long)(tg_run_now_ns() - middle) / 1000);
    }
    fflush(stdout);
    raise(SIGINT);
    _exit(atomic_load(&stop_flag));
}

TEST(thread_starts_and_stops)
{
    CHECK_INT(status_of(start(start_and_stop)), TG_STOP_SIGNAL);
}
