/* SPDX-License-Identifier: MIT
 * The thread that answers. Whoever connects has a place, of which there are few, until he has his answer, or does nothing for a
 * while: none can keep it from the others. */
#include "cmd/control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/meet.h"
#include "cmd/screen.h"
#include "engine/base/clock.h"
#include "engine/run/seat.h"

#define MS UINT64_C(1000000)

#define CALM_MS 200             /* before that there is no socket: most runs are over */
#define LOOK_NS (250 * MS)      /* between two looks at the run */
#define BUDGET_NS (MS / 4)      /* of a look */
#define PATIENCE_NS (2000 * MS) /* with who asks, or reads the answer */
#define VISITORS 4
#define REFUSED_MS 10  /* whoever waits at the door is there again at once, as where descriptors are lacking */
#define FILES_LEAST 64 /* with fewer descriptors commands need them all */

struct control_visitor {
    int fd; /* -1: none */
    char line[TG_MEET_LINE];
    size_t length;
    struct tg_buf answer; /* empty: the line is not there yet */
    size_t sent;
    uint64_t until_ns;
};

struct reception {
    struct tg_control *control;
    struct tg_inquiry inquiry;
    struct control_visitor visitors[VISITORS];
    uint64_t next_look_ns;
};

/* ---- who asks ------------------------------------------------------------------------------------ */

static void dismiss_visitor(struct control_visitor *v)
{
    close(v->fd);
    tg_buf_done(&v->answer);
    v->fd = -1;
}

/* What came of the line; true when all of it is there. False and it is gone: an end, or more than a line may have. */
static bool hear_visitor(struct control_visitor *v)
{
    ssize_t n = recv(v->fd, v->line + v->length, sizeof v->line - v->length, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (n > 0) v->length += (size_t)n;
    if (n > 0 && v->line[v->length - 1] == '\n') return true;
    if (n <= 0 || v->length == sizeof v->line) dismiss_visitor(v);
    return false;
}

/* As much as there is room for; he goes when he has all. */
static void tell_visitor(struct control_visitor *v, uint64_t now_ns)
{
    ssize_t n = send(v->fd, v->answer.data + v->sent, v->answer.length - v->sent, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n > 0) v->sent += (size_t)n, v->until_ns = now_ns + PATIENCE_NS;
    if (n < 0 || v->sent == v->answer.length) dismiss_visitor(v);
}

/* What he asks for is done when the answer is on its way: it may be the end of the process. */
static void serve_visitor(struct reception *r, struct control_visitor *v, uint64_t now_ns)
{
    enum tg_inquiry_asked asked = TG_INQUIRY_NOTHING;
    bool heard = !v->answer.length && hear_visitor(v);
    if (heard) {
        v->line[v->length - 1] = 0;
        tg_inquiry_look(&r->inquiry, now_ns, BUDGET_NS);
        asked = tg_inquiry_answer(&r->inquiry, v->line, &v->answer);
    }
    if (v->fd >= 0 && v->answer.length) tell_visitor(v, now_ns);
    tg_inquiry_do(asked);
}

static void admit_visitor(struct reception *r, uint64_t now_ns)
{
    for (size_t i = 0; i < VISITORS; i++) {
        struct control_visitor *v = &r->visitors[i];
        if (v->fd >= 0) continue;
        v->fd = tg_meet_accept(&r->control->door);
        if (v->fd < 0) poll(NULL, 0, REFUSED_MS);
        v->length = v->sent = 0;
        v->until_ns = now_ns + PATIENCE_NS;
        return;
    }
}

/* ---- the thread ---------------------------------------------------------------------------------- */

/* What is waited for: the end of the run, then those who are here, then those who come, if there is a place. */
static size_t list_waits(const struct reception *r, struct pollfd *waits)
{
    bool place = false;
    waits[0] = (struct pollfd){.fd = r->control->wake_fd, .events = POLLIN};
    for (size_t i = 0; i < VISITORS; i++) {
        const struct control_visitor *v = &r->visitors[i];
        waits[1 + i] = (struct pollfd){.fd = v->fd, .events = v->answer.length ? POLLOUT : POLLIN};
        place = place || v->fd < 0;
    }
    waits[1 + VISITORS] = (struct pollfd){.fd = place ? r->control->door.listener : -1, .events = POLLIN};
    return 2 + VISITORS;
}

static void attend(struct reception *r)
{
    struct pollfd waits[2 + VISITORS];
    for (;;) {
        uint64_t now_ns = tg_clock_ns();
        if (now_ns >= r->next_look_ns) {
            tg_inquiry_look(&r->inquiry, now_ns, BUDGET_NS);
            r->next_look_ns = now_ns + LOOK_NS;
        }
        size_t count = list_waits(r, waits);
        int ready = poll(waits, count, (int)((r->next_look_ns - now_ns) / MS) + 1);
        if ((ready > 0 && waits[0].revents) || atomic_load(&r->control->over)) return;
        now_ns = tg_clock_ns();
        for (size_t i = 0; i < VISITORS; i++) {
            struct control_visitor *v = &r->visitors[i];
            if (v->fd >= 0 && ready > 0 && waits[1 + i].revents) serve_visitor(r, v, now_ns);
            if (v->fd >= 0 && now_ns >= v->until_ns) dismiss_visitor(v);
        }
        if (ready > 0 && waits[1 + VISITORS].revents) admit_visitor(r, now_ns);
    }
}

static void say_unmet(struct tg_err *err)
{
    char *line = tg_alloc_format("warning: %s", err->message);
    tg_screen_log(NULL, line, strlen(line));
    free(line);
}

static void *receive(void *control)
{
    struct tg_control *c = control;
    struct reception r = {.control = c};
    struct pollfd over = {.fd = c->wake_fd, .events = POLLIN};
    struct tg_err err = {0};
    uint64_t begin_ns = tg_clock_ns();
    for (size_t i = 0; i < VISITORS; i++) r.visitors[i].fd = -1;
    if (poll(&over, 1, CALM_MS) == 0 && tg_meet_open(&c->door, &err)) {
        tg_inquiry_begin(&r.inquiry, &c->of, begin_ns);
        attend(&r);
        tg_inquiry_end(&r.inquiry);
    }
    if (err.code && c->verbose) say_unmet(&err);
    tg_err_done(&err);
    for (size_t i = 0; i < VISITORS; i++)
        if (r.visitors[i].fd >= 0) dismiss_visitor(&r.visitors[i]);
    return NULL;
}

void tg_control_begin(struct tg_control *c, const struct tg_inquiry_of *of, bool verbose)
{
    sigset_t before;
    struct rlimit files;
    *c = (struct tg_control){.of = *of, .verbose = verbose, .wake_fd = -1};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES_LEAST) return;
    c->wake_fd = eventfd(0, EFD_CLOEXEC);
    if (c->wake_fd < 0) return;
    tg_meet_begin(&c->door); /* before a task may be somewhere else */
    tg_seat_block_signals(&before);
    c->started = pthread_create(&c->thread, NULL, receive, c) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void tg_control_end(struct tg_control *c)
{
    const uint64_t one = 1;
    atomic_store(&c->over, true);
    if (c->started && write(c->wake_fd, &one, sizeof one) < 0) {} /* a task has closed it: then its next look is the last */
    if (c->started) pthread_join(c->thread, NULL);
    if (c->wake_fd >= 0) tg_meet_end(&c->door), close(c->wake_fd);
    *c = (struct tg_control){.wake_fd = -1};
}
