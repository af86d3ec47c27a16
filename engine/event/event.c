/* SPDX-License-Identifier: MIT
 * Rings and the thread that empties them.
 *
 * A ring has one producer, its worker, and one consumer, the thread; lines for the user may come from anywhere and share one
 * ring and a lock. The thread looks at the rings when one is half full, and else from time to time: producers wake it only
 * then. It takes what it sees, oldest first, and hands it out without a lock. A producer whose ring is full waits if a
 * lossless sink wants the kind; else the event is dropped, and counted.
 *
 * Orders: an event is written, then `tail` (release); read, then `head` (release). Waiting is under the lock, and who changes
 * what another may wait for takes the lock before it signals. */
#include "engine/event/event.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/clock.h"

/* Events of a ring; a power of two. 64 KB a worker; at 10 million events a second it lasts 0.1 ms. */
#define RING_EVENTS 1024u

/* How long an event waits at most to be looked at: shorter than an eye notices. */
#define LOOK_NS 10000000

/* Events that are handed out at a time. */
#define BATCH (RING_EVENTS / 4)

struct tg_event_ring {
    _Atomic uint64_t head __attribute__((aligned(64))); /* atomic: consumer's: events taken out */
    _Atomic uint64_t tail __attribute__((aligned(64))); /* atomic: producer's: events put in */
    struct tg_events *events;
    struct tg_event_ring *next; /* immutable once it is in the list */
    uint32_t number;
    uint64_t waited_ns;                       /* producer's: for room, so far */
    _Atomic uint64_t dropped[TG_EVENT_KINDS]; /* atomic, relaxed: for want of room */
    struct tg_event items[RING_EVENTS];
};

struct tg_events {
    struct tg_sink *const *sinks; /* immutable, as what follows */
    size_t count;
    uint32_t wanted, lossless, direct; /* kinds: of all sinks, of the lossless ones, of the direct ones */
    uint32_t queued;                   /* that go through rings */
    pthread_mutex_t lock;              /* guards the conditions, the starting of the thread, adding rings */
    pthread_cond_t more, less;         /* more to look at; less in the rings */
    pthread_t thread;
    _Atomic bool started;                /* locked to change while events are told; atomic, relaxed: there is a thread */
    bool failed;                         /* locked: the system has no more threads */
    bool ending;                         /* locked */
    unsigned waiting;                    /* locked: producers that wait for room */
    struct tg_event_ring *_Atomic rings; /* atomic: release when one is added */
    uint32_t ring_count;                 /* locked */
    pthread_mutex_t text_lock;           /* guards putting into text_ring */
    struct tg_event_ring *text_ring;     /* of lines for the user */
};

/* ---- handing out --------------------------------------------------------------------------------- */

static void hand_to(struct tg_sink *sink, const struct tg_event *event)
{
    if (atomic_load_explicit(&sink->broken, memory_order_relaxed)) return;
    struct tg_err err = {0};
    if (sink->take(sink, event, &err)) return;
    if (atomic_exchange_explicit(&sink->broken, true, memory_order_relaxed)) tg_err_done(&err);
    else sink->err = err;
}

/* `behind`: the thread cannot keep up, so that live sinks are passed over. */
static void hand_out(struct tg_events *ev, const struct tg_event *event, bool behind)
{
    for (size_t i = 0; i < ev->count; i++) {
        struct tg_sink *sink = ev->sinks[i];
        if (!(sink->wants & TG_EVENT_BIT(event->kind)) || sink->kind == TG_SINK_DIRECT) continue;
        if (behind && sink->kind == TG_SINK_LIVE) sink->dropped++;
        else hand_to(sink, event);
    }
}

/* What sinks keep back goes out. */
static void hand_out_rest(struct tg_events *ev)
{
    for (size_t i = 0; i < ev->count; i++) {
        struct tg_sink *sink = ev->sinks[i];
        struct tg_err err = {0};
        if (!sink->rest || atomic_load_explicit(&sink->broken, memory_order_relaxed) || sink->rest(sink, &err)) continue;
        atomic_store_explicit(&sink->broken, true, memory_order_relaxed);
        sink->err = err;
    }
}

static void free_event_body(const struct tg_event *event)
{
    if (event->body) event->body->free(event->body);
}

/* ---- the thread ---------------------------------------------------------------------------------- */

static uint64_t fill_of(const struct tg_event_ring *r)
{
    return atomic_load_explicit(&r->tail, memory_order_acquire) - atomic_load_explicit(&r->head, memory_order_acquire);
}

/* The ring whose next event is the oldest; NULL if all are empty. */
static struct tg_event_ring *oldest(struct tg_events *ev)
{
    struct tg_event_ring *best = NULL;
    uint64_t best_ns = UINT64_MAX;
    for (struct tg_event_ring *r = atomic_load_explicit(&ev->rings, memory_order_acquire); r; r = r->next) {
        if (!fill_of(r)) continue;
        uint64_t ns = r->items[atomic_load_explicit(&r->head, memory_order_relaxed) % RING_EVENTS].time_ns;
        if (!best || ns < best_ns) best = r, best_ns = ns;
    }
    return best;
}

/* Hands out some of what is in the rings; how many. One thread at a time. */
static unsigned hand_out_some(struct tg_events *ev)
{
    struct tg_event_ring *r;
    unsigned count = 0;
    while (count < BATCH && (r = oldest(ev))) {
        uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed), fill = fill_of(r);
        struct tg_event event = r->items[head % RING_EVENTS];
        TG_ASSERT(fill <= RING_EVENTS && event.kind < TG_EVENT_KINDS);
        atomic_store_explicit(&r->head, head + 1, memory_order_release);
        hand_out(ev, &event, fill > RING_EVENTS / 2);
        free_event_body(&event);
        count++;
    }
    return count;
}

static void *empty_rings(void *events)
{
    struct tg_events *ev = events;
    unsigned count = 0;
    bool rests = true;
    pthread_mutex_lock(&ev->lock);
    while (count || !ev->ending) {
        if (!count && !ev->waiting) {
            struct timespec until = tg_clock_span(tg_clock_ns() + LOOK_NS);
            pthread_cond_timedwait(&ev->more, &ev->lock, &until);
        }
        pthread_mutex_unlock(&ev->lock);
        count = hand_out_some(ev);
        if (!count && !rests) hand_out_rest(ev);
        rests = !count;
        pthread_mutex_lock(&ev->lock);
        if (ev->waiting && count < BATCH) pthread_cond_broadcast(&ev->less); /* all rings are empty: there is room for many */
    }
    pthread_mutex_unlock(&ev->lock);
    return NULL;
}

/* Locked. */
static void start_handing_out(struct tg_events *ev)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ev->failed = pthread_create(&ev->thread, NULL, empty_rings, ev) != 0;
    ev->started = !ev->failed;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- telling ------------------------------------------------------------------------------------- */

/* Waits until the ring has room, if anybody wants it so; false if there is none. */
static bool wait_for_room(struct tg_event_ring *r, enum tg_event_kind kind)
{
    struct tg_events *ev = r->events;
    if (!(ev->lossless & TG_EVENT_BIT(kind))) return false;
    uint64_t began_ns = tg_clock_ns();
    pthread_mutex_lock(&ev->lock);
    ev->waiting++;
    while (fill_of(r) == RING_EVENTS) {
        pthread_cond_signal(&ev->more);
        if (ev->started) pthread_cond_wait(&ev->less, &ev->lock);
        else hand_out_some(ev); /* the system has no more threads */
    }
    ev->waiting--;
    pthread_mutex_unlock(&ev->lock);
    r->waited_ns += tg_clock_ns() - began_ns;
    return true;
}

static void wake_thread(struct tg_events *ev)
{
    pthread_mutex_lock(&ev->lock);
    if (!ev->started && !ev->failed && !ev->ending) start_handing_out(ev);
    pthread_cond_signal(&ev->more);
    while (ev->failed && hand_out_some(ev)) {}
    pthread_mutex_unlock(&ev->lock);
}

static void put_in(struct tg_event_ring *r, const struct tg_event *event)
{
    uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed), fill = fill_of(r);
    TG_ASSERT(fill <= RING_EVENTS);
    if (fill == RING_EVENTS && !wait_for_room(r, event->kind)) {
        atomic_fetch_add_explicit(&r->dropped[event->kind], 1, memory_order_relaxed);
        free_event_body(event);
        return;
    }
    r->items[tail % RING_EVENTS] = *event;
    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
    if (fill == RING_EVENTS / 2 || !atomic_load_explicit(&r->events->started, memory_order_relaxed)) wake_thread(r->events);
}

static void hand_directly(struct tg_events *ev, const struct tg_event *event)
{
    for (size_t i = 0; i < ev->count; i++) {
        struct tg_sink *sink = ev->sinks[i];
        if (sink->kind == TG_SINK_DIRECT && sink->wants & TG_EVENT_BIT(event->kind)) hand_to(sink, event);
    }
}

uint64_t tg_events_waited(const struct tg_event_ring *ring)
{
    return ring->waited_ns;
}

void tg_events_tell(struct tg_event_ring *ring, struct tg_event event)
{
    struct tg_events *ev = ring->events;
    if (!event.time_ns) event.time_ns = tg_clock_ns();
    event.worker = ring->number;
    if (ev->direct & TG_EVENT_BIT(event.kind)) hand_directly(ev, &event);
    if (ev->queued & TG_EVENT_BIT(event.kind)) put_in(ring, &event);
    else free_event_body(&event);
}

static void free_text(struct tg_event_body *body)
{
    free(body);
}

static struct tg_event_text *text_and_log(const char *text, size_t length, const char *log, size_t log_length)
{
    struct tg_event_text *body = tg_alloc(sizeof *body + length + 1 + log_length + 1);
    *body = (struct tg_event_text){.head.free = free_text, .length = length};
    if (length) memcpy(body->text, text, length);
    body->text[length] = 0;
    if (!log) return body;
    char *behind = body->text + length + 1;
    memcpy(behind, log, log_length);
    behind[log_length] = 0;
    body->log = behind;
    return body;
}

struct tg_event_text *tg_event_text(const char *text, size_t length)
{
    return text_and_log(text, length, NULL, 0);
}

struct tg_event_text *tg_event_failure(const struct tg_err *err)
{
    const char *log = err->detail, *found = NULL;
    for (; log && (log = strstr(log, TG_ERR_LOG)); log += strlen(TG_ERR_LOG)) found = log + strlen(TG_ERR_LOG);
    return text_and_log(err->message, strlen(err->message), found, found ? strcspn(found, "\n") : 0);
}

void tg_events_text(void *events, const char *text, size_t length)
{
    struct tg_events *ev = events;
    struct tg_event event = {.kind = TG_EVENT_TEXT, .task = TG_EVENT_NO_TASK, .body = &tg_event_text(text, length)->head};
    bool queued = ev->queued & TG_EVENT_BIT(TG_EVENT_TEXT);
    if (queued) pthread_mutex_lock(&ev->text_lock);
    tg_events_tell(ev->text_ring, event);
    if (queued) pthread_mutex_unlock(&ev->text_lock);
}

/* ---- all of it ----------------------------------------------------------------------------------- */

struct tg_event_ring *tg_events_ring(struct tg_events *ev)
{
    void *memory;
    if (posix_memalign(&memory, _Alignof(struct tg_event_ring), sizeof(struct tg_event_ring)) != 0)
        tg_alloc_fail(sizeof(struct tg_event_ring));
    struct tg_event_ring *r = memory;
    memset(r, 0, offsetof(struct tg_event_ring, items));
    r->events = ev;
    pthread_mutex_lock(&ev->lock);
    r->number = ev->ring_count++;
    r->next = atomic_load_explicit(&ev->rings, memory_order_relaxed);
    atomic_store_explicit(&ev->rings, r, memory_order_release);
    pthread_mutex_unlock(&ev->lock);
    return r;
}

struct tg_events *tg_events_new(struct tg_sink *const *sinks, size_t count)
{
    struct tg_events *ev = tg_alloc_zero(sizeof *ev);
    for (size_t i = 0; i < count; i++) TG_ASSERT(sinks[i]->take && !sinks[i]->broken && !sinks[i]->dropped);
    ev->sinks = sinks;
    ev->count = count;
    for (size_t i = 0; i < count; i++) {
        const struct tg_sink *s = sinks[i];
        ev->wanted |= s->wants;
        if (s->kind == TG_SINK_LOSSLESS) ev->lossless |= s->wants;
        if (s->kind == TG_SINK_DIRECT) ev->direct |= s->wants;
        else ev->queued |= s->wants;
    }
    pthread_mutex_init(&ev->lock, NULL);
    pthread_mutex_init(&ev->text_lock, NULL);
    tg_clock_condition(&ev->more);
    pthread_cond_init(&ev->less, NULL);
    ev->text_ring = tg_events_ring(ev);
    ev->text_ring->number = UINT32_MAX;
    ev->ring_count = 0;
    return ev;
}

uint32_t tg_events_wanted(const struct tg_events *ev)
{
    return ev ? ev->wanted : 0;
}

uint32_t tg_events_sampled(const struct tg_events *ev)
{
    return ev ? ev->wanted & ~(ev->lossless | ev->direct) : 0;
}

/* What was dropped for want of room, no live sink that wanted it was shown. */
static void add_dropped(struct tg_events *ev, struct tg_event_ring *r)
{
    for (int kind = 0; kind < TG_EVENT_KINDS; kind++) {
        uint64_t dropped = atomic_exchange_explicit(&r->dropped[kind], 0, memory_order_relaxed);
        for (size_t i = 0; i < ev->count && dropped; i++)
            if (ev->sinks[i]->kind == TG_SINK_LIVE && ev->sinks[i]->wants & TG_EVENT_BIT(kind))
                ev->sinks[i]->dropped += dropped;
    }
}

void tg_events_flush(struct tg_events *ev)
{
    if (!ev) return;
    pthread_mutex_lock(&ev->lock);
    bool started = ev->started;
    ev->ending = true;
    pthread_cond_signal(&ev->more);
    pthread_mutex_unlock(&ev->lock);
    if (started) pthread_join(ev->thread, NULL);
    while (hand_out_some(ev)) {} /* what came after its last look */
    hand_out_rest(ev);
    ev->started = ev->ending = false;
    for (struct tg_event_ring *r = atomic_load(&ev->rings); r; r = r->next) add_dropped(ev, r);
}

void tg_events_free(struct tg_events *ev)
{
    if (!ev) return;
    tg_events_flush(ev);
    for (struct tg_event_ring *r = atomic_load(&ev->rings), *next; r; r = next) {
        next = r->next;
        free(r);
    }
    pthread_mutex_destroy(&ev->lock);
    pthread_mutex_destroy(&ev->text_lock);
    pthread_cond_destroy(&ev->more);
    pthread_cond_destroy(&ev->less);
    free(ev);
}
