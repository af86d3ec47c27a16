/* SPDX-License-Identifier: MIT
 * Running a step: its programs are watched by the calling thread in one poll loop over its output, its errors, its input,
 * a pidfd for each program, and the run's wake descriptor.
 *
 * The end of a step has an order. (1) A program has ended but is not waited for: its pid is still its own. (2) What it left
 * running may write for TG_COMMAND_LINGER_NS, then it and its session are killed. (3) When all programs are at this point,
 * their entries in the table of running programs are cleared. (4) The programs are waited for.
 * A step is asked to end once (the run stops, a time limit) and killed TG_COMMAND_GRACE_NS later.
 *
 * Of each pipe between two programs we keep a write end, until the program that writes to it ends. So it can be told why
 * SIGPIPE ended that one: the kernel says of our end whether anybody could still read at that moment (struct
 * tg_program_end). The reader sees the end of its input when we close ours.
 *
 * Where the kernel has no pidfds, the programs are looked for every TICK_MS. */
#include "engine/command/step.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/command/cmdtext.h"
#include "engine/command/shell.h"
#include "engine/command/container.h"
#include "engine/command/spawn.h"
#include "engine/command/wrap.h"

/* How often a thread looks where nothing can wake it. */
#define TICK_MS 50

/* After a stop, what a dead program left behind gets this long to write. */
#define STOPPED_LINGER_NS UINT64_C(100000000)

/* Bytes read from a pipe at once, and written. */
#define PIPE_BYTES ((size_t)64 << 10)

/* Reads from pipes after everything was killed: 64 KB of them in the smallest pieces. */
#define DRAIN_READS 40

struct program {
    struct tg_running *entry;
    char *const *argv;
    char **wrapped; /* what is started in place of argv, which it runs; heap; NULL: argv itself */
    pid_t pid;
    int pidfd;    /* -1: it ended, or there is none */
    int stdin_fd; /* the program's own, until it is started; -1: the one that all share that get nothing */
    int pipe_fd;  /* write end of the pipe to the next program; -1: it ended, or is the last */
    bool exited, unread, swept;
    uint64_t linger_until; /* 0: not set */
};

/* A step while it runs. */
struct running {
    struct tg_job *job;
    const struct tg_step *step;
    char **shell;                   /* runs its script; NULL: it has none */
    struct program only, *programs; /* heap, unless there is but one */
    size_t count, started, alive;
    int out_fd, err_fd, in_fd; /* our ends; -1: closed, or none */
    int child_out, child_err;  /* the programs'; child_out is that of the last one. Pipes are kept until all have ended */
    int wake_fd;               /* -1: was readable, or none */
    const char *input;         /* what is still to be written to in_fd */
    size_t input_left;
    bool asked;
    uint64_t kill_at, linger_until; /* 0: not set */
    enum tg_outcome outcome;
};

bool tg_step_stopping(const struct tg_job *j)
{
    const _Atomic uint32_t *unwanted = j->ctx->unwanted;
    if (unwanted && atomic_load_explicit(unwanted, memory_order_relaxed) & TG_CTX_UNWANTED) return true;
    return atomic_load_explicit(j->ctx->services->stop, memory_order_acquire) == TG_STOP_SIGNAL;
}

void tg_step_limit(struct tg_job *j, uint64_t timeout_ns)
{
    bool paused;
    j->timeout_at = tg_clock_ns() + timeout_ns;
    j->paused_ns = tg_guard_paused_ns(j->guard, &paused);
}

/* The limit of time has passed. A pause puts it off. */
static bool is_late(struct tg_job *j)
{
    bool paused;
    if (!j->timeout_at || tg_clock_ns() < j->timeout_at) return false;
    uint64_t paused_ns = tg_guard_paused_ns(j->guard, &paused);
    if (paused) return false; /* it is about to end: while it lasts, this thread is stopped as well */
    j->timeout_at += paused_ns - j->paused_ns;
    j->paused_ns = paused_ns;
    return tg_clock_ns() >= j->timeout_at;
}

static void close_fd(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* ---- while it runs ------------------------------------------------------------------------------- */

/* Asks the programs to end; they are killed if they do not. */
static void ask(struct running *r, enum tg_outcome outcome)
{
    TG_ASSERT(!r->asked && outcome != TG_STEP_ENDED);
    r->asked = true;
    r->outcome = outcome;
    for (size_t i = 0; i < r->started; i++) tg_guard_ask(r->job->guard, r->programs[i].entry, SIGTERM);
    r->kill_at = tg_clock_ns() + TG_COMMAND_GRACE_NS;
}

static void kill_programs(const struct running *r, bool all)
{
    for (size_t i = 0; i < r->started; i++) tg_guard_kill(r->job->guard, r->programs[i].entry, all);
}

/* Half of what was written must not pass for all of it. */
static void cut_off(struct running *r, int *fd, const char *what)
{
    int error = errno;
    if (error == EINTR || error == EAGAIN) return;
    close_fd(fd);
    if (r->asked) return;
    tg_err_set(&r->job->ctx->err, TG_EXIT_FAILED, "cannot %s: %s", what, strerror(error));
    ask(r, TG_STEP_CUT_OFF);
}

static void read_captured(struct running *r)
{
    struct tg_buf *b = &r->job->captured;
    size_t want = b->length < PIPE_BYTES ? 4096 : PIPE_BYTES;
    char *at = tg_buf_reserve(b, want);
    ssize_t n = read(r->out_fd, at, want);
    if (n > 0) {
        b->length += (size_t)n;
        b->data[b->length] = 0;
    } else if (n == 0) {
        close_fd(&r->out_fd);
    } else {
        cut_off(r, &r->out_fd, "read the standard output of the command");
    }
    if (b->length > r->job->max_capture) {
        r->outcome = TG_STEP_TOO_MUCH;
        r->asked = true;
        kill_programs(r, true);
        close_fd(&r->out_fd);
    }
}

static void read_printed(struct running *r, int *fd, void (*take)(struct tg_printed *, const char *, size_t))
{
    char block[16 << 10];
    ssize_t n = read(*fd, block, sizeof block);
    if (n > 0) take(&r->job->printed, block, (size_t)n);
    else if (n == 0) close_fd(fd);
    else cut_off(r, fd, "read what the command prints");
}

static void read_output(struct running *r)
{
    if (tg_step_shows_output(r->job, r->step)) read_printed(r, &r->out_fd, tg_printed_say_more);
    else read_captured(r);
}

/* A program that does not read all of its input (EPIPE) is not to blame for that. */
static void feed_input(struct running *r)
{
    size_t want = r->input_left < PIPE_BYTES ? r->input_left : PIPE_BYTES;
    ssize_t n = want ? write(r->in_fd, r->input, want) : 0;
    if (n > 0) r->input += n, r->input_left -= (size_t)n;
    if (!r->input_left || (n < 0 && errno == EPIPE)) close_fd(&r->in_fd);
    else if (n < 0) cut_off(r, &r->in_fd, "write the standard input of the command");
}

/* Nobody can read from this pipe any more. */
static bool is_unread(int pipe_fd)
{
    struct pollfd fd = {pipe_fd, 0, 0};
    return poll(&fd, 1, 0) > 0 && fd.revents & POLLERR;
}

static void close_written(struct running *r)
{
    if (r->child_out != r->child_err) close_fd(&r->child_out);
    r->child_out = -1;
    close_fd(&r->child_err);
}

static bool has_exited(const struct program *p)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* told: the kernel has said that it ended. */
static void note_exit(struct running *r, struct program *p, bool told)
{
    if (p->exited || !(told || has_exited(p))) return;
    TG_ASSERT(p->linger_until == 0 && r->alive > 0);
    p->exited = true;
    if (p->pipe_fd >= 0) p->unread = is_unread(p->pipe_fd);
    close_fd(&p->pipe_fd);
    close_fd(&p->pidfd);
    p->linger_until = tg_clock_ns() + (r->asked ? STOPPED_LINGER_NS : TG_COMMAND_LINGER_NS);
    if (--r->alive > 0) return;
    r->linger_until = p->linger_until;
    close_fd(&r->in_fd);
    close_written(r);
}

/* What a program left running must not hold up the others for longer than it may write. */
static void sweep(struct running *r, struct program *p, uint64_t now)
{
    if (!p->exited || p->swept || now < p->linger_until) return;
    p->swept = true;
    if (tg_guard_sweep(r->job->guard, p->entry) > 0)
        tg_printed_say(r->job->ctx, "warning: '%s' of task '%s' left programs running; they were killed", p->argv[0],
                       tg_command_instance(r->job->command));
}

/* Acts on the clock and the stop flag. */
static void check_limits(struct running *r)
{
    struct tg_job *j = r->job;
    if (!r->asked && r->alive && tg_step_stopping(j)) ask(r, TG_STEP_INTERRUPTED);
    bool sweeps = r->alive && r->alive < r->count;
    if (!sweeps && !r->kill_at && (r->asked || !j->timeout_at)) return;
    uint64_t now = tg_clock_ns();
    if (!r->asked && r->alive && is_late(j)) ask(r, TG_STEP_TIMED_OUT);
    if (r->kill_at && now >= r->kill_at) {
        r->kill_at = 0;
        kill_programs(r, true);
    }
    for (size_t i = 0; sweeps && i < r->started; i++) sweep(r, &r->programs[i], now);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return !a || (b && b < a) ? b : a;
}

/* When something is to be done though nothing happens; 0: never. */
static uint64_t next_deadline(const struct running *r)
{
    if (!r->alive) return r->linger_until;
    uint64_t at = r->asked ? r->kill_at : r->job->timeout_at;
    for (size_t i = 0; i < r->started && r->alive < r->count; i++)
        if (!r->programs[i].swept) at = earlier(at, r->programs[i].linger_until);
    return at;
}

/* Is there something that poll does not tell of? */
static bool is_blind(const struct running *r)
{
    if ((r->wake_fd < 0 || r->job->ctx->unwanted) && !r->asked) return true;
    for (size_t i = 0; i < r->started; i++)
        if (r->programs[i].pidfd < 0 && !r->programs[i].exited) return true;
    return false;
}

static int poll_ms(const struct running *r)
{
    uint64_t at = next_deadline(r), now = at ? tg_clock_ns() : 0;
    uint64_t ms = !at ? UINT64_MAX : at > now ? (at - now + 999999) / 1000000 : 0;
    if (ms > TICK_MS && is_blind(r)) return TICK_MS;
    return ms > 1000000000 ? -1 : (int)ms;
}

enum { OUT, ERR, WAKE, IN, FIRST }; /* of what is polled; then two of each program */
#define POLLED(count) (FIRST + 2 * (count))

static size_t list_polled(const struct running *r, struct pollfd *fds)
{
    fds[OUT] = (struct pollfd){r->out_fd, POLLIN, 0};
    fds[ERR] = (struct pollfd){r->err_fd, POLLIN, 0};
    fds[WAKE] = (struct pollfd){r->wake_fd, POLLIN, 0};
    fds[IN] = (struct pollfd){r->in_fd, POLLOUT, 0};
    for (size_t i = 0; i < r->started; i++) {
        fds[POLLED(i)] = (struct pollfd){r->programs[i].pidfd, POLLIN, 0};
        fds[POLLED(i) + 1] = (struct pollfd){r->programs[i].pipe_fd, 0, 0};
    }
    return POLLED(r->started);
}

static void act_on(struct running *r, const struct pollfd *fds)
{
    if (fds[OUT].revents == POLLHUP) close_fd(&r->out_fd); /* empty, and nobody will write */
    else if (fds[OUT].revents) read_output(r);
    if (fds[ERR].revents == POLLHUP) close_fd(&r->err_fd);
    else if (fds[ERR].revents) read_printed(r, &r->err_fd, tg_printed_add);
    if (fds[IN].revents) feed_input(r);
    if (fds[WAKE].revents) r->wake_fd = -1; /* stays readable: from now on the flag is looked at */
    for (size_t i = 0; i < r->started; i++) {
        struct program *p = &r->programs[i];
        if (fds[POLLED(i) + 1].revents) { /* before it can be taken for a consequence of its end */
            p->unread = true;
            close_fd(&p->pipe_fd);
        }
        if (fds[POLLED(i)].revents) note_exit(r, p, fds[POLLED(i)].revents & POLLIN);
    }
}

/* Until the programs ended and their pipes are closed; false if somebody else kept them open. */
static bool watch(struct running *r)
{
    struct pollfd fds[POLLED(TG_MAX_PIPELINE)];
    while (r->alive || r->out_fd >= 0 || r->err_fd >= 0) {
        size_t count = list_polled(r, fds);
        int ready = poll(fds, count, poll_ms(r));
        if (ready < 0 && errno != EINTR) tg_clock_sleep(10000000);
        if (ready > 0) act_on(r, fds);
        for (size_t i = 0; i < r->started; i++)
            if (r->programs[i].pidfd < 0) note_exit(r, &r->programs[i], false);
        check_limits(r);
        TG_ASSERT(r->alive || r->linger_until);
        if (!r->alive && tg_clock_ns() >= r->linger_until) return r->out_fd < 0 && r->err_fd < 0;
    }
    return true;
}

/* Reads what is in the pipes, without waiting; at most about what they can hold. */
static void drain(struct running *r)
{
    for (int i = 0; i < DRAIN_READS; i++) {
        struct pollfd fds[] = {{r->out_fd, POLLIN, 0}, {r->err_fd, POLLIN, 0}};
        if (poll(fds, 2, 0) <= 0) return;
        if (fds[0].revents) read_output(r);
        if (fds[1].revents) read_printed(r, &r->err_fd, tg_printed_add);
    }
}

/* Steps (2) to (4) of the end. */
static void finish(struct running *r, bool all_closed, struct tg_program_end *ends)
{
    TG_ASSERT(!r->alive); /* and not yet waited for: their pids are still their own */
    kill_programs(r, !all_closed || r->outcome == TG_STEP_TIMED_OUT);
    if (!all_closed) {
        if (!r->asked && !tg_guard_passed(r->job->guard))
            tg_printed_say(r->job->ctx, "warning: task '%s' left programs running that held its output open; they were killed",
                           tg_command_instance(r->job->command));
        drain(r);
    }
    close_fd(&r->out_fd);
    close_fd(&r->err_fd);
    bool asked = false;
    for (size_t i = 0; i < r->started; i++) asked |= tg_guard_release(r->job->guard, r->programs[i].entry) != 0;
    if (asked && r->outcome == TG_STEP_ENDED) r->outcome = TG_STEP_INTERRUPTED; /* they may have ended well, but not whole */
    for (size_t i = 0; i < r->started; i++) {
        ends[i].unread = r->programs[i].unread;
        ends[i].status = tg_spawn_wait_used(r->programs[i].pid, &ends[i].used_bytes);
    }
}

/* ---- starting it --------------------------------------------------------------------------------- */

/* What came of getting something that the start needs. LACKING: errno is what tg_claim_is_shortage tells. */
enum readiness { READY, LACKING, FAILED };

/* Only standard output of what gives nil is shown, so that it has a pipe of its own. */
static bool says_apart(const struct tg_job *j, const struct tg_step *step)
{
    return j->printed.place->mode == TG_SHOW_FAILED && j->command->output == TG_OUTPUT_NIL && !step->output_path;
}

bool tg_step_shows_output(const struct tg_job *j, const struct tg_step *step)
{
    enum tg_output_kind output = j->command->output;
    return !step->output_path && (output == TG_OUTPUT_NIL || output == TG_OUTPUT_BOOL || output == TG_OUTPUT_FILES);
}

char *const *tg_step_words(const struct tg_step *step, size_t program)
{
    return program ? step->piped[program - 1] : step->argv;
}

/* While it waits for something that it lacks, as somebody who writes a FIFO. */
static bool is_given_up(const void *data)
{
    const struct tg_job *j = data;
    return tg_step_stopping(j) || tg_guard_passed(j->guard) || (j->timeout_at && tg_clock_ns() >= j->timeout_at);
}

static enum readiness cannot_open(struct tg_job *j, const char *what, const char *path)
{
    if (tg_claim_is_shortage(errno)) return LACKING;
    tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "cannot %s '%s': %s", what, path, strerror(errno));
    return FAILED;
}

static enum readiness open_null(struct tg_job *j)
{
    int none = -1, fd;
    if (atomic_load_explicit(j->null_fd, memory_order_relaxed) >= 0) return READY;
    if ((fd = tg_spawn_open("/dev/null", O_RDONLY, 0)) < 0) return cannot_open(j, "read", "/dev/null");
    if (!atomic_compare_exchange_strong(j->null_fd, &none, fd)) close(fd); /* another worker was quicker */
    return READY;
}

static enum readiness open_input(struct running *r, const struct tg_step *step)
{
    struct program *first = &r->programs[0];
    if (!step->input && !step->input_path) return open_null(r->job);
    if (!step->input_path) {
        int fds[2];
        if (!tg_spawn_pipe(fds)) return LACKING;
        first->stdin_fd = fds[0], r->in_fd = fds[1];
        fcntl(r->in_fd, F_SETFL, O_NONBLOCK);
        r->input = step->input, r->input_left = step->input_length;
        return READY;
    }
    first->stdin_fd = tg_spawn_open_input(step->input_path, is_given_up, r->job);
    if (first->stdin_fd < 0 && errno == ECANCELED) return FAILED; /* start_outcome says why */
    return first->stdin_fd >= 0 ? READY : cannot_open(r->job, "read", step->input_path);
}

static enum readiness open_output(struct running *r, const struct tg_step *step)
{
    int fds[2];
    if (!tg_spawn_pipe(fds)) return LACKING;
    r->err_fd = fds[0], r->child_err = fds[1];
    if (tg_step_shows_output(r->job, step) && !says_apart(r->job, step)) {
        r->child_out = r->child_err;
    } else if (step->output_path) {
        r->child_out = tg_spawn_open(step->output_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (r->child_out < 0) return cannot_open(r->job, "write", tg_cmdtext_final(r->job->command, step->output_path));
    } else {
        if (!tg_spawn_pipe(fds)) return LACKING;
        r->out_fd = fds[0], r->child_out = fds[1];
    }
    return READY;
}

static enum readiness open_pipes(struct running *r)
{
    for (size_t i = 0; i + 1 < r->count; i++) {
        int fds[2];
        if (!tg_spawn_pipe(fds)) return LACKING;
        r->programs[i].pipe_fd = fds[1], r->programs[i + 1].stdin_fd = fds[0];
    }
    return READY;
}

static int highest_fd(const struct running *r)
{
    int fds[] = {r->out_fd, r->err_fd, r->in_fd, r->child_out, r->child_err, r->programs[r->count - 1].stdin_fd}, highest = -1;
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] > highest) highest = fds[i];
    return highest;
}

static void close_child_ends(struct running *r)
{
    close_written(r);
    for (size_t i = r->started; i < r->count; i++) close_fd(&r->programs[i].stdin_fd);
    for (size_t i = r->started; i < r->count; i++) close_fd(&r->programs[i].pipe_fd);
}

static void close_ends(struct running *r)
{
    close_child_ends(r);
    close_fd(&r->out_fd);
    close_fd(&r->err_fd);
    close_fd(&r->in_fd);
}

/* All descriptors of the step, before any program is started. */
static enum readiness open_ends(struct running *r, const struct tg_step *step, struct tg_claim *claim)
{
    enum readiness ready = open_input(r, step);
    if (ready == READY) ready = open_output(r, step);
    if (ready == READY) ready = open_pipes(r);
    if (ready == READY && !tg_claim_may_have(claim, highest_fd(r))) errno = EMFILE, ready = LACKING;
    if (ready != READY) return ready;
    errno = tg_guard_start(r->job->guard);
    if (!errno) return READY;
    if (tg_claim_is_shortage(errno)) return LACKING;
    tg_err_set(&r->job->ctx->err, TG_EXIT_FAILED, "cannot start the process that guards commands: %s", strerror(errno));
    return FAILED;
}

static bool cannot_start(struct tg_job *j, const char *program, int error)
{
    struct tg_err *err = &j->ctx->err;
    tg_err_set(err, TG_EXIT_FAILED, "cannot start '%s': %s", program, strerror(error));
    if (error == EMFILE || error == ENFILE)
        tg_err_hint(err, "Fewer workers (--jobs) need fewer open files; `ulimit -n` tells and raises the limit.");
    if (error == EAGAIN)
        tg_err_hint(err, "Fewer workers (--jobs) need fewer processes; `ulimit -u` tells and raises the limit.");
    return false;
}

/* Nothing that another attempt changes, as a file that is being written or a disk that fails. */
static bool is_misuse(int error)
{
    return error == ENOENT || error == EACCES || error == ENOEXEC || error == ENOTDIR || error == EISDIR || error == E2BIG ||
           error == ELOOP || error == ENAMETOOLONG || error == EPERM;
}

static void cannot_run(struct tg_job *j, const char *program, int error)
{
    struct tg_err *err = &j->ctx->err;
    tg_err_set(err, TG_EXIT_FAILED, "cannot run '%s': %s", program, strerror(error));
    if (is_misuse(error)) tg_err_because(err, TG_CAUSE_USAGE, 0);
    if (error == ENOENT && !strchr(program, '/')) tg_err_hint(err, "It is in none of the folders of PATH.");
    else if (error == ENOENT && access(program, F_OK) == 0)
        tg_err_hint(err, "The file is there, but not the interpreter that it names in its first line.");
    else if (error == ENOEXEC) tg_err_hint(err, "It is no program, and a script needs a first line such as #!/bin/sh.");
    else if (error == E2BIG)
        j->too_long = true, tg_err_hint(err, "Pass long values by a file or as standard input: < text(x).");
}

static void cannot_enter(struct tg_job *j, int error)
{
    tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "cannot run in the folder '%s' (option dir): %s", j->command->dir,
               strerror(error));
    if (is_misuse(error)) tg_err_because(&j->ctx->err, TG_CAUSE_USAGE, 0);
}

/* In the table of running programs; those of a pipeline are told apart there. */
static struct tg_running *take_entry(const struct running *r, const struct program *p)
{
    const char *task = tg_command_instance(r->job->command);
    uint32_t attempt = r->job->command->attempt;
    if (r->count == 1) return tg_guard_take(r->job->guard, task, attempt);
    char *name = tg_alloc_format("%s '%s'", task, p->argv[0]);
    struct tg_running *entry = tg_guard_take(r->job->guard, name, attempt);
    free(name);
    return entry;
}

/* Before it starts: should we be killed, the guard has to know. */
static void note_container(const struct running *r, const struct program *p)
{
    const struct tg_command *command = r->job->command;
    char *name = command->container ? tg_container_name(command, r->step, r->started) : NULL;
    if (name) tg_guard_contain(r->job->guard, p->entry, command->container->engine, name);
    free(name);
}

/* Starts the next program. */
static enum readiness launch(struct running *r)
{
    struct tg_job *j = r->job;
    struct program *p = &r->programs[r->started];
    bool last = r->started + 1 == r->count;
    if (!(p->entry = take_entry(r, p))) return errno = EAGAIN, LACKING;
    note_container(r, p);
    char *const *argv = p->wrapped ? p->wrapped : p->argv;
    struct tg_spawn spawn = {.argv = argv, .stderr_fd = r->child_err, .entry = p->entry};
    spawn.stdin_fd = p->stdin_fd >= 0 ? p->stdin_fd : atomic_load_explicit(j->null_fd, memory_order_relaxed);
    spawn.settings = r->step->settings;
    spawn.granted = j->command->granted;
    spawn.dir = j->command->dir;
    if (!tg_container_limits(j->command)) spawn.data_bytes = j->command->memory_bytes;
    spawn.stdout_fd = last ? r->child_out : p->pipe_fd;
    if (p->argv == r->shell) spawn.variables = r->step->variables, spawn.data = r->step->data;
    spawn.data_length = r->step->data_length;
    struct tg_buf mark = {0};
    if (!p->entry->engine) tg_guard_mark(j->guard, p->entry, &mark); /* what serves a container is its engine's */
    spawn.mark = mark.data;
    int error = tg_spawn(&spawn);
    tg_buf_done(&mark);
    if (!error) {
        p->pid = spawn.pid, p->pidfd = spawn.pidfd;
        TG_ASSERT(p->pid > 0 && atomic_load_explicit(&p->entry->group, memory_order_relaxed) == p->pid);
        close_fd(&p->stdin_fd);
        r->started++, r->alive++;
        return READY;
    }
    tg_guard_release(j->guard, p->entry);
    if (spawn.exec_failed) tg_spawn_wait(spawn.pid);
    errno = error;
    if (tg_claim_is_shortage(error)) return LACKING;
    if (spawn.dir_failed) return cannot_enter(j, error), FAILED;
    if (error == ENOEXEC && r->shell && p->argv != r->shell &&
        !p->wrapped) { /* a script without a first line that says what reads it */
        p->argv = r->shell;
        return launch(r);
    }
    if (spawn.exec_failed) cannot_run(j, argv[0], error);
    else cannot_start(j, argv[0], error);
    return FAILED;
}

static enum readiness try_start(struct running *r, const struct tg_step *step, struct tg_claim *claim)
{
    enum readiness ready = r->started ? READY : open_ends(r, step, claim);
    while (ready == READY && r->started < r->count) ready = launch(r);
    return ready;
}

/* Of its output we keep the ends that are written to: else their last program's end would wake us twice, once by these. A
 * file's is not ours to keep. Where descriptors are few, others need them more. */
static bool keeps_written(struct running *r)
{
    if (highest_fd(r) >= r->job->claims->first_spare_fd / 2) return false;
    for (size_t i = 0; i < r->started; i++)
        if (r->programs[i].pidfd < 0) return false;
    if (r->out_fd < 0 && r->child_out != r->child_err) close_fd(&r->child_out);
    return true;
}

/* Starts all programs. After a failure some may run; what else was opened for the step is closed. */
static bool start(struct running *r, const struct tg_step *step)
{
    struct tg_job *j = r->job;
    struct tg_claim claim = {.claims = j->claims, .ctx = j->ctx, .given_up = is_given_up, .data = j};
    enum readiness ready = LACKING;
    if (!tg_claim_begin(&claim, r->count > 1)) return false;
    while ((ready = try_start(r, step, &claim)) == LACKING) {
        int error = errno;
        const char *program = r->programs[r->started].argv[0];
        if (!r->started) close_ends(r);
        if (tg_claim_again(&claim, error)) continue;
        if (!is_given_up(j)) cannot_start(j, program, error);
        break;
    }
    if (!r->started) close_ends(r);
    else if (ready != READY || !keeps_written(r)) close_child_ends(r);
    tg_claim_settle(&claim, r->started > 0);
    return ready == READY;
}

static void set_up(struct running *r, const struct tg_step *step, char *const *first)
{
    r->programs = r->count == 1 ? &r->only : tg_alloc(r->count * sizeof *r->programs);
    for (size_t i = 0; i < r->count; i++) {
        r->programs[i] = (struct program){.argv = i ? step->piped[i - 1] : first, .pidfd = -1, .stdin_fd = -1, .pipe_fd = -1};
        r->programs[i].wrapped = tg_wrap_words(r->job->command, step, i, r->programs[i].argv);
    }
}

static void tear_down(struct running *r)
{
    for (size_t i = 0; i < r->count; i++) tg_wrap_free(r->programs[i].wrapped);
    if (r->programs != &r->only) free(r->programs);
    free(r->shell);
}

/* What became of a start that did not succeed. */
static enum tg_outcome start_outcome(const struct tg_job *j)
{
    if (j->ctx->err.code) return TG_STEP_NOT_STARTED;
    return j->timeout_at && tg_clock_ns() >= j->timeout_at && !tg_step_stopping(j) ? TG_STEP_TIMED_OUT : TG_STEP_INTERRUPTED;
}

/* An engine that was killed leaves its container. */
static void remove_containers(const struct running *r, const struct tg_program_end *ends)
{
    if (!r->job->command->container) return;
    for (size_t i = 0; i < r->started; i++)
        if (r->asked || WIFSIGNALED(ends[i].status)) tg_container_remove(r->job->command, r->step, i);
}

static void see_to_its_end(struct running *r, struct tg_program_end *ends)
{
    if (r->outcome != TG_STEP_ENDED) ask(r, r->outcome);                  /* the others were not started */
    else if (tg_guard_passed(r->job->guard)) ask(r, TG_STEP_INTERRUPTED); /* passed while it started */
    for (size_t i = 0; i < r->started; i++) tg_guard_started(r->job->guard, r->programs[i].entry);
    finish(r, watch(r), ends);
    remove_containers(r, ends);
    tg_claim_ended(r->job->claims);
    TG_ASSERT(r->out_fd < 0 && r->err_fd < 0 && r->in_fd < 0);
}

enum tg_outcome tg_step_run(struct tg_job *j, const struct tg_step *step, struct tg_program_end *ends)
{
    struct running r = {.job = j,
                        .step = step,
                        .count = step->piped_count + 1,
                        .out_fd = -1,
                        .err_fd = -1,
                        .in_fd = -1,
                        .child_out = -1,
                        .child_err = -1,
                        .wake_fd = j->ctx->services->wake_fd};
    TG_ASSERT(r.count <= TG_MAX_PIPELINE);
    if (tg_step_stopping(j) || tg_guard_passed(j->guard)) return TG_STEP_INTERRUPTED;
    if (step->script) r.shell = tg_shell_argv(step);
    set_up(&r, step, step->argv ? step->argv : r.shell);
    bool ok = start(&r, step);
    if (!ok) r.outcome = start_outcome(j);
    if (r.started) see_to_its_end(&r, ends);
    tg_printed_flush(&j->printed);
    tear_down(&r);
    return r.outcome;
}
