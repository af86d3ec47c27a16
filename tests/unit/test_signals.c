/* SPDX-License-Identifier: MIT
 * Signals that end a run: what the first and the second do, at graph time and during a run, and USR1. Each test runs
 * a process of its own that tells its state through a pipe. How far two signals are apart does not depend on the machine:
 * the clock is the test's. */
#include "tests/unit/check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/command/command.h"
#include "engine/command/guard.h"

static uint64_t test_clock(void);
static void abandon_commands(struct tg_commands *c);
static unsigned late_alarm(unsigned seconds);
#define alarm late_alarm
#define tg_clock_ns test_clock
#define tg_commands_abandon abandon_commands
#include "cmd/signals.c"
#undef alarm
#undef tg_clock_ns
#undef tg_commands_abandon

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

/* What the process and the test share. */
static struct shared {
    _Atomic uint64_t now_ns; /* the clock of cmd/signals.c */
    _Atomic int looks;       /* how often it was looked at: at least once for each ending signal of a run */
} * shared;

static uint64_t test_clock(void)
{
    atomic_fetch_add(&shared->looks, 1);
    return atomic_load(&shared->now_ns);
}

/* How many times longer than it is the time after which what goes on is named or ended. No machine is so slow that it comes where it
 * is not waited for. */
static unsigned alarm_factor = 3600;

static unsigned late_alarm(unsigned seconds)
{
    return alarm(seconds * alarm_factor);
}

/* Tells `k` when cmd/signals.c has commands killed. */
static void abandon_commands(struct tg_commands *c)
{
    tell('k');
    tg_commands_abandon(c);
}

static char folder[] = "/tmp/test_signals.XXXXXX";

static void remove_folder(void)
{
    char *line = tg_alloc_format("rm -rf %s", folder);
    if (system(line) != 0) abort();
    free(line);
}

/* The folder for the logs and the shared state; made once, in the parent. The thread sanitizer of GCC 12 loses signals sent to a
 * process that another one has forked in its first milliseconds (3 of 100, in a program of ten lines). */
static void prepare(void)
{
    if (!shared) {
#ifdef __SANITIZE_THREAD__
        usleep(200000);
#endif
        if (!mkdtemp(folder)) abort();
        atexit(remove_folder);
        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED) abort();
    }
    atomic_store(&shared->now_ns, 1000);
    atomic_store(&shared->looks, 0);
}

static void make_file(const char *name)
{
    char *path = tg_alloc_format("%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (!f || fclose(f) != 0) abort();
    free(path);
}

static pid_t start(void (*run)(void))
{
    prepare();
    if (told[0]) close(told[0]);
    if (pipe(told) != 0) abort();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        close(told[0]);
        signal(SIGINT, SIG_DFL);
        signal(SIGQUIT, SIG_DFL);
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

/* ---- graph time ---------------------------------------------------------------------------------- */

static void evaluate(void)
{
    tg_signals_init();
    tg_signals_build(&stop_flag, NULL);
    tell('a');
    while (!atomic_load(&stop_flag)) usleep(1000);
    char byte;
    if (read(tg_signals_wake_fd(), &byte, 1) == 1) tell('b');
    for (;;) pause();
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

static int ignored;

static void ignore_one(void)
{
    signal(ignored, SIG_IGN);
    tg_signals_init();
    tg_signals_build(&stop_flag, NULL);
    raise(ignored);
    _exit(atomic_load(&stop_flag));
}

TEST(ignored_stays_ignored)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < TG_COUNT(numbers); i++) {
        ignored = numbers[i];
        CHECK_INT(status_of(start(ignore_one)), 0);
    }
}

/* Who does not look at the flag is ended, and says nothing of a second signal. */
static void evaluate_for_ever(void)
{
    tg_signals_init();
    tg_signals_build(&stop_flag, NULL);
    tell('a');
    for (;;) pause();
}

TEST(graph_time_deaf)
{
    alarm_factor = 1;
    pid_t pid = start(evaluate_for_ever);
    alarm_factor = 3600;
    CHECK_INT(hear(), 'a');
    kill(pid, SIGINT);
    CHECK_INT(status_of(pid), 130);
}

static void do_nothing(void)
{
    tg_signals_first();
    raise(SIGUSR1);
    tg_signals_init();
    raise(SIGUSR1);
    tell('a');
    for (;;) pause();
}

TEST(at_once)
{
    pid_t pid = start(do_nothing);
    CHECK_INT(hear(), 'a');
    kill(pid, SIGQUIT);
    CHECK_INT(status_of(pid), 131);
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

#define LONG_GRACE_NS UINT64_C(3600000000000) /* what ends sooner is not ended by it, however slow the machine is */

static uint64_t grace_ns = LONG_GRACE_NS;

/* Ends with 128 + n when the command was interrupted and its file aside is gone. */
static void run_command(void)
{
    struct tg_commands *commands = tg_commands_new(TG_SHOW_FAILED, folder);
    tg_commands_wait(commands, grace_ns, TG_COMMAND_LINGER_NS);
    tg_signals_init();
    tg_signals_build(&stop_flag, NULL);
    struct tg_services services = {.stop = &stop_flag, .wake_fd = tg_signals_wake_fd(), .commands = commands};
    struct tg_ctx ctx = {.services = &services, .options = tg_nil()};
    struct tg_signals_run run = {.commands = commands, .on_usr1 = print_state, .data = commands};
    tg_signals_start(&run, NULL);
    char *line = tg_alloc_format(script, told[1], folder);
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

/* The script goes on, from one `i` to the next, when there is a file. */
TEST(same_signal_twice_at_once)
{
    script = "trap 'printf i >&%1$d; until [ -e %2$s/on ]; do sleep 0.01; done; printf i >&%1$d; exit 0' TERM; "
             "printf s >&%1$d; sleep 1202.25 & wait";
    pid_t pid = start(run_command);
    CHECK_INT(hear(), 's');
    kill(pid, SIGTERM);
    CHECK_INT(hear(), 'i');
    atomic_fetch_add(&shared->now_ns, SAME_REQUEST_NS);
    int looks = atomic_load(&shared->looks);
    kill(pid, SIGTERM);
    while (atomic_load(&shared->looks) == looks) usleep(1000);
    make_file("on");
    CHECK_INT(hear(), 'i');
    CHECK_INT(status_of(pid), 143);
}

TEST(second_signal_kills)
{
    script = "trap 'printf i >&%1$d; exec sleep 1207.25' INT; trap '' TERM; printf s >&%1$d; sleep 1203.25 & wait";
    pid_t pid = start(run_command);
    CHECK_INT(hear(), 's');
    kill(pid, SIGINT);
    CHECK_INT(hear(), 'i');
    atomic_fetch_add(&shared->now_ns, SAME_REQUEST_NS + 1);
    kill(pid, SIGINT);
    CHECK_INT(hear(), 'k');
    CHECK_INT(status_of(pid), 130);
    CHECK_INT(hear(), 0); /* the command held the pipe, and is gone */
}

TEST(another_signal_kills)
{
    script = "trap '' INT TERM; printf s >&%1$d; sleep 1205.25 & wait";
    pid_t pid = start(run_command);
    CHECK_INT(hear(), 's');
    kill(pid, SIGINT);
    while (atomic_load(&shared->looks) < 1) usleep(1000);
    kill(pid, SIGTERM);
    CHECK_INT(hear(), 'k');
    CHECK_INT(status_of(pid), 143);
    CHECK_INT(hear(), 0);
}

/* Who will not end has time to clean up, and is killed without a second signal: more time if this was too little for
 * a busy machine. */
TEST(grace_period)
{
    char letter = 0;
    script = "trap '' INT; trap 'trap \"\" TERM; printf c >&%1$d; exec sleep 1206.25' TERM; "
             "printf s >&%1$d; sleep 1204.25 & wait";
    for (grace_ns = 100000000; letter != 'c' && grace_ns < UINT64_C(60000000000); grace_ns *= 3) {
        pid_t pid = start(run_command);
        CHECK_INT(hear(), 's');
        kill(pid, SIGTERM);
        letter = hear();
        CHECK_INT(status_of(pid), 143);
        if (letter) CHECK_INT(hear(), 0);
    }
    CHECK_INT(letter, 'c');
    grace_ns = LONG_GRACE_NS;
}

static void start_and_stop(void)
{
    struct tg_commands *commands = tg_commands_new(TG_SHOW_FAILED, NULL);
    struct tg_signals_run run = {.commands = commands};
    tg_signals_init();
    for (int i = 0; i < 3; i++) {
        tg_signals_build(&stop_flag, NULL);
        tg_signals_start(&run, NULL);
        tg_signals_stop();
    }
    raise(SIGINT);
    _exit(98);
}

TEST(thread_starts_and_stops)
{
    CHECK_INT(status_of(start(start_and_stop)), 130);
}
