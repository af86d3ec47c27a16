/* SPDX-License-Identifier: MIT
 * Waiting for descriptors and processes.
 *
 * Nobody waits for ever: who is `alone` waits only while others run or are about to, and these wait for nobody. What ends
 * a wait from outside (a signal, a time limit) has nothing to wake a thread here with, so that is looked at every TICK_NS. */
#include "engine/command/claim.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/command/printed.h"

#define TICK_NS UINT64_C(50000000)

/* Tries of who is the last one: logs, result files and whoever asks where the run stands hold descriptors for a moment. */
#define LAST_TRIES 10

/* A command in its course has two or three descriptors of its own, and may open a log: a third of all is for those. */
#define SPARE_PART 3

/* A worker's own thread, its program, and what that starts: a shell fails where it cannot fork. */
#define WORKER_PROCESSES 4

/* The guard, the threads beside the workers, and who started us. */
#define OTHER_PROCESSES 6

void tg_claim_init(struct tg_claims *s)
{
    struct rlimit limit;
    *s = (struct tg_claims){.first_spare_fd = INT_MAX};
    pthread_mutex_init(&s->lock, NULL);
    tg_clock_condition(&s->turn);
    tg_clock_condition(&s->changed);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < INT_MAX)
        s->first_spare_fd = (int)(limit.rlim_cur - limit.rlim_cur / SPARE_PART);
}

void tg_claim_done(struct tg_claims *s)
{
    TG_ASSERT(!s->running && !s->starting && !s->alone);
    pthread_cond_destroy(&s->turn);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
}

bool tg_claim_is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == EAGAIN || error == ENOMEM;
}

unsigned tg_claim_most_workers(void)
{
    struct rlimit limit;
    bool limited = getuid() != 0 && getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur < UINT_MAX;
    if (!limited) return UINT_MAX;
    if (limit.rlim_cur < OTHER_PROCESSES + WORKER_PROCESSES) return 1;
    return (unsigned)(limit.rlim_cur - OTHER_PROCESSES) / WORKER_PROCESSES;
}

static void note_change(struct tg_claims *s)
{
    s->changes++;
    pthread_cond_signal(&s->changed);
}

void tg_claim_asked(struct tg_claims *s)
{
    pthread_mutex_lock(&s->lock);
    s->running++;
    pthread_mutex_unlock(&s->lock);
}

void tg_claim_ended(struct tg_claims *s)
{
    pthread_mutex_lock(&s->lock);
    TG_ASSERT(s->running);
    s->running--;
    note_change(s);
    pthread_mutex_unlock(&s->lock);
}

/* ---- claims -------------------------------------------------------------------------------------- */

/* Locked: until it is woken or a tick has passed; false if the claim was given up. */
static bool wait_on(pthread_cond_t *condition, const struct tg_claim *c)
{
    struct timespec until = tg_clock_span(tg_clock_ns() + TICK_NS);
    if (c->given_up(c->data)) return false;
    pthread_cond_timedwait(condition, &c->claims->lock, &until);
    return true;
}

/* Locked: until nobody is alone; then it becomes so itself, or lets the next one in. */
static bool queue(struct tg_claim *c, bool alone)
{
    struct tg_claims *s = c->claims;
    bool ok = true;
    while (ok && s->alone) ok = wait_on(&s->turn, c);
    if (ok && alone) s->alone = c->alone = true;
    if (!s->alone) pthread_cond_signal(&s->turn);
    if (!ok) return false;
    c->counted = true;
    c->seen = s->changes;
    s->starting++;
    return true;
}

static bool others_have_something(const struct tg_claims *s)
{
    return s->running > 0 || s->starting > 1;
}

bool tg_claim_begin(struct tg_claim *c, bool several)
{
    struct tg_claims *s = c->claims;
    pthread_mutex_lock(&s->lock);
    bool ok = queue(c, several);
    pthread_mutex_unlock(&s->lock);
    return ok;
}

bool tg_claim_may_have(struct tg_claim *c, int fd)
{
    if (fd < c->claims->first_spare_fd || c->last) return true;
    pthread_mutex_lock(&c->claims->lock);
    bool others = others_have_something(c->claims);
    pthread_mutex_unlock(&c->claims->lock);
    return !others;
}

/* Locked, but while it is said: once a session; whether this was the time. */
static bool tell(const struct tg_claim *c, int error)
{
    if (c->claims->told) return false;
    c->claims->told = true;
    pthread_mutex_unlock(&c->claims->lock);
    const char *limit = error == EMFILE   ? "; 'ulimit -n' tells and raises the limit"
                        : error == EAGAIN ? "; 'ulimit -u' tells and raises the limit"
                                          : "";
    tg_printed_say(c->ctx, "warning: some commands wait until others end: %s%s", strerror(error), limit);
    pthread_mutex_lock(&c->claims->lock);
    return true;
}

/* Locked: gives its place away and comes back as the only one. */
static bool become_alone(struct tg_claim *c)
{
    struct tg_claims *s = c->claims;
    s->starting--;
    c->counted = false;
    note_change(s);
    return queue(c, true);
}

/* Locked. */
static bool wait_for_ends(struct tg_claim *c, int error)
{
    struct tg_claims *s = c->claims;
    if (c->last) return c->tries++ < LAST_TRIES && wait_on(&s->changed, c);
    while (s->changes == c->seen && others_have_something(s)) {
        if (!tell(c, error) && !wait_on(&s->changed, c)) return false;
    }
    c->last = !others_have_something(s);
    c->seen = s->changes;
    return true;
}

bool tg_claim_again(struct tg_claim *c, int error)
{
    if (c->claims->spare && c->claims->spare(c->claims->spare_data, c->ctx)) return true;
    pthread_mutex_lock(&c->claims->lock);
    bool again = c->alone ? wait_for_ends(c, error) : become_alone(c);
    pthread_mutex_unlock(&c->claims->lock);
    return again;
}

void tg_claim_settle(struct tg_claim *c, bool started)
{
    struct tg_claims *s = c->claims;
    pthread_mutex_lock(&s->lock);
    TG_ASSERT(c->counted || !started);
    s->starting -= c->counted;
    s->running += started;
    if (!started) note_change(s);
    if (c->alone) {
        s->alone = false;
        pthread_cond_signal(&s->turn);
    }
    pthread_mutex_unlock(&s->lock);
}
