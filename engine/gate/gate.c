/* SPDX-License-Identifier: MIT
 * Waiting. The first in line sleeps in poll: for a token, for somebody who leaves (an eventfd), for the end of the run, or until it
 * is time to look again. What nothing wakes it for (a run that stops since a task has failed) it looks at from time to time.
 * The others sleep until they are the first, which they become one after the other also when all give up. */
#include "engine/gate/gate.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/gate/reading.h"

/* How often the first looks where nothing can wake it. */
#define TICK_NS UINT64_C(50000000)

struct tg_gate {
    struct tg_gate_options options; /* immutable */
    int left_fd;                    /* locked: readable when somebody has left; -1: nobody has waited, or ticks must do */
    pthread_mutex_t lock;
    struct tg_throttle throttle;
    struct tg_gate_visit *first, **last; /* locked: who waits */
    size_t waiting;
    bool told_broken, told_memory; /* locked: the user knows */
};

/* ---- what the throttle looks at ------------------------------------------------------------------- */

static bool take_token(void *gate)
{
    return tg_jobserver_take(((struct tg_gate *)gate)->options.jobserver);
}

static void give_token(void *gate)
{
    tg_jobserver_give(((struct tg_gate *)gate)->options.jobserver);
}

static void lend_token(void *gate)
{
    tg_jobserver_lend(((struct tg_gate *)gate)->options.jobserver);
}

static bool reclaim_token(void *gate)
{
    return tg_jobserver_reclaim(((struct tg_gate *)gate)->options.jobserver);
}

static bool is_broken(void *gate)
{
    return ((struct tg_gate *)gate)->options.jobserver->error;
}

static double read_load(void *unused)
{
    (void)unused;
    return tg_reading_load();
}

static double read_pressure(void *gate)
{
    const char *path = ((const struct tg_gate *)gate)->options.pressure_file;
    return path ? tg_reading_full_of(path) : tg_reading_pressure();
}

/* ---- a gate --------------------------------------------------------------------------------------- */

struct tg_gate *tg_gate_new(const struct tg_gate_options *options)
{
    struct tg_gate *g = tg_alloc_zero(sizeof *g);
    struct tg_throttle_source source = {.data = g};
    g->options = *options;
    if (options->jobserver) source.take = take_token, source.give = give_token, source.is_dry = is_broken;
    if (options->jobserver && !options->jobserver->serves) source.lend = lend_token, source.reclaim = reclaim_token;
    if (options->load > 0) source.load = read_load;
    if (!options->ignore_pressure) source.pressure = read_pressure;
    tg_throttle_init(&g->throttle, &source);
    g->throttle.load_limit = options->load;
    g->throttle.most = options->most;
    g->throttle.seed = (uint32_t)getpid();
    g->left_fd = -1;
    g->last = &g->first;
    pthread_mutex_init(&g->lock, NULL);
    return g;
}

void tg_gate_free(struct tg_gate *g)
{
    if (!g) return;
    TG_ASSERT(!g->first && !g->throttle.used);
    tg_throttle_give_up(&g->throttle);
    if (g->left_fd >= 0) close(g->left_fd);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

/* ---- lines for the user --------------------------------------------------------------------------- */

const char *tg_gate_waits_for(enum tg_wait why)
{
    switch (why) {
    case TG_WAIT_TOKEN: return "a token of the jobserver";
    case TG_WAIT_LOAD: return "the load of the machine to fall (--load)";
    case TG_WAIT_MEMORY: return "memory: programs stand still for want of it";
    case TG_WAIT_NOTHING: break;
    }
    return "its turn";
}

/* Locked, but while it is said. */
static void show_unlocked(struct tg_gate *g, const char *text)
{
    pthread_mutex_unlock(&g->lock);
    if (g->options.say) g->options.say(g->options.data, text);
    pthread_mutex_lock(&g->lock);
}

/* Locked: once of each. */
static void tell_once(struct tg_gate *g, enum tg_wait why)
{
    int error = g->options.jobserver ? g->options.jobserver->error : 0;
    if (error && !g->told_broken) {
        g->told_broken = true;
        char *text = tg_alloc_format("warning: the jobserver does not work any more, and is left alone: %s", strerror(error));
        show_unlocked(g, text);
        free(text);
    }
    if (why == TG_WAIT_MEMORY && !g->told_memory) {
        g->told_memory = true;
        show_unlocked(g,
                      "warning: programs stand still for want of memory: no task begins until that is over, while others run");
    }
}

size_t tg_gate_waiting(struct tg_gate *g, struct tg_gate_visit *out, size_t room)
{
    pthread_mutex_lock(&g->lock);
    size_t count = g->waiting, i = 0;
    for (const struct tg_gate_visit *v = g->first; v && i < room; v = v->next) {
        out[i] = *v;
        out[i].next = NULL, out[i].turn = NULL;
        i++;
    }
    pthread_mutex_unlock(&g->lock);
    return count;
}

/* ---- entering -------------------------------------------------------------------------------------- */

/* What is given up, and how that is noticed. */
struct patience {
    bool (*given_up)(const void *data);
    const void *data;
    int wake_fd;
};

/* Until one of these is readable or this time has come, or it is given up. */
static void sleep_until(struct pollfd *fds, nfds_t count, const struct patience *p, uint64_t until_ns)
{
    uint64_t now = tg_clock_ns(), left;
    int ready = 0;
    for (; !ready && now < until_ns && !p->given_up(p->data); now = tg_clock_ns()) {
        left = until_ns - now < TICK_NS ? until_ns - now : TICK_NS;
        ready = poll(fds, count, (int)(left / 1000000) + 1);
    }
}

/* Locked, but while it sleeps: until something may have changed for the first in line. */
static void sleep_first(struct tg_gate *g, enum tg_wait why, const struct patience *p)
{
    const struct tg_jobserver *j = g->options.jobserver;
    uint64_t now = tg_clock_ns(), until = g->left_fd < 0 ? now + TICK_NS : tg_throttle_next(&g->throttle, why, now), count;
    bool any_token = why == TG_WAIT_TOKEN && j && !j->error && g->throttle.resting_until <= now;
    struct pollfd fds[] = {{g->left_fd, POLLIN, 0}, {p->wake_fd, POLLIN, 0}, {any_token ? j->read_fd : -1, POLLIN, 0}};
    int left_fd = g->left_fd;
    pthread_mutex_unlock(&g->lock);
    sleep_until(fds, sizeof fds / sizeof *fds, p, until);
    if (fds[0].revents && read(left_fd, &count, sizeof count) < 0) {} /* whoever leaves from now on sets it again */
    pthread_mutex_lock(&g->lock);
}

static void get_in_line(struct tg_gate *g, struct tg_gate_visit *v)
{
    if (g->left_fd < 0) g->left_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    v->next = NULL;
    *g->last = v;
    g->last = &v->next;
    g->waiting++;
}

/* The first goes; the next one is it now. If the run is being stopped it goes at once, and so they all do. */
static void leave_line(struct tg_gate *g)
{
    TG_ASSERT(g->first);
    g->first = g->first->next;
    g->waiting--;
    if (g->first) pthread_cond_signal(g->first->turn);
    else g->last = &g->first;
}

/* Locked: in line, until it may begin. */
static bool wait_in_line(struct tg_gate *g, struct tg_gate_visit *v, const struct patience *p)
{
    while (g->first != v) pthread_cond_wait(v->turn, &g->lock);
    while (!p->given_up(p->data)) {
        v->why = tg_throttle_try(&g->throttle, &v->cores, tg_clock_ns());
        if (v->why == TG_WAIT_NOTHING) return true;
        tell_once(g, v->why);
        sleep_first(g, v->why, p);
    }
    tg_throttle_give_up(&g->throttle);
    return false;
}

static bool enter_in_turn(struct tg_gate *g, struct tg_gate_visit *v, const struct patience *p)
{
    pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
    v->turn = &turn;
    get_in_line(g, v);
    bool entered = wait_in_line(g, v, p);
    leave_line(g);
    pthread_cond_destroy(&turn);
    return entered;
}

bool tg_gate_enter(struct tg_gate *g, struct tg_gate_visit *v, bool (*given_up)(const void *data), const void *data,
                   int wake_fd)
{
    const struct patience patience = {given_up, data, wake_fd};
    pthread_mutex_lock(&g->lock);
    v->why = TG_WAIT_NOTHING;
    bool entered = !g->first && (v->why = tg_throttle_try(&g->throttle, &v->cores, tg_clock_ns())) == TG_WAIT_NOTHING;
    if (!entered) entered = enter_in_turn(g, v, &patience);
    pthread_mutex_unlock(&g->lock);
    return entered;
}

void tg_gate_leave(struct tg_gate *g, struct tg_gate_visit *v)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&g->lock);
    tg_throttle_leave(&g->throttle, v->cores, tg_clock_ns());
    if (g->options.jobserver && g->options.jobserver->serves && !g->throttle.used)
        tg_jobserver_audit(g->options.jobserver, g->throttle.held - 1); /* our own is never lent then */
    if (g->first && write(g->left_fd, &one, sizeof one) < 0) {}         /* it is readable already */
    pthread_mutex_unlock(&g->lock);
}
