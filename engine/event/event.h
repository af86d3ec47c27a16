/* SPDX-License-Identifier: MIT
 * Events: what happens in a run, told to whoever watches it. All that watches is a sink, and nothing else looks into a run.
 *
 * A worker puts events into a ring of its own, without a lock; one thread takes them out of all rings, nearly in the order of
 * time (those of one task and worker exactly), and hands each to the sinks that want its kind. Where no sink wants a kind, a
 * worker only tests one bit. Three kinds of sinks:
 *
 *   TG_SINK_LOSSLESS  gets every event. If it is slow, rings fill up, and then the workers wait for it.
 *   TG_SINK_LIVE      shows what is going on, and samples: while the thread is behind it is passed over, and `dropped`
 *                     counts what it was not shown. Workers never wait for it. Of quick tasks it is told now and then, so
 *                     that they cost the same whether it is there or not (run/worker.h).
 *   TG_SINK_DIRECT    is called at once, by the thread in which it happens, from several at a time; for lines that the user
 *                     must have read even if the next thing that happens is a crash.
 *
 * Thread class: shared, as each function says. */
#ifndef TG_EVENT_EVENT_H
#define TG_EVENT_EVENT_H

#include "engine/base/usage.h"
#include "engine/graph/graph.h"

enum tg_event_kind {
    TG_EVENT_STARTED,   /* its function is about to be called; struct tg_event_text: its arguments. Not told of quick tasks */
    TG_EVENT_DONE,      /* the task has ended with a value; struct tg_event_text, if it has run programs */
    TG_EVENT_SUSPENDED, /* a stretch of it has ended: it has become something else, and is going to run again */
    TG_EVENT_FAILED,    /* has ended without, failures that somebody catches included; struct tg_event_text: the message */
    TG_EVENT_SKIPPED,   /* never ran, or in vain */
    TG_EVENT_ADDED,     /* came in while the graph ran, and is going to run */
    TG_EVENT_RETRIED,   /* an attempt has failed, and another one is to come; struct tg_event_text: the message */
    TG_EVENT_RELEASED,  /* its value is not needed any more, and gone */
    TG_EVENT_NODE,      /* of a graph that grows, a task is about to end or to become something else: struct tg_event_node */
    TG_EVENT_IDLE,      /* a worker has run nothing since `began_ns`; told when it goes on, with STARTED alone */
    TG_EVENT_STEAL,     /* since then it has looked for work, and found another worker's */
    TG_EVENT_SPAWN,     /* since then the task has started a program, which runs now */
    TG_EVENT_TRANSFER,  /* since then tasks were sent to an executor, this one first, or its result was read */
    TG_EVENT_TEXT,      /* a line for the user, of no task in particular: struct tg_event_text */
    TG_EVENT_KINDS,
};
#define TG_EVENT_BIT(kind) (UINT32_C(1) << (kind))

/* What an event has beside: the head of a struct, freed when every sink has had it. */
struct tg_event_body {
    void (*free)(struct tg_event_body *body);
};

/* Of what ends a task or an attempt: what its programs have used, and why it has failed. */
struct tg_event_text {
    struct tg_event_body head;
    struct tg_usage used;
    const char *log; /* of what has failed: the file with what its programs printed; behind the text, or NULL */
    size_t length;
    char text[]; /* without newline at the end; length bytes and a NUL */
};

/* A copy; `used` is all zero. */
struct tg_event_text *tg_event_text(const char *text, size_t length);
/* The message of an error, and the log that its detail names. */
struct tg_event_text *tg_event_failure(const struct tg_err *err);

#define TG_EVENT_NO_TASK UINT64_MAX

struct tg_event {
    uint64_t time_ns; /* tg_clock_ns; 0: now */
    uint64_t
        began_ns; /* of what ends a stretch of work: when its function was called; 0: it was not. Of IDLE and such: since when */
    uint64_t ended_ns;          /* likewise, of one that ran in an executor: when its function had come back there; else 0 */
    uint64_t bytes;             /* that its value takes, of DONE and RELEASED where RELEASED is wanted; or of what was sent */
    uint64_t task;              /* which one: an opaque number, unique in the run at any time; TG_EVENT_NO_TASK */
    const struct tg_site *site; /* what the task is now; NULL: of no task. Valid as long as the graph */
    struct tg_event_body *body; /* or NULL */
    enum tg_event_kind kind;
    uint32_t worker; /* counted from 0; UINT32_MAX: of none */
};

enum tg_sink_kind { TG_SINK_LOSSLESS, TG_SINK_LIVE, TG_SINK_DIRECT };

/* The head of a sink's own struct. */
struct tg_sink {
    const char *name; /* for messages: "the event file" */
    enum tg_sink_kind kind;
    uint32_t wants; /* TG_EVENT_BIT of each kind */
    /* Takes an event, which is lent. False and err: it cannot go on (a full disk); it gets no further ones. */
    bool (*take)(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err);
    /* It has had all that there is at the moment: what it keeps back can go out. As take; NULL: it keeps nothing. */
    bool (*rest)(struct tg_sink *sink, struct tg_err *err);
    uint64_t dropped;    /* after tg_events_flush: events that a live sink was not shown */
    struct tg_err err;   /* likewise: why it could not go on, if broken */
    _Atomic bool broken; /* atomic, relaxed: it gets no further events */
};

struct tg_events;
struct tg_event_ring;

/* Borrows the sinks, which must be zeroed but for name, kind, wants and take. */
struct tg_events *tg_events_new(struct tg_sink *const *sinks, size_t count);
/* Flushes. NULL is fine. */
void tg_events_free(struct tg_events *events);
/* TG_EVENT_BIT of all kinds that some sink wants. NULL: none. */
uint32_t tg_events_wanted(const struct tg_events *events);
/* Of them, the kinds that live sinks alone want. */
uint32_t tg_events_sampled(const struct tg_events *events);
/* A ring for one more worker. Any thread. It is freed with the events. */
struct tg_event_ring *tg_events_ring(struct tg_events *events);
/* Tells what happens. Of a worker, by its own thread; takes the body. */
void tg_events_tell(struct tg_event_ring *ring, struct tg_event event);
/* For how long a worker has waited for room so far: that is none of its tasks'. By its own thread. */
uint64_t tg_events_waited(const struct tg_event_ring *ring);
/* A line for the user, without newline. Any thread; `events` is a struct tg_events *, for struct tg_services. */
void tg_events_text(void *events, const char *text, size_t length);
/* Returns when the sinks have had all that was told before. Nothing may be told meanwhile. */
void tg_events_flush(struct tg_events *events);

#endif
