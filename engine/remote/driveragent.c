/* SPDX-License-Identifier: MIT
 * Starting, hearing and ending an agent.
 *
 * An agent ends when its standard input does: so it ends with its driver, whatever way that ends. A signal is the last resort. */
#include "engine/remote/driveragent.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"
#include "engine/base/out.h"
#include "engine/command/spawn.h"

/* An agent that was told to end has to end what it runs, and to remove its folder. */
#define END_NS UINT64_C(15000000000)
/* One that was sent a signal. */
#define SIGNALLED_NS UINT64_C(5000000000)

/* Of its last words. */
#define WORDS_BYTES 2000

static void shut(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

struct tg_driveragent *tg_driveragent_new(unsigned slot, const char *place)
{
    struct tg_driveragent *a = tg_alloc_zero(sizeof *a);
    a->slot = slot;
    a->place = tg_alloc_text(place);
    a->to_fd = a->from_fd = a->words_fd = a->pidfd = -1;
    a->frames.head = tg_nil();
    return a;
}

static void forget_process(struct tg_driveragent *a)
{
    tg_frames_done(&a->frames);
    shut(&a->to_fd);
    shut(&a->from_fd);
    shut(&a->words_fd);
    shut(&a->pidfd);
    a->pid = 0;
}

void tg_driveragent_free(struct tg_driveragent *a)
{
    if (!a) return;
    if (a->pid) tg_driveragent_reap(a, NULL);
    tg_buf_done(&a->words);
    free(a->name);
    free(a->place);
    free(a);
}

const char *tg_driveragent_name(const struct tg_driveragent *a)
{
    return a->name ? a->name : a->place;
}

void tg_driveragent_enter(struct tg_driveragent *a, enum tg_driveragent_state state)
{
    a->state = state;
    a->since_ns = tg_clock_ns();
}

/* ---- starting ------------------------------------------------------------------------------------ */

/* Runs the command with its ends of these pipes; 0 or an errno. */
static int spawn_agent(struct tg_driveragent *a, const struct tg_driverplaces *places, char **argv, int in, int out, int words)
{
    struct tg_spawn spawn = {.argv = argv, .program = tg_driverplaces_program(places), .group_fd = -1, .stays = true};
    spawn.stdin_fd = in;
    spawn.stdout_fd = out;
    spawn.stderr_fd = words;
    spawn.entry = &a->entry;
    atomic_store(&a->entry.group, 0);
    int error = tg_spawn(&spawn);
    if (error && spawn.exec_failed) tg_spawn_wait(spawn.pid);
    if (error) return error;
    a->pid = spawn.pid;
    a->pidfd = spawn.pidfd;
    return 0;
}

/* 0 or an errno. */
static int open_agent(struct tg_driveragent *a, const struct tg_driverplaces *places, char **argv)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, words[2] = {-1, -1};
    int error = tg_spawn_pipe(in) && tg_spawn_pipe(out) && tg_spawn_pipe(words) ? 0 : errno;
    if (!error) error = spawn_agent(a, places, argv, in[0], out[1], words[1]);
    shut(&in[0]);
    shut(&out[1]);
    shut(&words[1]);
    if (error) {
        shut(&in[1]);
        shut(&out[0]);
        shut(&words[0]);
        return error;
    }
    a->to_fd = in[1];
    a->from_fd = out[0];
    a->words_fd = words[0];
    int flags = fcntl(a->words_fd, F_GETFL);
    if (flags >= 0) fcntl(a->words_fd, F_SETFL, flags | O_NONBLOCK);
    tg_frames_init(&a->frames, a->from_fd, a->to_fd);
    return 0;
}

bool tg_driveragent_start(struct tg_driveragent *a, const struct tg_driverplaces *places, struct tg_err *err)
{
    char **argv = tg_driverplaces_command(places, a->slot);
    int error = open_agent(a, places, argv);
    a->words.length = 0;
    a->held = true;
    a->busy = false;
    a->signalled = 0;
    a->starts++;
    if (error) tg_err_set(err, TG_EXIT_CANNOT, "cannot start '%s': %s", argv[0], strerror(error));
    else tg_driveragent_enter(a, TG_DRIVERAGENT_GREETING);
    free(argv);
    return !error;
}

/* ---- ending -------------------------------------------------------------------------------------- */

void tg_driveragent_close(struct tg_driveragent *a)
{
    if (!a->pid || a->state == TG_DRIVERAGENT_CLOSING) return;
    if (a->state != TG_DRIVERAGENT_GREETING) {
        tg_frames_begin(&a->frames, "close");
        tg_frames_end(&a->frames, NULL, 0);
    }
    tg_driveragent_enter(a, TG_DRIVERAGENT_CLOSING);
    a->give_up_ns = a->since_ns + END_NS;
    tg_driveragent_flush(a);
}

bool tg_driveragent_flush(struct tg_driveragent *a)
{
    bool read = a->to_fd < 0 || tg_frames_flush(&a->frames);
    if (a->state == TG_DRIVERAGENT_CLOSING && !tg_frames_has_more(&a->frames)) shut(&a->to_fd);
    return read;
}

void tg_driveragent_press(struct tg_driveragent *a, uint64_t now_ns)
{
    if (a->state != TG_DRIVERAGENT_CLOSING || now_ns < a->give_up_ns) return;
    a->signalled = a->signalled ? SIGKILL : SIGTERM;
    kill(-a->pid, a->signalled);
    a->give_up_ns = now_ns + SIGNALLED_NS;
}

/* ---- its words ----------------------------------------------------------------------------------- */

/* Keeps the end of what it said. */
static void keep_words(struct tg_driveragent *a, const char *text, size_t length)
{
    tg_buf_add(&a->words, text, length);
    if (a->words.length <= 2 * WORDS_BYTES) return;
    size_t over = a->words.length - WORDS_BYTES;
    memmove(a->words.data, a->words.data + over, WORDS_BYTES + 1);
    a->words.length = WORDS_BYTES;
}

void tg_driveragent_hear(struct tg_driveragent *a)
{
    char text[4096];
    ssize_t n;
    while (a->words_fd >= 0 && (n = read(a->words_fd, text, sizeof text)) != 0) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (n < 0) break;
        keep_words(a, text, (size_t)n);
        if (!a->held) tg_out_write(2, text, (size_t)n);
    }
    shut(&a->words_fd);
}

void tg_driveragent_pass(struct tg_driveragent *a)
{
    if (a->held && a->words.length) tg_out_write(2, a->words.data, a->words.length);
    a->held = false;
}

/* The last line it said that says something; NULL: none. */
static const char *last_line(struct tg_driveragent *a, size_t *length)
{
    size_t end = a->words.length;
    while (end && isspace((unsigned char)a->words.data[end - 1])) end--;
    size_t begin = end;
    while (begin && a->words.data[begin - 1] != '\n') begin--;
    *length = end - begin;
    return *length ? a->words.data + begin : NULL;
}

static void say_end(struct tg_driveragent *a, int status, struct tg_buf *how)
{
    size_t length;
    const char *line = last_line(a, &length);
    if (WIFSIGNALED(status)) tg_buf_format(how, "was killed by signal %d", WTERMSIG(status));
    else tg_buf_format(how, "ended with status %d", WEXITSTATUS(status));
    if (line) tg_buf_format(how, ": %.*s", (int)length, line);
}

void tg_driveragent_reap(struct tg_driveragent *a, struct tg_buf *how)
{
    if (!a->pid) return;
    shut(&a->to_fd);
    kill(-a->pid, SIGKILL);
    int status = tg_spawn_wait(a->pid);
    tg_driveragent_hear(a);
    if (how) say_end(a, status, how);
    forget_process(a);
}

/* ---- waiting ------------------------------------------------------------------------------------- */

nfds_t tg_driveragent_poll(const struct tg_driveragent *a, struct pollfd *fds)
{
    nfds_t count = 0;
    if (!a->pid) return 0;
    fds[count++] = (struct pollfd){.fd = a->frames.ended ? -1 : a->from_fd, .events = POLLIN};
    fds[count++] = (struct pollfd){.fd = a->words_fd, .events = POLLIN};
    fds[count++] = (struct pollfd){.fd = a->pidfd, .events = POLLIN};
    if (a->to_fd >= 0 && tg_frames_has_more(&a->frames)) fds[count++] = (struct pollfd){.fd = a->to_fd, .events = POLLOUT};
    return count;
}
