/* SPDX-License-Identifier: MIT
 * One server, from its start to its end. It is started as a step is (launch.h), with a pipe as its standard input that stays
 * open, and does not end with the thread that started it: whichever asks it next may be another.
 *
 * Both ends are served in one poll loop, so that neither side waits for the other to read. Its end is seen by its pidfd; where
 * the kernel has none, it is looked for every TICK_MS. */
#include "engine/command/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/command/cmdtext.h"
#include "engine/command/halted.h"
#include "engine/command/launch.h"
#include "engine/command/spawn.h"

/* How often a thread looks where nothing can wake it. */
#define TICK_MS 50

/* Bytes read from a pipe at once. */
#define PIPE_BYTES ((size_t)64 << 10)

/* Reads of what is left in the pipe of one that is gone. */
#define DRAIN_READS 40

/* Of what it says when nobody has asked, this is enough to tell of it. */
#define UNASKED_BYTES ((size_t)4 << 10)

/* ---- what it says -------------------------------------------------------------------------------- */

/* The reads come behind a poll. False: that was the last. */
static bool read_error(struct tg_server *s)
{
    char block[16 << 10];
    ssize_t n = read(s->err_fd, block, sizeof block);
    if (n > 0 && s->printed) tg_printed_add(s->printed, block, (size_t)n);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) tg_launch_close(&s->err_fd);
    return s->err_fd >= 0;
}

static void read_said(struct tg_server *s)
{
    char *at = tg_buf_reserve(&s->said, s->said.length < PIPE_BYTES ? 4096 : PIPE_BYTES);
    ssize_t n = read(s->out_fd, at, s->said.length < PIPE_BYTES ? 4096 : PIPE_BYTES);
    if (n > 0) s->said.length += (size_t)n;
    s->said.data[s->said.length] = 0;
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) tg_launch_close(&s->out_fd);
}

/* What it wrote before it ended. */
static void drain_server(struct tg_server *s)
{
    for (int i = 0; i < DRAIN_READS; i++) {
        struct pollfd fds[] = {{s->out_fd, POLLIN, 0}, {s->err_fd, POLLIN, 0}};
        if (poll(fds, 2, 0) <= 0) return;
        if (fds[0].revents) read_said(s);
        if (fds[1].revents) read_error(s);
    }
}

static bool look_gone(struct tg_server *s)
{
    siginfo_t info = {0};
    return s->gone = waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* ---- its start ----------------------------------------------------------------------------------- */

/* What was opened for the step is the server's now. */
static struct tg_server *take_step(struct tg_job *j, struct tg_live_step *r)
{
    struct tg_server *s = tg_alloc(sizeof *s);
    const struct tg_live_program *p = &r->programs[0];
    *s = (struct tg_server){.name = tg_alloc_text(j->command->name),
                            .line = tg_cmdtext_line(j->command, &j->command->steps[0], SIZE_MAX),
                            .entry = p->entry,
                            .guard = j->guard,
                            .pid = p->pid,
                            .pidfd = p->pidfd,
                            .in_fd = r->in_fd,
                            .out_fd = r->out_fd,
                            .err_fd = r->err_fd,
                            .started_ns = tg_clock_ns(),
                            .group = j->group};
    j->group = TG_CGROUP_NO_GROUP;
    return s;
}

struct tg_server *tg_server_start(struct tg_job *j, enum tg_outcome *outcome)
{
    struct tg_step step = j->command->steps[0];
    struct tg_live_step r = {.job = j, .step = &step, .count = 1, .out_fd = -1, .err_fd = -1, .in_fd = -1};
    struct tg_server *s = NULL;
    step.input = ""; /* a pipe */
    r.child_out = r.child_err = r.wake_fd = -1;
    tg_launch_prepare(&r);
    if (tg_launch_all(&r)) {
        tg_launch_close_written(&r); /* so that its end shows */
        s = take_step(j, &r);
        tg_guard_started(j->guard, s->entry);
    } else {
        bool late = j->timeout_at && tg_clock_ns() >= j->timeout_at && !tg_step_stopping(j);
        *outcome = j->ctx->err.code ? TG_STEP_NOT_STARTED : late ? TG_STEP_TIMED_OUT : TG_STEP_INTERRUPTED;
    }
    tg_launch_forget(&r);
    return s;
}

/* ---- a question ---------------------------------------------------------------------------------- */

enum { OUT, ERR, IN, WAKE, END, POLLED };

/* One that does not read any more is about to end; what it said may still be an answer. */
static void write_question(struct tg_server *s, const char **line, size_t *left)
{
    ssize_t n = *left && !s->deaf ? write(s->in_fd, *line, *left) : 0;
    if (n > 0) *line += n, *left -= (size_t)n;
    else if (n < 0 && errno != EAGAIN && errno != EINTR) s->deaf = true;
}

static int ask_poll_ms(const struct tg_server *s, const struct tg_job *j, bool blind)
{
    uint64_t now = j->timeout_at ? tg_clock_ns() : 0, ms = UINT64_MAX;
    if (j->timeout_at) ms = j->timeout_at > now ? (j->timeout_at - now + 999999) / 1000000 : 0;
    blind |= s->deaf || s->pidfd < 0 || j->ctx->unwanted || j->ctx->services->wake_fd < 0;
    if (blind && ms > TICK_MS) return TICK_MS;
    return (int)(ms > TG_HALTED_LOOK_NS / 1000000 ? TG_HALTED_LOOK_NS / 1000000 : ms);
}

static bool has_line(const struct tg_server *s, size_t from)
{
    return s->said.length > from && memchr(s->said.data + from, '\n', s->said.length - from);
}

/* Reads what is there. True: the conversation is over. */
static bool listen_to(struct tg_server *s, const struct tg_job *j, const struct pollfd *fds, enum tg_reply *reply)
{
    size_t from = s->said.length;
    bool ended = s->pidfd >= 0 ? fds[END].revents : look_gone(s);
    if (fds[ERR].revents) read_error(s);
    if (fds[OUT].revents) read_said(s);
    if (ended) s->gone = true, drain_server(s);
    if (has_line(s, from)) return *reply = TG_REPLY_LINE, true;
    if (s->said.length > j->max_capture) return *reply = TG_REPLY_LONG, true;
    return *reply = TG_REPLY_NONE, s->gone || s->out_fd < 0;
}

/* Whether all that was written of a question is in the pipe still: so it ended before it was asked. */
static bool is_unheard(const struct tg_server *s, size_t written)
{
    int waiting = 0;
    return !written || (ioctl(s->in_fd, FIONREAD, &waiting) == 0 && (size_t)waiting >= written);
}

/* While it starts it does not read: the limit is put off until it does. True: it still starts. */
static bool is_starting(const struct tg_server *s, struct tg_job *j, size_t written)
{
    if (is_unheard(s, written)) return true;
    uint64_t limit_ns = j->command->timeout_ns;
    if (tg_clock_ns() + limit_ns < j->timeout_at) tg_step_limit(j, limit_ns);
    return false;
}

/* Until there is a reply; *left: of the line. */
static enum tg_reply converse(struct tg_server *s, struct tg_job *j, const char *line, size_t *left)
{
    bool awake = false, starting = s->asked == 1 && j->timeout_at;
    size_t length = *left;
    enum tg_reply reply;
    uint64_t start = 0; /* of waiting for one that cannot hear */
    struct tg_halted halted = {0};
    write_question(s, &line, left);
    for (;;) {
        int in_fd = *left && !s->deaf ? s->in_fd : -1, wake_fd = awake ? -1 : j->ctx->services->wake_fd;
        struct pollfd fds[POLLED] = {[OUT] = {s->out_fd, POLLIN, 0},
                                     [ERR] = {s->err_fd, POLLIN, 0},
                                     [IN] = {in_fd, POLLOUT, 0},
                                     [WAKE] = {wake_fd, POLLIN, 0},
                                     [END] = {s->pidfd, POLLIN, 0}};
        int ready = poll(fds, POLLED, ask_poll_ms(s, j, awake || starting));
        if (ready < 0 && errno != EINTR) tg_clock_sleep(10000000);
        if (tg_halted_look(&halted, s->pid, j->ctx, tg_clock_ns()))
            tg_halted_tell(j->ctx, "the server", tg_command_instance(j->command), s->pid);
        if (ready > 0 && listen_to(s, j, fds, &reply)) return reply;
        if (ready > 0 && fds[IN].revents) write_question(s, &line, left);
        if (ready > 0 && fds[WAKE].revents) awake = true; /* stays readable: from now on the flag is looked at */
        if (ready <= 0 && s->pidfd < 0 && look_gone(s)) return drain_server(s), has_line(s, 0) ? TG_REPLY_LINE : TG_REPLY_NONE;
        if (s->deaf && !start) start = tg_clock_ns();
        if (s->deaf && tg_clock_ns() >= start + j->linger_ns) return TG_REPLY_NONE;
        if (tg_step_stopping(j)) return TG_REPLY_STOPPED;
        if (starting) starting = is_starting(s, j, length - *left);
        if (tg_step_is_late(j)) return TG_REPLY_LATE;
    }
}

enum tg_reply tg_server_ask(struct tg_server *s, struct tg_job *j, const char *line, size_t length)
{
    size_t left = length;
    s->printed = &j->printed;
    enum tg_reply reply = converse(s, j, line, &left);
    s->unheard = (reply == TG_REPLY_NONE || reply == TG_REPLY_LATE) && is_unheard(s, length - left);
    return reply;
}

bool tg_server_is_ready(struct tg_server *s)
{
    struct pollfd fds[] = {{s->out_fd, POLLIN, 0}, {s->pidfd, POLLIN, 0}};
    if (poll(fds, 2, 0) > 0) {
        if (fds[0].revents) read_said(s);
        if (fds[1].revents) s->gone = true, drain_server(s);
    }
    if (s->pidfd < 0 && s->out_fd < 0) look_gone(s);
    return !s->gone && !s->said.length && s->out_fd >= 0;
}

/* ---- its end ------------------------------------------------------------------------------------- */

/* Reads what they say, until all are gone or the time has come. */
static bool wait_for_servers(struct tg_server *list, struct pollfd *fds, uint64_t until)
{
    for (;;) {
        size_t count = 0, left = 0;
        bool blind = false;
        for (struct tg_server *s = list; s; s = s->next) {
            if (s->gone || look_gone(s)) continue;
            left++;
            blind |= s->pidfd < 0;
            fds[count++] = (struct pollfd){s->pidfd, POLLIN, 0};
            fds[count++] = (struct pollfd){s->out_fd, POLLIN, 0};
            fds[count++] = (struct pollfd){s->err_fd, POLLIN, 0};
        }
        uint64_t now = tg_clock_ns();
        if (!left || now >= until) return !left;
        int ms = (int)((until - now + 999999) / 1000000);
        if (poll(fds, count, blind && ms > TICK_MS ? TICK_MS : ms) <= 0) continue;
        for (struct tg_server *s = list; s; s = s->next) {
            if (s->gone) continue;
            if (fds[1].revents) read_said(s);
            if (fds[2].revents) read_error(s);
            if (s->said.length > UNASKED_BYTES) s->said.length = UNASKED_BYTES;
            fds += 3;
        }
        fds -= count;
    }
}

/* It has ended. What it has left goes with it; then its pid may be another's. */
static void reap_server(struct tg_server *s)
{
    TG_ASSERT(s->gone && s->entry);
    drain_server(s);
    tg_guard_kill(s->guard, s->entry, s->told);
    tg_guard_release(s->guard, s->entry);
    s->entry = NULL;
    s->end.status = tg_spawn_wait_used(s->pid, &s->end.used);
    tg_guard_note_used(s->guard, &s->end.used);
    if (s->group.fd >= 0) tg_cgroup_end(tg_guard_groups(s->guard), &s->group);
    tg_launch_close(&s->out_fd);
    tg_launch_close(&s->err_fd);
    tg_launch_close(&s->pidfd);
}

void tg_server_end(struct tg_server *list, uint64_t linger_ns, uint64_t grace_ns)
{
    size_t count = 0;
    for (struct tg_server *s = list; s; s = s->next, count++) tg_launch_close(&s->in_fd);
    struct pollfd *fds = tg_alloc((3 * count + 1) * sizeof *fds);
    bool all = wait_for_servers(list, fds, tg_clock_ns() + linger_ns);
    for (struct tg_server *s = all ? NULL : list; s; s = s->next)
        if (!s->gone) s->told = true, tg_guard_ask(s->guard, s->entry, SIGTERM);
    all = all || wait_for_servers(list, fds, tg_clock_ns() + grace_ns);
    for (struct tg_server *s = all ? NULL : list; s; s = s->next)
        if (!s->gone) tg_guard_kill(s->guard, s->entry, true);
    while (!all) all = wait_for_servers(list, fds, tg_clock_ns() + grace_ns); /* nobody outlives that for long */
    for (struct tg_server *s = list; s; s = s->next) reap_server(s);
    free(fds);
}

void tg_server_free(struct tg_server *s)
{
    if (!s) return;
    TG_ASSERT(!s->entry && s->out_fd < 0 && s->err_fd < 0 && s->pidfd < 0);
    tg_launch_close(&s->in_fd);
    tg_buf_done(&s->said);
    tg_buf_done(&s->key);
    free(s->name);
    free(s->line);
    free(s);
}
