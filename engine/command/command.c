/* SPDX-License-Identifier: MIT
 * Running a command: each step is one program, watched by the calling thread in one poll loop over its output, its
 * errors, its pidfd and the run's wake descriptor.
 *
 * The end of a step has an order. (1) The program has ended but is not waited for: its pid is still its own.
 * (2) What it left running may write for TG_COMMAND_LINGER_NS, then it and its session are killed. (3) The entry in
 * the table of running programs is cleared. (4) The program is waited for.
 * A step is asked to end once (the run stops, a time limit) and killed TG_COMMAND_GRACE_NS later.
 *
 * Where the kernel has no pidfds, the program is looked for every TICK_MS. */
#include "engine/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/command/capture.h"
#include "engine/command/cmdtext.h"
#include "engine/command/guard.h"
#include "engine/command/outfile.h"
#include "engine/command/printed.h"
#include "engine/command/spawn.h"

/* How often a thread looks where nothing can wake it. */
#define TICK_MS 50

/* After a stop, what a dead program left behind gets this long to write. */
#define STOPPED_LINGER_NS UINT64_C(100000000)

/* Bytes read from a pipe at once. */
#define READ_BYTES ((size_t)64 << 10)

/* Reads from pipes after everything was killed: 64 KB of them in the smallest pieces. */
#define DRAIN_READS 40

/* Bytes of the standard output of a failed command that its log gets. */
#define LOGGED_OUTPUT_BYTES ((size_t)64 << 10)

struct tg_commands {
    struct tg_guard guard;
    struct tg_log_place place;
    size_t max_capture;      /* immutable once commands run */
    _Atomic unsigned active; /* atomic: tg_command_run calls in this process */
    pthread_mutex_t lock;    /* guards jobs; nothing is allocated under it */
    struct job *jobs;        /* locked: the calls, newest first */
};

/* ---- all commands -------------------------------------------------------------------------------- */

struct tg_commands *tg_commands_new(enum tg_output_mode mode, const char *log_folder)
{
    struct tg_commands *c = tg_alloc_zero(sizeof *c);
    tg_guard_init(&c->guard);
    pthread_mutex_init(&c->lock, NULL);
    time_t now = time(NULL);
    struct tm local;
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
    c->place.mode = mode;
    c->place.folder = tg_alloc_format("%s/%s-%ld", log_folder ? log_folder : ".tgrun/logs", stamp, (long)getpid());
    c->max_capture = TG_MAX_CAPTURE_BYTES;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* an ignored one, inherited, would take exit statuses away */
    return c;
}

void tg_commands_free(struct tg_commands *c)
{
    if (!c) return;
    TG_ASSERT(atomic_load(&c->active) == 0 && !c->jobs);
    pthread_mutex_destroy(&c->lock);
    tg_guard_done(&c->guard);
    free(c->place.folder);
    free(c);
}

bool tg_commands_prepare(struct tg_commands *c, struct tg_err *err)
{
    return tg_guard_start(&c->guard, err);
}

void tg_commands_limit_capture(struct tg_commands *c, size_t bytes)
{
    c->max_capture = bytes;
}

void tg_commands_signal(struct tg_commands *c, int signal)
{
    tg_guard_signal_all(&c->guard, signal);
}

void tg_commands_describe(struct tg_commands *c, struct tg_buf *b)
{
    tg_guard_describe(&c->guard, b);
}

bool tg_commands_wait_idle(struct tg_commands *c, uint64_t limit_ns)
{
    uint64_t end = tg_clock_ns() + limit_ns;
    while (atomic_load_explicit(&c->active, memory_order_acquire)) {
        if (tg_clock_ns() >= end) return false;
        tg_clock_sleep(2000000);
    }
    return true;
}

/* ---- one step ------------------------------------------------------------------------------------ */

/* How a step went, beside its exit status. */
enum outcome { STEP_ENDED, STEP_NOT_STARTED, STEP_INTERRUPTED, STEP_TIMED_OUT, STEP_TOO_MUCH };

/* A command while it runs. */
struct job {
    struct job *newer, *older; /* locked */
    pthread_t thread;
    tg_ctx *ctx;
    struct tg_commands *all;
    const struct tg_command *command;
    uint64_t timeout_at; /* 0: none; times are of tg_clock_ns */
    struct tg_buf captured;
    struct tg_printed printed;
};

/* A program while it runs. */
struct program {
    struct job *job;
    struct tg_running *entry;
    pid_t pid;
    int pidfd, out_fd, err_fd, wake_fd; /* -1: closed, or none */
    bool exited, asked;
    uint64_t kill_at, linger_until; /* 0: not set */
    enum outcome outcome;
};

static bool stopping(const struct job *j)
{
    const _Atomic uint32_t *unwanted = j->ctx->unwanted;
    if (unwanted && atomic_load_explicit(unwanted, memory_order_relaxed) & TG_CTX_UNWANTED) return true;
    return atomic_load_explicit(j->ctx->services->stop, memory_order_acquire) == TG_STOP_SIGNAL;
}

static void close_fd(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* Asks the program to end; it is killed if it does not. */
static void ask(struct program *p, enum outcome outcome)
{
    TG_ASSERT(!p->asked && outcome != STEP_ENDED);
    p->asked = true;
    p->outcome = outcome;
    tg_guard_ask(&p->job->all->guard, p->entry, SIGTERM);
    p->kill_at = tg_clock_ns() + TG_COMMAND_GRACE_NS;
}

static void read_captured(struct program *p)
{
    struct tg_buf *b = &p->job->captured;
    size_t want = b->length < READ_BYTES ? 4096 : READ_BYTES;
    char *at = tg_buf_reserve(b, want);
    ssize_t n = read(p->out_fd, at, want);
    if (n > 0) {
        b->length += (size_t)n;
        b->data[b->length] = 0;
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        close_fd(&p->out_fd);
    }
    if (b->length > p->job->all->max_capture) {
        p->outcome = STEP_TOO_MUCH;
        p->asked = true;
        tg_guard_kill(p->entry, true);
        close_fd(&p->out_fd);
    }
}

static void read_printed(struct program *p)
{
    char block[16 << 10];
    ssize_t n = read(p->err_fd, block, sizeof block);
    if (n > 0) tg_printed_add(&p->job->printed, block, (size_t)n);
    else if (n == 0 || (errno != EINTR && errno != EAGAIN)) close_fd(&p->err_fd);
}

static void note_exit(struct program *p)
{
    siginfo_t info = {0};
    if (p->exited || (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)) return;
    TG_ASSERT(p->linger_until == 0);
    p->exited = true;
    close_fd(&p->pidfd);
    p->linger_until = tg_clock_ns() + (p->asked ? STOPPED_LINGER_NS : TG_COMMAND_LINGER_NS);
}

/* Acts on the clock and the stop flag. */
static void check_limits(struct program *p)
{
    if (!p->asked && !p->exited && stopping(p->job)) ask(p, STEP_INTERRUPTED);
    if (!p->kill_at && (p->asked || !p->job->timeout_at)) return;
    uint64_t now = tg_clock_ns();
    if (!p->asked && !p->exited && now >= p->job->timeout_at) ask(p, STEP_TIMED_OUT);
    if (p->kill_at && now >= p->kill_at) {
        p->kill_at = 0;
        tg_guard_kill(p->entry, true);
    }
}

static int poll_ms(const struct program *p)
{
    uint64_t at = p->exited ? p->linger_until : p->kill_at;
    if (!p->exited && !p->asked && p->job->timeout_at) at = p->job->timeout_at;
    uint64_t now = at ? tg_clock_ns() : 0;
    uint64_t ms = !at ? UINT64_MAX : at > now ? (at - now + 999999) / 1000000 : 0;
    bool blind = (p->pidfd < 0 && !p->exited) || ((p->wake_fd < 0 || p->job->ctx->unwanted) && !p->asked);
    if (blind && ms > TICK_MS) return TICK_MS;
    return ms > 1000000000 ? -1 : (int)ms;
}

/* Until the program ended and its pipes are closed; false if somebody else kept them open. */
static bool watch(struct program *p)
{
    while (!p->exited || p->out_fd >= 0 || p->err_fd >= 0) {
        struct pollfd fds[] = {{p->out_fd, POLLIN, 0}, {p->err_fd, POLLIN, 0}, {p->pidfd, POLLIN, 0}, {p->wake_fd, POLLIN, 0}};
        int ready = poll(fds, 4, poll_ms(p));
        if (ready < 0 && errno != EINTR) tg_clock_sleep(10000000);
        if (ready > 0 && fds[0].revents) read_captured(p);
        if (ready > 0 && fds[1].revents) read_printed(p);
        if (p->pidfd < 0 || (ready > 0 && fds[2].revents)) note_exit(p);
        if (ready > 0 && fds[3].revents) p->wake_fd = -1; /* stays readable: from now on the flag is looked at */
        check_limits(p);
        TG_ASSERT(!p->exited || p->linger_until);
        if (p->exited && tg_clock_ns() >= p->linger_until) return p->out_fd < 0 && p->err_fd < 0;
    }
    return true;
}

/* Reads what is in the pipes, without waiting; at most about what they can hold. */
static void drain(struct program *p)
{
    for (int i = 0; i < DRAIN_READS; i++) {
        struct pollfd fds[] = {{p->out_fd, POLLIN, 0}, {p->err_fd, POLLIN, 0}};
        if (poll(fds, 2, 0) <= 0) return;
        if (fds[0].revents) read_captured(p);
        if (fds[1].revents) read_printed(p);
    }
}

/* Steps (2) to (4) of the end; the status as waitpid tells it. */
static int finish(struct program *p, bool all_closed)
{
    TG_ASSERT(p->exited); /* and not yet waited for: its pid is still its own */
    tg_guard_kill(p->entry, !all_closed);
    if (!all_closed) {
        if (!p->asked)
            tg_printed_say(p->job->ctx, "warning: task '%s' left programs running that held its output open; they were killed",
                           p->job->command->name);
        drain(p);
    }
    close_fd(&p->out_fd);
    close_fd(&p->err_fd);
    close_fd(&p->pidfd);
    bool asked = tg_guard_release(&p->job->all->guard, p->entry) != 0;
    if (asked && p->outcome == STEP_ENDED) p->outcome = STEP_INTERRUPTED; /* it may have ended well, but not whole */
    return tg_spawn_wait(p->pid);
}

/* ---- starting a step ----------------------------------------------------------------------------- */

static bool cannot_start(struct job *j, const char *program, int error)
{
    struct tg_err *err = &j->ctx->err;
    tg_err_set(err, TG_EXIT_FAILED, "cannot start '%s': %s", program, strerror(error));
    if (error == EMFILE || error == ENFILE)
        tg_err_hint(err, "Fewer workers (--jobs) need fewer open files; `ulimit -n` tells and raises the limit.");
    if (error == EAGAIN)
        tg_err_hint(err, "Fewer workers (--jobs) need fewer processes; `ulimit -u` tells and raises the limit.");
    return false;
}

static bool cannot_run(struct job *j, const char *program, int error)
{
    struct tg_err *err = &j->ctx->err;
    tg_err_set(err, TG_EXIT_FAILED, "cannot run '%s': %s", program, strerror(error));
    if (error == ENOENT && !strchr(program, '/')) tg_err_hint(err, "It is in none of the folders of PATH.");
    else if (error == ENOENT && access(program, F_OK) == 0)
        tg_err_hint(err, "The file is there, but not the interpreter that it names in its first line.");
    else if (error == ENOEXEC) tg_err_hint(err, "It is no program, and a script needs a first line such as #!/bin/sh.");
    else if (error == E2BIG) tg_err_hint(err, "Pass long lists in a file.");
    return false;
}

/* The child's descriptors, and our ends of its pipes. */
struct ends {
    int child_in, child_out, child_err, out_fd, err_fd;
};

static void close_ends(struct ends *e)
{
    close_fd(&e->child_in);
    if (e->child_out != e->child_err) close_fd(&e->child_out);
    close_fd(&e->child_err);
}

static bool output_is_shown(const struct job *j, const struct tg_step *step)
{
    return !step->output_path && (j->command->output == TG_OUTPUT_NIL || j->command->output == TG_OUTPUT_FILES);
}

static bool open_ends(struct job *j, const struct tg_step *step, const char *program, struct ends *e)
{
    const char *input = step->input_path ? step->input_path : "/dev/null";
    int fds[2];
    *e = (struct ends){-1, -1, -1, -1, -1};
    e->child_in = tg_spawn_open(input, O_RDONLY, 0);
    if (e->child_in < 0)
        return errno == EMFILE || errno == ENFILE
                   ? cannot_start(j, program, errno)
                   : tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "cannot read '%s': %s", input, strerror(errno));
    if (!tg_spawn_pipe(fds)) return cannot_start(j, program, errno);
    e->err_fd = fds[0], e->child_err = fds[1];
    if (output_is_shown(j, step)) {
        e->child_out = e->child_err;
    } else if (step->output_path) {
        e->child_out = tg_spawn_open(step->output_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (e->child_out < 0)
            return tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "cannot write '%s': %s",
                              tg_cmdtext_final(j->command, step->output_path), strerror(errno));
    } else {
        if (!tg_spawn_pipe(fds)) return cannot_start(j, program, errno);
        e->out_fd = fds[0], e->child_out = fds[1];
    }
    return true;
}

static bool launch(struct job *j, char *const *argv, struct ends *e, struct program *p)
{
    struct tg_guard *guard = &j->all->guard;
    struct tg_running *entry = tg_guard_take(guard, j->command->name);
    if (!entry) return cannot_start(j, argv[0], EAGAIN);
    struct tg_spawn spawn = {argv, e->child_in, e->child_out, e->child_err, entry, 0, -1, false};
    int error = tg_spawn(&spawn);
    if (error) {
        tg_guard_release(guard, entry);
        if (!spawn.exec_failed) return cannot_start(j, argv[0], error);
        tg_spawn_wait(spawn.pid);
        return cannot_run(j, argv[0], error);
    }
    *p = (struct program){.job = j,
                          .entry = entry,
                          .pid = spawn.pid,
                          .pidfd = spawn.pidfd,
                          .out_fd = e->out_fd,
                          .err_fd = e->err_fd,
                          .wake_fd = j->ctx->services->wake_fd};
    TG_ASSERT(p->pid > 0 && atomic_load_explicit(&entry->group, memory_order_relaxed) == p->pid);
    if (tg_guard_passed(guard)) ask(p, STEP_INTERRUPTED); /* passed while it started */
    return true;
}

/* Runs one step; *status is its exit status as waitpid tells it. */
static enum outcome run_step(struct job *j, const struct tg_step *step, int *status)
{
    char *shell[] = {"/bin/sh", "-eu", "-c", (char *)step->script, NULL};
    char *const *argv = step->argv ? step->argv : shell;
    struct ends ends;
    struct program p;
    if (stopping(j) || tg_guard_passed(&j->all->guard)) return STEP_INTERRUPTED;
    bool ok = open_ends(j, step, argv[0], &ends) && tg_guard_start(&j->all->guard, &j->ctx->err) && launch(j, argv, &ends, &p);
    close_ends(&ends);
    if (!ok) {
        close_fd(&ends.out_fd);
        close_fd(&ends.err_fd);
        return STEP_NOT_STARTED;
    }
    *status = finish(&p, watch(&p));
    TG_ASSERT(p.out_fd < 0 && p.err_fd < 0 && p.pidfd < 0);
    return p.outcome;
}

/* ---- one command --------------------------------------------------------------------------------- */

static bool judge(struct job *j, enum outcome outcome, int status)
{
    struct tg_err *err = &j->ctx->err;
    switch (outcome) {
    case STEP_NOT_STARTED: return false;
    case STEP_INTERRUPTED: return tg_err_set(err, TG_EXIT_FAILED, "interrupted");
    case STEP_TIMED_OUT:
        return tg_err_set(err, TG_EXIT_FAILED, "command did not end within %g s", (double)j->command->timeout_ns / 1e9);
    case STEP_TOO_MUCH:
        tg_err_set(err, TG_EXIT_FAILED, "standard output is more than %zu bytes", j->all->max_capture);
        tg_err_hint(err, "Write it to a result file instead.");
        return false;
    case STEP_ENDED: break;
    }
    if (status == 0) return true;
    if (stopping(j)) return tg_err_set(err, TG_EXIT_FAILED, "interrupted");
    if (WIFEXITED(status)) return tg_err_set(err, TG_EXIT_FAILED, "command failed with exit status %d", WEXITSTATUS(status));
    char *name = tg_cmdtext_signal(WTERMSIG(status));
    tg_err_set(err, TG_EXIT_FAILED, "command killed by signal %s", name);
    free(name);
    if (WTERMSIG(status) == SIGKILL) tg_err_hint(err, "The system kills programs so when memory runs out.");
    return false;
}

static void log_failure(struct job *j)
{
    TG_ASSERT(j->ctx->err.message);
    struct tg_printed *p = &j->printed;
    struct tg_buf b = {0};
    if (j->captured.length) {
        size_t length = j->captured.length < LOGGED_OUTPUT_BYTES ? j->captured.length : LOGGED_OUTPUT_BYTES;
        tg_buf_format(&b, "standard output, %s%zu bytes:\n", length < j->captured.length ? "first " : "", length);
        tg_buf_add(&b, j->captured.data, length);
        if (b.data[b.length - 1] != '\n') tg_buf_char(&b, '\n');
    }
    tg_buf_format(&b, "%s\n", j->ctx->err.message);
    tg_printed_note(p, b.data, b.length);
    tg_buf_done(&b);
}

/* The error's detail: command line, last lines, log. */
static void explain(struct job *j, const struct tg_step *step)
{
    struct tg_buf b = {0};
    char *line = tg_cmdtext_line(j->command, step);
    log_failure(j);
    for (const char *at = line, *end; at; at = *end ? end + 1 : NULL) {
        end = strchrnul(at, '\n');
        tg_buf_text(&b, at == line ? "$ " : "\n  ");
        tg_printed_clean(&b, at, (size_t)(end - at));
    }
    tg_printed_tail(&j->printed, output_is_shown(j, step) ? "output" : "standard error", &b);
    if (j->printed.log_path) tg_buf_format(&b, "\nlog: %s", j->printed.log_path);
    tg_err_detail(&j->ctx->err, "%s", b.data);
    tg_buf_done(&b);
    free(line);
}

static bool run_steps(struct job *j, const struct tg_step **last)
{
    bool ok = true;
    for (size_t i = 0; i < j->command->step_count && ok; i++) {
        const struct tg_step *step = *last = &j->command->steps[i];
        char *title = tg_cmdtext_line(j->command, step);
        tg_printed_step(&j->printed, title);
        free(title);
        int status = 0;
        enum outcome outcome = run_step(j, step, &status);
        ok = judge(j, outcome, status);
    }
    return ok;
}

static bool make_result(struct job *j, tg_value *out)
{
    const struct tg_command *command = j->command;
    if (command->output == TG_OUTPUT_FILES) return tg_outfiles_publish(command->files, command->file_count, out, &j->ctx->err);
    return tg_capture_value(command->output, j->captured.data, j->captured.length, out, &j->ctx->err);
}

static void enter_job(struct job *j)
{
    struct tg_commands *all = j->all;
    atomic_fetch_add_explicit(&all->active, 1, memory_order_relaxed);
    j->thread = pthread_self();
    pthread_mutex_lock(&all->lock);
    j->older = all->jobs;
    if (j->older) j->older->newer = j;
    all->jobs = j;
    pthread_mutex_unlock(&all->lock);
}

static void leave_job(struct job *j)
{
    struct tg_commands *all = j->all;
    pthread_mutex_lock(&all->lock);
    if (j->older) j->older->newer = j->newer;
    if (j->newer) j->newer->older = j->older;
    else all->jobs = j->older;
    pthread_mutex_unlock(&all->lock);
    atomic_fetch_sub_explicit(&all->active, 1, memory_order_release);
}

int tg_command_run(tg_ctx *ctx, const struct tg_command *command, tg_value *out)
{
    struct tg_commands *all = ctx->services->commands;
    struct job j = {.ctx = ctx, .all = all, .command = command};
    const struct tg_step *last = NULL;
    TG_ASSERT(command->step_count && (command->output == TG_OUTPUT_FILES) == (command->file_count != 0));
    enter_job(&j);
    if (command->timeout_ns) j.timeout_at = tg_clock_ns() + command->timeout_ns;
    tg_printed_init(&j.printed, &all->place, ctx, command->name);
    bool ok = run_steps(&j, &last) && make_result(&j, out);
    TG_ASSERT(ok == !ctx->err.code);
    if (!ok && last) explain(&j, last);
    tg_printed_end(&j.printed);
    if (!ok) tg_outfiles_remove(command->files, command->file_count);
    tg_printed_done(&j.printed);
    tg_buf_done(&j.captured);
    leave_job(&j);
    return ok ? TG_OK : TG_FAIL;
}

/* ---- all that run, at the end of the process ------------------------------------------------------ */

static bool others_run(struct tg_commands *c)
{
    bool others = false;
    pthread_mutex_lock(&c->lock);
    for (const struct job *j = c->jobs; j; j = j->older) others |= !pthread_equal(j->thread, pthread_self());
    pthread_mutex_unlock(&c->lock);
    return others;
}

void tg_commands_abandon(struct tg_commands *c, uint64_t limit_ns)
{
    uint64_t end = tg_clock_ns() + limit_ns;
    tg_commands_signal(c, SIGKILL);
    while (others_run(c) && tg_clock_ns() < end) tg_clock_sleep(2000000);
    pthread_mutex_lock(&c->lock);
    for (const struct job *j = c->jobs; j; j = j->older) tg_outfiles_remove(j->command->files, j->command->file_count);
}
