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
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/command/container.h"
#include "engine/command/launch.h"
#include "engine/command/spawn.h"

/* How often a thread looks where nothing can wake it. */
#define TICK_MS 50

/* After a stop, what a dead program left behind gets this long to write. */
#define STOPPED_LINGER_NS UINT64_C(100000000)

/* Bytes read from a pipe at once, and written. */
#define PIPE_BYTES ((size_t)64 << 10)

/* Reads from pipes after everything was killed: 64 KB of them in the smallest pieces. */
#define DRAIN_READS 40

bool tg_step_stopping(const struct tg_job *j)
{
    const _Atomic uint32_t *unwanted = j->ctx->unwanted;
    if (unwanted && atomic_load_explicit(unwanted, memory_order_relaxed) & TG_CTX_UNWANTED) return true;
    return atomic_load_explicit(j->ctx->services->stop, memory_order_acquire) == TG_STOP_SIGNAL;
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

void tg_step_limit(struct tg_job *j, uint64_t timeout_ns)
{
    bool paused;
    j->timeout_at = tg_clock_ns() + timeout_ns;
    j->paused_ns = tg_guard_paused_ns(j->guard, &paused);
}

bool tg_step_is_late(struct tg_job *j)
{
    bool paused;
    if (!j->timeout_at || tg_clock_ns() < j->timeout_at) return false;
    uint64_t paused_ns = tg_guard_paused_ns(j->guard, &paused);
    if (paused) return false; /* it is about to end: while it lasts, this thread is stopped as well */
    j->timeout_at += paused_ns - j->paused_ns;
    j->paused_ns = paused_ns;
    return tg_clock_ns() >= j->timeout_at;
}

/* ---- while it runs ------------------------------------------------------------------------------- */

/* Asks the programs to end; they are killed if they do not. */
static void ask(struct tg_live_step *r, enum tg_outcome outcome)
{
    TG_ASSERT(!r->asked && outcome != TG_STEP_ENDED);
    r->asked = true;
    r->outcome = outcome;
    for (size_t i = 0; i < r->started; i++) tg_guard_ask(r->job->guard, r->programs[i].entry, SIGTERM);
    r->kill_at = tg_clock_ns() + r->job->grace_ns;
}

static void kill_programs(const struct tg_live_step *r, bool all)
{
    for (size_t i = 0; i < r->started; i++) tg_guard_kill(r->job->guard, r->programs[i].entry, all);
    if (all) tg_cgroup_kill(&r->job->group);
}

/* Half of what was written must not pass for all of it. */
static void cut_off(struct tg_live_step *r, int *fd, const char *what)
{
    int error = errno;
    if (error == EINTR || error == EAGAIN) return;
    tg_launch_close(fd);
    if (r->asked) return;
    tg_err_set(&r->job->ctx->err, TG_EXIT_FAILED, "cannot %s: %s", what, strerror(error));
    ask(r, TG_STEP_CUT_OFF);
}

static void read_captured(struct tg_live_step *r)
{
    struct tg_buf *b = &r->job->captured;
    size_t want = b->length < PIPE_BYTES ? 4096 : PIPE_BYTES;
    char *at = tg_buf_reserve(b, want);
    ssize_t n = read(r->out_fd, at, want);
    if (n > 0) {
        b->length += (size_t)n;
        b->data[b->length] = 0;
    } else if (n == 0) {
        tg_launch_close(&r->out_fd);
    } else {
        cut_off(r, &r->out_fd, "read the standard output of the command");
    }
    if (b->length > r->job->max_capture) {
        r->outcome = TG_STEP_TOO_MUCH;
        r->asked = true;
        kill_programs(r, true);
        tg_launch_close(&r->out_fd);
    }
}

static void read_printed(struct tg_live_step *r, int *fd, void (*take)(struct tg_printed *, const char *, size_t))
{
    char block[16 << 10];
    ssize_t n = read(*fd, block, sizeof block);
    if (n > 0) take(&r->job->printed, block, (size_t)n);
    else if (n == 0) tg_launch_close(fd);
    else cut_off(r, fd, "read what the command prints");
}

static void read_output(struct tg_live_step *r)
{
    if (tg_step_shows_output(r->job, r->step)) read_printed(r, &r->out_fd, tg_printed_say_more);
    else read_captured(r);
}

/* A program that does not read all of its input (EPIPE) is not to blame for that. */
static void feed_input(struct tg_live_step *r)
{
    size_t want = r->input_left < PIPE_BYTES ? r->input_left : PIPE_BYTES;
    ssize_t n = want ? write(r->in_fd, r->input, want) : 0;
    if (n > 0) r->input += n, r->input_left -= (size_t)n;
    if (!r->input_left || (n < 0 && errno == EPIPE)) tg_launch_close(&r->in_fd);
    else if (n < 0) cut_off(r, &r->in_fd, "write the standard input of the command");
}

/* Nobody can read from this pipe any more. */
static bool is_unread(int pipe_fd)
{
    struct pollfd fd = {pipe_fd, 0, 0};
    return poll(&fd, 1, 0) > 0 && fd.revents & POLLERR;
}

static bool has_exited(const struct tg_live_program *p)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* told: the kernel has said that it ended. */
static void note_exit(struct tg_live_step *r, struct tg_live_program *p, bool told)
{
    if (p->exited || !(told || has_exited(p))) return;
    TG_ASSERT(p->linger_until == 0 && r->alive > 0);
    p->exited = true;
    if (p->pipe_fd >= 0) p->unread = is_unread(p->pipe_fd);
    tg_launch_close(&p->pipe_fd);
    tg_launch_close(&p->pidfd);
    p->linger_until = tg_clock_ns() + (r->asked ? STOPPED_LINGER_NS : r->job->linger_ns);
    if (--r->alive > 0) return;
    r->linger_until = p->linger_until;
    tg_launch_close(&r->in_fd);
    tg_launch_close_written(r);
}

/* What a program left running must not hold up the others for longer than it may write. */
static void sweep(struct tg_live_step *r, struct tg_live_program *p, uint64_t now)
{
    if (!p->exited || p->swept || now < p->linger_until) return;
    p->swept = true;
    if (tg_guard_sweep(r->job->guard, p->entry) > 0)
        tg_printed_say(r->job->ctx, "warning: '%s' of task '%s' left programs running; they were killed", p->argv[0],
                       tg_command_instance(r->job->command));
}

/* Acts on the clock and the stop flag. */
static void check_limits(struct tg_live_step *r)
{
    struct tg_job *j = r->job;
    if (!r->asked && r->alive && tg_step_stopping(j)) ask(r, TG_STEP_INTERRUPTED);
    bool sweeps = r->alive && r->alive < r->count;
    if (!sweeps && !r->kill_at && (r->asked || !j->timeout_at)) return;
    uint64_t now = tg_clock_ns();
    if (!r->asked && r->alive && tg_step_is_late(j)) ask(r, TG_STEP_TIMED_OUT);
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
static uint64_t next_deadline(const struct tg_live_step *r)
{
    if (!r->alive) return r->linger_until;
    uint64_t at = r->asked ? r->kill_at : r->job->timeout_at;
    for (size_t i = 0; i < r->started && r->alive < r->count; i++)
        if (!r->programs[i].swept) at = earlier(at, r->programs[i].linger_until);
    return at;
}

/* Is there something that poll does not tell of? */
static bool is_blind(const struct tg_live_step *r)
{
    if ((r->wake_fd < 0 || r->job->ctx->unwanted) && !r->asked) return true;
    for (size_t i = 0; i < r->started; i++)
        if (r->programs[i].pidfd < 0 && !r->programs[i].exited) return true;
    return false;
}

static int poll_ms(const struct tg_live_step *r)
{
    uint64_t at = next_deadline(r), now = at ? tg_clock_ns() : 0;
    uint64_t ms = !at ? UINT64_MAX : at > now ? (at - now + 999999) / 1000000 : 0;
    if (ms > TICK_MS && is_blind(r)) return TICK_MS;
    return ms > 1000000000 ? -1 : (int)ms;
}

enum { OUT, ERR, WAKE, IN, FIRST }; /* of what is polled; then two of each program */
#define POLLED(count) (FIRST + 2 * (count))

static size_t list_polled(const struct tg_live_step *r, struct pollfd *fds)
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

static void act_on(struct tg_live_step *r, const struct pollfd *fds)
{
    if (fds[OUT].revents == POLLHUP) tg_launch_close(&r->out_fd); /* empty, and nobody will write */
    else if (fds[OUT].revents) read_output(r);
    if (fds[ERR].revents == POLLHUP) tg_launch_close(&r->err_fd);
    else if (fds[ERR].revents) read_printed(r, &r->err_fd, tg_printed_add);
    if (fds[IN].revents) feed_input(r);
    if (fds[WAKE].revents) r->wake_fd = -1; /* stays readable: from now on the flag is looked at */
    for (size_t i = 0; i < r->started; i++) {
        struct tg_live_program *p = &r->programs[i];
        if (fds[POLLED(i) + 1].revents) { /* before it can be taken for a consequence of its end */
            p->unread = true;
            tg_launch_close(&p->pipe_fd);
        }
        if (fds[POLLED(i)].revents) note_exit(r, p, fds[POLLED(i)].revents & POLLIN);
    }
}

/* Until the programs ended and their pipes are closed; false if somebody else kept them open. */
static bool watch(struct tg_live_step *r)
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
static void drain(struct tg_live_step *r)
{
    for (int i = 0; i < DRAIN_READS; i++) {
        struct pollfd fds[] = {{r->out_fd, POLLIN, 0}, {r->err_fd, POLLIN, 0}};
        if (poll(fds, 2, 0) <= 0) return;
        if (fds[0].revents) read_output(r);
        if (fds[1].revents) read_printed(r, &r->err_fd, tg_printed_add);
    }
}

/* Steps (2) to (4) of the end. */
static void finish(struct tg_live_step *r, bool all_closed, struct tg_program_end *ends)
{
    TG_ASSERT(!r->alive); /* and not yet waited for: their pids are still their own */
    kill_programs(r, !all_closed || r->outcome == TG_STEP_TIMED_OUT);
    if (!all_closed) {
        if (!r->asked && !tg_guard_passed(r->job->guard))
            tg_printed_say(r->job->ctx, "warning: task '%s' left programs running that held its output open; they were killed",
                           tg_command_instance(r->job->command));
        drain(r);
    }
    tg_launch_close(&r->out_fd);
    tg_launch_close(&r->err_fd);
    bool asked = false;
    for (size_t i = 0; i < r->started; i++) asked |= tg_guard_release(r->job->guard, r->programs[i].entry) != 0;
    if (asked && r->outcome == TG_STEP_ENDED) r->outcome = TG_STEP_INTERRUPTED; /* they may have ended well, but not whole */
    for (size_t i = 0; i < r->started; i++) {
        ends[i].unread = r->programs[i].unread;
        ends[i].status = tg_spawn_wait_used(r->programs[i].pid, &ends[i].used);
        tg_usage_add(&r->job->ctx->used, &ends[i].used);
        tg_guard_note_used(r->job->guard, &ends[i].used);
    }
    tg_launch_leave_group(r);
}

/* ---- all of it ----------------------------------------------------------------------------------- */

/* What became of a start that did not succeed. */
static enum tg_outcome start_outcome(const struct tg_job *j)
{
    if (j->ctx->err.code) return TG_STEP_NOT_STARTED;
    return j->timeout_at && tg_clock_ns() >= j->timeout_at && !tg_step_stopping(j) ? TG_STEP_TIMED_OUT : TG_STEP_INTERRUPTED;
}

/* An engine that was killed leaves its container. What it is wrapped in may tell of that by a status. */
static bool may_leave_container(int status)
{
    return WIFSIGNALED(status) || WEXITSTATUS(status) > 128;
}

/* Of a signal that was passed on the outcome tells, whether this thread came to ask or the engine was faster. */
static void remove_containers(const struct tg_live_step *r, const struct tg_program_end *ends)
{
    if (!r->job->command->container) return;
    for (size_t i = 0; i < r->started; i++)
        if (r->outcome != TG_STEP_ENDED || may_leave_container(ends[i].status))
            tg_container_remove(r->job->command, r->step, i);
}

static void see_to_its_end(struct tg_live_step *r, struct tg_program_end *ends)
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
    struct tg_live_step r = {.job = j,
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
    tg_launch_prepare(&r);
    bool ok = tg_launch_all(&r);
    if (!ok) r.outcome = start_outcome(j);
    if (r.started) see_to_its_end(&r, ends);
    tg_printed_flush(&j->printed);
    tg_launch_forget(&r);
    return r.outcome;
}
