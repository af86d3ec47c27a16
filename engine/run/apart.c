/* SPDX-License-Identifier: MIT
 * Running a task in a thread beside the worker's.
 *
 * Two locks. `lock` guards what both threads say to each other; `use` is held while the task is inside a function of the host
 * that reaches the run, and by the worker while it gives the thread up: so nothing of the run is used later. */
#include "engine/run/apart.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/run/limit.h"
#include "engine/run/seat.h"

enum apart_state {
    APART_IDLE,
    APART_RUNNING,
    APART_ENDED,    /* its result is there */
    APART_GIVEN_UP, /* it is the thread's alone, which frees it */
    APART_LEAVING,
};

struct tg_apart {
    struct tg_ctx ctx;           /* of the task; the thread's while it runs */
    struct tg_services services; /* likewise, as what follows */
    struct tg_grant grant;       /* a copy: what the worker was given may be another task's, or gone, when the thread ends */
    struct tg_arena granted;     /* names and units in it */
    struct tg_seat_call call;    /* for last words; immutable while it runs, as are the next ones */
    struct tg_worker *worker;    /* who waits */
    tg_value *args;              /* counted */
    size_t count, room;
    _Atomic uint32_t flag; /* atomic, relaxed: TG_CTX_UNWANTED when the task is to end */
    _Atomic bool given_up; /* atomic; written under `use` */
    pthread_mutex_t use;   /* guards the way from the task to the run */
    pthread_mutex_t lock;  /* guards what follows */
    pthread_cond_t changed;
    enum apart_state state;
    int status; /* what the task's function returned, and its result */
    tg_value out;
    pthread_t thread; /* immutable, as are the next ones */
    pid_t process;
    void (*lost)(struct tg_worker *w, bool forked);
    struct tg_run run;     /* stands for the run, of the seat below */
    struct tg_worker seat; /* what the thread is to those who ask for its worker */
};

/* ---- what the task reaches ----------------------------------------------------------------------- */

static struct tg_apart *apart_of(tg_ctx *ctx)
{
    return (struct tg_apart *)((char *)ctx - offsetof(struct tg_apart, ctx));
}

/* False if it is too late: then nothing of the run may be touched. To be left by leave_run. */
static bool enter_run(struct tg_apart *a)
{
    pthread_mutex_lock(&a->use);
    if (!atomic_load_explicit(&a->given_up, memory_order_relaxed)) return true;
    pthread_mutex_unlock(&a->use);
    return false;
}

static void leave_run(struct tg_apart *a)
{
    pthread_mutex_unlock(&a->use);
}

static void log_apart(void *apart, const char *text, size_t length)
{
    struct tg_apart *a = apart;
    if (!enter_run(a)) return;
    tg_host_say(a->worker->ctx.services, text, length);
    leave_run(a);
}

static bool fail_too_late(tg_ctx *ctx)
{
    return tg_err_set(&ctx->err, TG_EXIT_FAILED, "nobody waits for this task any more");
}

/* What the worker's context was told is told to the task's. */
static void hand_error(struct tg_ctx *from, struct tg_ctx *to)
{
    TG_ASSERT(!to->err.code);
    to->err = from->err;
    from->err = (struct tg_err){0};
}

static const tg_callable *find_apart(tg_ctx *ctx, const char *name)
{
    struct tg_apart *a = apart_of(ctx);
    if (!enter_run(a)) return fail_too_late(ctx), NULL;
    struct tg_ctx *own = &a->worker->ctx;
    const tg_callable *found = own->grow->find(own, name);
    hand_error(own, ctx);
    leave_run(a);
    return found;
}

static int call_apart(tg_ctx *ctx, const tg_callable *task, const tg_value *args, size_t count, tg_value *future)
{
    struct tg_apart *a = apart_of(ctx);
    if (!enter_run(a)) return fail_too_late(ctx), TG_FAIL;
    struct tg_ctx *own = &a->worker->ctx;
    int status = own->grow->call(own, task, args, count, future);
    hand_error(own, ctx);
    leave_run(a);
    return status;
}

static const struct tg_host_grow grow_apart = {find_apart, call_apart};

/* ---- the thread ---------------------------------------------------------------------------------- */

/* A thread that was given up may end as it likes, as long as it does not come back. */
static void lose_apart(struct tg_worker *seat, bool forked)
{
    struct tg_apart *a = (struct tg_apart *)((char *)seat - offsetof(struct tg_apart, seat));
    while (!forked && atomic_load(&a->given_up)) pause();
    if (a->lost) a->lost(seat, forked);
}

/* Waits for the next task; false when there will be none. */
static bool await_task(struct tg_apart *a)
{
    pthread_mutex_lock(&a->lock);
    while (a->state == APART_IDLE || a->state == APART_ENDED) pthread_cond_wait(&a->changed, &a->lock);
    bool runs = a->state == APART_RUNNING;
    pthread_mutex_unlock(&a->lock);
    return runs;
}

/* Hands the result to the worker; false if that has given up. */
static bool hand_result(struct tg_apart *a, int status, tg_value out)
{
    pthread_mutex_lock(&a->lock);
    bool late = a->state == APART_GIVEN_UP;
    a->status = status;
    a->out = out;
    if (!late) a->state = APART_ENDED;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
    return !late;
}

/* In a copy of the process that a task has let come back, there is no worker that waits: the seat says what happens then. */
static void serve_tasks(void *apart)
{
    struct tg_apart *a = apart;
    bool goes_on = true;
    while (goes_on && await_task(a)) {
        tg_value out = tg_nil();
        tg_seat_call = &a->call;
        int status = a->call.def->fn(&a->ctx, a->args, a->count, &out);
        if (getpid() != a->process) return;
        tg_seat_call = NULL;
        goes_on = hand_result(a, status, out);
    }
}

static void unref_args(struct tg_apart *a)
{
    tg_value_unref_all(a->args, a->count);
    a->count = 0;
}

static void free_apart(struct tg_apart *a)
{
    unref_args(a);
    free(a->args);
    tg_arena_done(&a->granted);
    tg_err_done(&a->ctx.err);
    pthread_mutex_destroy(&a->use);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->changed);
    free(a);
}

static void *apart_thread(void *apart)
{
    struct tg_apart *a = apart;
    tg_seat_take(&a->seat, a->process, serve_tasks, a);
    if (!atomic_load(&a->given_up)) return NULL;
    if (a->status == TG_OK) tg_value_unref(a->out); /* also if it has said why it fails */
    free_apart(a);
    return NULL;
}

static struct tg_apart *new_apart(struct tg_worker *w, struct tg_err *err)
{
    struct tg_apart *a = tg_alloc_zero(sizeof *a);
    pthread_condattr_t monotonic;
    a->worker = w;
    a->process = getpid();
    a->lost = w->run->options.lost;
    a->run.options.lost = lose_apart;
    a->seat.run = &a->run;
    pthread_mutex_init(&a->use, NULL);
    pthread_mutex_init(&a->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&a->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    sigset_t before;
    tg_seat_block_signals(&before);
    int error = pthread_create(&a->thread, NULL, apart_thread, a);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error) return a;
    free_apart(a);
    tg_err_set(err, TG_EXIT_FAILED, "cannot start a thread for it: %s", strerror(error));
    return NULL;
}

void tg_apart_free(struct tg_apart *a)
{
    if (!a) return;
    pthread_mutex_lock(&a->lock);
    TG_ASSERT(a->state == APART_IDLE);
    a->state = APART_LEAVING;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    free_apart(a);
}

/* ---- the worker ---------------------------------------------------------------------------------- */

static const struct tg_grant *copy_grant(struct tg_apart *a, const struct tg_grant *g)
{
    if (!g) return NULL;
    a->grant = *g;
    a->grant.policy = NULL; /* the worker heeds it */
    if (g->kind_count) tg_arena_done(&a->granted);
    for (uint32_t k = 0; k < g->kind_count; k++) {
        const struct tg_granted *from = &g->kinds[k];
        uint32_t *units = tg_arena_alloc(&a->granted, from->count * sizeof *units);
        memcpy(units, from->units, from->count * sizeof *units);
        a->grant.kinds[k] = (struct tg_granted){tg_arena_copy(&a->granted, from->name, strlen(from->name)), from->count, units};
    }
    return &a->grant;
}

static void begin_task(struct tg_apart *a, const tg_ctx *ctx, const struct tg_site *site, const tg_value *args, size_t count)
{
    const struct tg_services *s = ctx->services;
    if (count > a->room) {
        free(a->args);
        a->args = tg_alloc(count * sizeof *a->args);
        a->room = count;
    }
    for (size_t i = 0; i < count; i++) a->args[i] = tg_value_ref(args[i]);
    a->count = count;
    a->call = (struct tg_seat_call){site->def, site->span, site, a->args, count};
    a->services = (struct tg_services){.stop = s ? s->stop : NULL, .wake_fd = s ? s->wake_fd : -1};
    a->services.log = log_apart;
    a->services.log_data = a;
    a->ctx = (struct tg_ctx){.def = site->def, .task = ctx->task, .options = ctx->options, .services = &a->services};
    a->ctx.unwanted = &a->flag;
    a->ctx.grant = copy_grant(a, ctx->grant);
    if (ctx->grow) a->ctx.grow = &grow_apart, a->ctx.growth = ctx->growth;
    atomic_store_explicit(&a->flag, 0, memory_order_relaxed);
    atomic_store_explicit(&a->seat.running, ctx->task, memory_order_release);
    pthread_mutex_lock(&a->lock);
    a->status = TG_FAIL; /* if it is given up before the thread has come to it */
    a->state = APART_RUNNING;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->lock);
}

/* Waiting for a task to end. */
struct apart_wait {
    const tg_ctx *ctx; /* the worker's */
    struct tg_limit limit;
    uint64_t give_up_ns; /* 0: it was not told to end */
    bool late;           /* and it was told so for its limit */
};

/* When it is to be looked again; 0: when something is said. */
static uint64_t next_look(const struct apart_wait *p, uint64_t now)
{
    uint64_t at = p->give_up_ns ? p->give_up_ns : p->limit.end_ns;
    if (p->limit.end_ns && at <= now) at = now + TG_LIMIT_SLICE_NS; /* about to be paused */
    if (!p->give_up_ns && p->ctx->unwanted && (!at || at > now + TG_LIMIT_SLICE_NS)) at = now + TG_LIMIT_SLICE_NS;
    return at;
}

/* Locked: waits until the task has ended; false if it is to be given up. */
static bool await_end(struct tg_apart *a, struct apart_wait *p)
{
    while (a->state == APART_RUNNING) {
        uint64_t now = tg_clock_ns();
        bool late = !p->give_up_ns && tg_limit_is_past(&p->limit, p->ctx, now);
        if (p->give_up_ns && now >= p->give_up_ns) return false;
        if (late || (!p->give_up_ns && tg_limit_is_unneeded(p->ctx))) {
            p->late = late;
            p->give_up_ns = now + TG_APART_GRACE_NS;
            atomic_store_explicit(&a->flag, TG_CTX_UNWANTED, memory_order_relaxed);
        }
        uint64_t at = next_look(p, now);
        struct timespec until = tg_clock_span(at);
        if (at) pthread_cond_timedwait(&a->changed, &a->lock, &until);
        else pthread_cond_wait(&a->changed, &a->lock);
    }
    return true;
}

/* Locked: from here on it is the thread's alone, but for the lock. */
static void give_up_thread(struct tg_apart *a)
{
    const struct tg_services *s = a->worker->ctx.services;
    pthread_mutex_lock(&a->use);
    atomic_store(&a->given_up, true);
    pthread_mutex_unlock(&a->use);
    a->state = APART_GIVEN_UP;
    a->worker->apart = NULL;
    if (s && s->given_up) atomic_store(s->given_up, true);
    pthread_detach(a->thread);
}

static void fail_at_limit(tg_ctx *ctx, const struct tg_limit *limit, bool given_up)
{
    tg_limit_fail(limit, &ctx->err);
    if (given_up)
        tg_err_hint(&ctx->err,
                    "It goes on in a thread that was given up, as it does not look whether it is to end: tg_cancelled "
                    "tells a task of a plugin.");
}

/* Takes over what the task came to. */
static int take_end(struct tg_apart *a, tg_ctx *ctx, const struct apart_wait *p, tg_value *out)
{
    a->state = APART_IDLE;
    unref_args(a);
    *out = a->out;
    hand_error(&a->ctx, ctx);
    if (!p->late) return a->status;
    if (a->status == TG_OK) tg_value_unref(*out);
    tg_err_done(&ctx->err);
    fail_at_limit(ctx, &p->limit, false);
    return TG_FAIL;
}

static int fail_given_up(tg_ctx *ctx, const struct apart_wait *p)
{
    if (p->late) fail_at_limit(ctx, &p->limit, true);
    else tg_err_set(&ctx->err, TG_EXIT_FAILED, "nobody needs its result any more");
    return TG_FAIL;
}

int tg_apart_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    struct tg_worker *w = tg_worker_of(ctx);
    const struct tg_site *site = tg_run_site_of(w->run, ctx->task);
    struct apart_wait p = {.ctx = ctx};
    struct tg_apart *a = w->apart ? w->apart : (w->apart = new_apart(w, &ctx->err));
    if (!a) return TG_FAIL;
    p.limit = tg_limit_begin(ctx, w->run->graph, site);
    begin_task(a, ctx, site, args, count);
    pthread_mutex_lock(&a->lock);
    bool ended = await_end(a, &p);
    if (!ended) give_up_thread(a);
    int status = ended ? take_end(a, ctx, &p, out) : TG_FAIL;
    pthread_mutex_unlock(&a->lock);
    return ended ? status : fail_given_up(ctx, &p);
}
