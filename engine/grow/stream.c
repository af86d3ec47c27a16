/* SPDX-License-Identifier: MIT
 * Streams. The state is a table with a place per number: what has arrived there, or which task waits for it. */
#include "engine/grow/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/grow/grow.h"
#include "engine/run/allowed.h"
#include "engine/run/failing.h"
#include "engine/run/task.h"

/* Places that are over are forgotten from this many on. */
#define TRIM_FROM 64

/* The k-th to arrive. */
struct stream_place {
    tg_value value; /* owned; once it is there; TG_FAILED if that has failed */
    tg_id waiter;   /* the task next(k), or TG_NO_TASK */
    bool arrived, taken;
};

struct waiter { /* for the count */
    tg_id task;
    uint64_t taken;
};

/* What stands behind the payload of the object, which is a pointer to it. Thread class: locked. */
struct stream {
    pthread_mutex_t lock;
    TG_VEC(struct stream_place) places; /* from number `base` on */
    uint64_t base;
    size_t over;                    /* places at the front that are arrived and taken */
    TG_VEC(struct waiter) counters; /* that wait until it is closed */
    TG_VEC(tg_id) puts;             /* of a stream made with `first`: the put tasks, a reference on each */
    uint64_t put, taken;            /* by the program: futures put in, next tasks made */
    uint64_t arrived, failures;     /* put tasks that were run, or of a stream made with `first`, those that failed */
    tg_value last_failure;          /* TG_FAILED, or nil for one that is allowed; owned */
    uint32_t open;                  /* feeding tasks that are not done */
    bool first, decided;            /* gives the first success only; has */
    bool failed;                    /* what was to feed it has failed, as last_failure says */
};

static struct stream *stream_behind(tg_value v)
{
    TG_ASSERT(tg_is_stream(v));
    return *(struct stream **)tg_object_of(v)->payload;
}

static tg_value hold_given(tg_value v)
{
    return tg_kind(v) == TG_FAILED ? tg_failing_ref(v) : tg_value_ref(v);
}

static void drop_given(tg_value take_v)
{
    if (tg_kind(take_v) == TG_FAILED) tg_failing_unref(take_v);
    else tg_value_unref(take_v);
}

/* One that is not allowed must be told of; else nil, of one that is, is more than what was skipped for such a one. */
static int weight_of(tg_value failure)
{
    if (tg_kind(failure) == TG_NIL) return 1;
    return tg_allowed_behind(failure) ? 0 : 2;
}

/* Locked. The last one of the most weight, so that no order of theirs makes another end of the run. */
static void note_failure(struct stream *s, tg_value failure)
{
    if (s->failures > 1 && weight_of(failure) < weight_of(s->last_failure)) return;
    tg_failing_ref(failure);
    tg_failing_unref(s->last_failure);
    s->last_failure = failure;
}

static void destroy_stream(void *payload)
{
    struct stream *s = *(struct stream **)payload;
    for (size_t i = 0; i < s->places.count; i++) drop_given(s->places.items[i].value);
    tg_failing_unref(s->last_failure);
    tg_vec_done(&s->places);
    tg_vec_done(&s->counters);
    tg_vec_done(&s->puts);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static int describe_stream(const void *payload, char *text, size_t text_size)
{
    (void)payload;
    return snprintf(text, text_size, "<stream>");
}

const struct tg_object_type tg_stream_type = {
    .size = sizeof(struct tg_object_type), .name = "stream", .destroy = destroy_stream, .describe = describe_stream};

tg_value tg_stream_new(bool first)
{
    tg_value v = tg_object_make(&tg_stream_type, sizeof(struct stream *));
    struct stream *s = tg_alloc_zero(sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    s->first = first;
    s->last_failure = tg_failing_value(0);
    *(struct stream **)tg_object_of(v)->payload = s;
    return v;
}

static struct tg_worker *worker_of(tg_ctx *ctx)
{
    return tg_fragment_of(ctx)->worker;
}

/* ---- what the program does ----------------------------------------------------------------------- */

void tg_stream_will_put(tg_value stream)
{
    struct stream *s = stream_behind(stream);
    pthread_mutex_lock(&s->lock);
    s->put++;
    pthread_mutex_unlock(&s->lock);
}

uint64_t tg_stream_will_take(tg_value stream)
{
    struct stream *s = stream_behind(stream);
    pthread_mutex_lock(&s->lock);
    uint64_t k = s->taken++;
    pthread_mutex_unlock(&s->lock);
    return k;
}

void tg_stream_open(tg_value stream)
{
    struct stream *s = stream_behind(stream);
    pthread_mutex_lock(&s->lock);
    s->open++;
    pthread_mutex_unlock(&s->lock);
}

bool tg_stream_left(tg_value stream, int64_t *left, uint64_t *taken)
{
    struct stream *s = stream_behind(stream);
    pthread_mutex_lock(&s->lock);
    bool known = s->open == 0;
    *taken = s->taken;
    *left = (int64_t)s->put - (int64_t)s->taken;
    pthread_mutex_unlock(&s->lock);
    return known;
}

/* ---- tasks --------------------------------------------------------------------------------------- */

/* Locked: forgets the places at the front that are over, now and then. */
static void trim_places(struct stream *s)
{
    while (s->over < s->places.count && s->places.items[s->over].taken) s->over++;
    if (s->over < TRIM_FROM || s->over * 2 < s->places.count) return;
    s->places.count -= s->over;
    memmove(s->places.items, s->places.items + s->over, s->places.count * sizeof *s->places.items);
    s->base += s->over;
    s->over = 0;
}

/* Locked: the place with this number, which is not over. */
static struct stream_place *place_at(struct stream *s, uint64_t k)
{
    TG_ASSERT(k >= s->base && s->over <= s->places.count);
    k -= s->base;
    while (s->places.count <= k) tg_vec_push(&s->places, ((struct stream_place){.value = tg_nil(), .waiter = TG_NO_TASK}));
    return &s->places.items[k];
}

/* Locked: hands v to the next number; the task that waits for it, to be completed without the lock. */
static tg_id arrive(struct stream *s, tg_value v)
{
    struct stream_place *p = place_at(s, s->arrived++);
    tg_id waiter = p->waiter;
    TG_ASSERT(!p->arrived && !p->taken);
    p->waiter = TG_NO_TASK; /* who gives it up, or fails the stream, has not to end it once more */
    p->arrived = true;
    p->taken = waiter != TG_NO_TASK;
    if (!p->taken) p->value = hold_given(v);
    trim_places(s);
    return waiter;
}

/* Nobody needs what has not arrived yet. */
static void cancel(struct tg_worker *w, struct stream *s)
{
    for (;;) {
        pthread_mutex_lock(&s->lock);
        tg_id id = s->puts.count ? s->puts.items[--s->puts.count] : TG_NO_TASK;
        pthread_mutex_unlock(&s->lock);
        if (id == TG_NO_TASK) return;
        tg_node_abandon(w, id);
    }
}

void tg_stream_joined(struct tg_nodes *nodes, tg_value stream, tg_id put)
{
    struct stream *s = stream_behind(stream);
    if (!s->first) return;
    pthread_mutex_lock(&s->lock);
    tg_node_add(nodes, &nodes->items[put].refs, 1);
    tg_vec_push(&s->puts, put);
    pthread_mutex_unlock(&s->lock);
}

/* Locked: of a stream made with `first`, counts what was put in. True if there is what the stream gives: the first success,
 * or the last failure of all, which *v is then. */
static bool decide(struct stream *s, tg_value *v)
{
    if (s->decided) return false;
    bool failed = tg_kind(*v) == TG_FAILED || tg_allowed_of(*v);
    TG_ASSERT(s->failures < s->put);
    if (failed) s->failures++, note_failure(s, *v);
    s->decided = !failed || (s->open == 0 && s->failures == s->put);
    if (s->decided && failed) *v = s->last_failure;
    return s->decided;
}

static int run_put(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    struct stream *s = stream_behind(args[1]);
    tg_id waiter = TG_NO_TASK;
    tg_value v = args[0];
    pthread_mutex_lock(&s->lock);
    if (!s->first || decide(s, &v)) waiter = arrive(s, v);
    if (waiter != TG_NO_TASK) hold_given(v);
    bool over = s->first && s->decided;
    pthread_mutex_unlock(&s->lock);
    if (waiter != TG_NO_TASK) tg_task_complete(worker_of(ctx), waiter, v);
    if (over) cancel(worker_of(ctx), s);
    *out = tg_nil();
    return TG_OK;
}

/* Locked: true if next(k) can never be given anything. */
static bool is_beyond(const struct stream *s, uint64_t k)
{
    return s->open == 0 && k >= s->put;
}

/* What is said to who asks for more than there is. */
static const char *empty_text(const struct stream *s)
{
    return s->first ? "there is nothing to choose the first of: the list is empty"
                    : "the stream is empty: it has given everything that was put in";
}

static int run_next(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count, (void)out;
    struct stream *s = stream_behind(args[0]);
    uint64_t k = (uint64_t)args[1].i;
    tg_id task = ctx->task;
    pthread_mutex_lock(&s->lock);
    struct stream_place *p = place_at(s, k);
    bool here = p->arrived, never = !here && (s->failed || (s->first && s->decided)), beyond = !here && is_beyond(s, k);
    tg_value v = !never ? p->value : s->failed ? tg_failing_ref(s->last_failure) : tg_failing_value(TG_FAILED_UNRUN);
    if (here) p->value = tg_nil(), p->taken = true;
    else if (!never && !beyond) p->waiter = task;
    if (here) trim_places(s);
    pthread_mutex_unlock(&s->lock);
    if (beyond && !never) {
        tg_err_set(&ctx->err, TG_EXIT_FAILED, "%s", empty_text(s));
        return TG_FAIL;
    }
    if (here || never) tg_task_complete(worker_of(ctx), task, v);
    return TG_LATER;
}

/* What was put in less what was taken; a `next` too many has an error of its own. */
static tg_value left_of(uint64_t put, uint64_t taken)
{
    return tg_int(put > taken ? (int64_t)(put - taken) : 0);
}

static int count_left(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    struct stream *s = stream_behind(args[0]);
    uint64_t taken = (uint64_t)args[1].i;
    pthread_mutex_lock(&s->lock);
    bool known = s->open == 0, failed = s->failed;
    tg_value failure = failed ? tg_failing_ref(s->last_failure) : tg_nil();
    *out = left_of(s->put, taken);
    if (!known && !failed) tg_vec_push(&s->counters, ((struct waiter){ctx->task, taken}));
    pthread_mutex_unlock(&s->lock);
    if (failed) tg_task_complete(worker_of(ctx), ctx->task, failure);
    return known && !failed ? TG_OK : TG_LATER;
}

/* ---- closing ------------------------------------------------------------------------------------- */

/* Locked: takes out a task that waits for this number or a higher one; TG_NO_TASK if there is none. */
static tg_id take_waiter(struct stream *s, uint64_t from)
{
    for (size_t i = from > s->base ? from - s->base : 0; i < s->places.count; i++) {
        tg_id id = s->places.items[i].waiter;
        s->places.items[i].waiter = TG_NO_TASK;
        if (id != TG_NO_TASK) return id;
    }
    return TG_NO_TASK;
}

static void tell_counters(struct tg_worker *w, struct stream *s)
{
    for (;;) {
        pthread_mutex_lock(&s->lock);
        bool any = s->counters.count > 0;
        struct waiter first = any ? s->counters.items[--s->counters.count] : (struct waiter){0};
        uint64_t put = s->put;
        pthread_mutex_unlock(&s->lock);
        if (!any) return;
        tg_task_complete(w, first.task, left_of(put, first.taken));
    }
}

/* Fails a task that said TG_LATER and has waited in vain. */
static void fail_waiting(struct tg_worker *w, tg_id id, const char *message)
{
    struct tg_err before = w->ctx.err;
    w->ctx.err = (struct tg_err){0};
    tg_err_set(&w->ctx.err, TG_EXIT_FAILED, "%s", message);
    tg_task_fail(w, id, NULL, 0);
    w->ctx.err = before;
}

static void fail_beyond(struct tg_worker *w, struct stream *s)
{
    for (;;) {
        pthread_mutex_lock(&s->lock);
        tg_id id = take_waiter(s, s->put);
        pthread_mutex_unlock(&s->lock);
        if (id == TG_NO_TASK) return;
        fail_waiting(w, id, empty_text(s));
    }
}

/* Of a stream made with `first` whose futures have all failed before it was closed. */
static void decide_late(struct tg_worker *w, struct stream *s)
{
    tg_id waiter = TG_NO_TASK;
    pthread_mutex_lock(&s->lock);
    tg_value failed = tg_failing_ref(s->last_failure);
    if (s->first && !s->decided && s->put > 0 && s->failures == s->put) {
        s->decided = true;
        waiter = arrive(s, failed);
    }
    pthread_mutex_unlock(&s->lock);
    if (waiter != TG_NO_TASK) tg_task_complete(w, waiter, failed);
    else tg_failing_unref(failed);
}

void tg_stream_close(tg_ctx *ctx, tg_value stream)
{
    struct stream *s = stream_behind(stream);
    pthread_mutex_lock(&s->lock);
    TG_ASSERT(s->open > 0);
    bool closed = --s->open == 0;
    pthread_mutex_unlock(&s->lock);
    if (!closed) return;
    tell_counters(worker_of(ctx), s);
    fail_beyond(worker_of(ctx), s);
    decide_late(worker_of(ctx), s);
}

/* The next one that waits for anything, after the stream has failed; TG_NO_TASK if there is none. */
static tg_id take_any(struct stream *s)
{
    pthread_mutex_lock(&s->lock);
    tg_id id = s->counters.count ? s->counters.items[--s->counters.count].task : take_waiter(s, 0);
    pthread_mutex_unlock(&s->lock);
    return id;
}

void tg_stream_fail(tg_ctx *ctx, tg_value stream, tg_value failure)
{
    struct stream *s = stream_behind(stream);
    pthread_mutex_lock(&s->lock);
    bool late = s->first && s->decided;
    if (!late) s->failed = s->decided = true, note_failure(s, failure);
    pthread_mutex_unlock(&s->lock);
    if (late) return;
    for (tg_id id; (id = take_any(s)) != TG_NO_TASK;) tg_task_complete(worker_of(ctx), id, tg_failing_ref(failure));
    if (s->first) cancel(worker_of(ctx), s);
}

void tg_stream_fail_with(tg_ctx *ctx, tg_value stream, const tg_value *args, size_t count)
{
    tg_value failed = tg_task_hand_failure(worker_of(ctx), args, count);
    tg_stream_fail(ctx, stream, failed);
    tg_failing_unref(failed);
}

/* Nobody needs the result of next(stream, k) any more. */
static void abandon_next(struct tg_worker *w, const struct tg_input *inputs)
{
    struct stream *s = stream_behind(inputs[0].v);
    uint64_t k = (uint64_t)inputs[1].v.i;
    pthread_mutex_lock(&s->lock);
    struct stream_place *p = k >= s->base ? place_at(s, k) : NULL;
    tg_id waiter = p ? p->waiter : TG_NO_TASK;
    if (waiter != TG_NO_TASK) p->waiter = TG_NO_TASK;
    if (s->first) s->decided = true;
    pthread_mutex_unlock(&s->lock);
    if (waiter != TG_NO_TASK) tg_task_complete(w, waiter, tg_failing_value(TG_FAILED_UNRUN));
    if (s->first) cancel(w, s);
}

/* ---- definitions --------------------------------------------------------------------------------- */

#define ANY                                            \
    {                                                  \
        .kinds = TG_KINDS_ANY, .accepts = TG_KINDS_ANY \
    }
#define KIND(kind)                                               \
    {                                                            \
        .kinds = TG_KIND_BIT(kind), .accepts = TG_KIND_BIT(kind) \
    }

static struct tg_sig_param put_params[] = {{.name = "x", .type = ANY}, {.name = "stream", .type = ANY}};
static struct tg_sig_param next_params[] = {{.name = "stream", .type = ANY}, {.name = "k", .type = KIND(TG_INT)}};
static struct tg_sig_param count_params[] = {{.name = "stream", .type = ANY}, {.name = "taken", .type = KIND(TG_INT)}};

const struct tg_def tg_stream_put_def = {
    .name = "put",
    .plugin = "core",
    .doc = "Hands a result to a stream.",
    .fn = run_put,
    .flags = TG_DEF_PUT | TG_DEF_CATCHES | TG_DEF_UNCHECKED | TG_DEF_QUICK,
    .sig = {.name = "put", .count = 2, .required = 2, .effect = true, .params = put_params, .result = KIND(TG_NIL)}};
const struct tg_def tg_stream_next_def = {
    .name = "next",
    .plugin = "core",
    .doc = "The next result to arrive in a stream.",
    .fn = run_next,
    .abandon = abandon_next,
    .flags = TG_DEF_STREAM | TG_DEF_UNCHECKED | TG_DEF_QUICK,
    .sig = {.name = "next", .count = 2, .required = 2, .params = next_params, .result = ANY}};
const struct tg_def tg_stream_count_def = {
    .name = "count",
    .plugin = "core",
    .doc = "How many are left in a stream.",
    .fn = count_left,
    .flags = TG_DEF_STREAM | TG_DEF_UNCHECKED | TG_DEF_QUICK,
    .sig = {.name = "count", .count = 2, .required = 2, .params = count_params, .result = KIND(TG_INT)}};
