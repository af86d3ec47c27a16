/* SPDX-License-Identifier: MIT
 * One thread that runs tasks, with all that is its own. Thread class: owner, but for what is atomic: written by the owner,
 * read by anyone. */
#ifndef TG_RUN_WORKER_H
#define TG_RUN_WORKER_H

#include "engine/base/ticker.h"
#include "engine/base/clock.h"
#include "engine/base/compiler.h"
#include "engine/event/event.h"
#include "engine/run/census.h"

/* Arguments of a task that need no memory of their own. */
#define TG_FEW_ARGS 8

struct tg_apart;

struct tg_ids {
    TG_VEC(tg_id) ids;
};

struct tg_worker {
    struct tg_ctx ctx;
    struct tg_run *run;
    struct tg_nodes *nodes; /* of the run; NULL: it does not grow */
    tg_value *args;         /* few, or a block of args_room values */
    size_t args_room;
    _Atomic tg_id running; /* atomic: the task it runs or ran last; TG_NO_TASK: idle; release: its site is there */
    uint32_t watched;      /* TG_EVENT_BIT of the kinds that a sink wants, but for those that are sampled and not told of now */
    uint32_t sampled;      /* of tasks, those that live sinks alone want */
    uint32_t tick;         /* at which none is to be chosen, where tasks come one by one */
    uint32_t shows;        /* how many quick ones are to be told of */
    uint64_t chosen_ns;    /* when the last one was chosen */
    tg_id ended_before;    /* tasks, when this worker was told of for the last time */
    uint64_t began_ns;     /* when the function of the task was called; 0: it was not, or nobody wants to be told */
    uint64_t rested_ns;    /* since when it runs nothing, where that is told of */
    uint64_t ended_ns;     /* when it had come back in an executor; 0: it has not, or is none of one */
    _Atomic tg_id tally[TG_EVENT_KINDS]; /* atomic, relaxed: done, failed, skipped and added ones, whether or not anybody
                                            wants to be told */
    struct tg_apart *apart;              /* the thread beside it (apart.h); NULL: none so far */
    tg_value few[TG_FEW_ARGS];
    struct tg_event_ring *ring; /* NULL: nothing is watched */
    /* of a task that has a policy (coordinator.h) */
    struct tg_grant grant;  /* ctx.grant while one runs */
    struct tg_tries *tries; /* NULL: it has not failed before, and holds nothing */
    bool held;              /* it has failed and is tried again: it is the coordinator's */
    /* of a run that grows (node.h) */
    struct tg_census_table counts;
    struct tg_ids ready;           /* what the last task made ready: the scheduler empties it */
    struct tg_ids free;            /* ids to be used again */
    struct tg_ids stack, given_up; /* for walks */
} __attribute__((aligned(128)));

/* The worker that runs a task, from the context of its function. */
static inline struct tg_worker *tg_worker_of(tg_ctx *ctx)
{
    return (struct tg_worker *)((char *)ctx - offsetof(struct tg_worker, ctx));
}

/* Sets up the next worker of the run; the caller hands it to its thread. At most options.jobs times. */
struct tg_worker *tg_worker_new(struct tg_run *run);
void tg_worker_done(struct tg_worker *w);
/* The task's arguments need `count` places: makes and returns them. */
tg_value *tg_worker_room(struct tg_worker *w, size_t count);

/* True if some sink wants this kind. */
static inline bool tg_worker_watched(const struct tg_worker *w, enum tg_event_kind kind)
{
    return TG_UNLIKELY(w->watched & TG_EVENT_BIT(kind));
}
/* What follows is told of, also where live sinks alone want it. */
void tg_worker_show(struct tg_worker *w);
static inline void tg_worker_attend(struct tg_worker *w)
{
    if (TG_UNLIKELY(w->sampled)) tg_worker_show(w);
}
/* It is not, until it is attended again. */
void tg_worker_hide(struct tg_worker *w);
static inline void tg_worker_doze(struct tg_worker *w)
{
    if (TG_UNLIKELY(w->sampled)) tg_worker_hide(w);
}
/* A task is next: whether it is told of. */
void tg_worker_choose(struct tg_worker *w);
static inline void tg_worker_turn(struct tg_worker *w)
{
    if (TG_UNLIKELY(tg_ticker_now() != w->tick)) tg_worker_choose(w);
}
/* The same, where that is not known to matter. */
static inline void tg_worker_heed(struct tg_worker *w)
{
    if (TG_UNLIKELY(w->sampled)) tg_worker_turn(w);
}
/* Tells the sinks of an event; only where one wants its kind. site NULL: what the task is now. Takes the body. */
void tg_worker_tell(struct tg_worker *w, enum tg_event_kind kind, tg_id id, const struct tg_site *site,
                    struct tg_event_body *take_body);
/* The task's function is about to be called, with these arguments. */
void tg_worker_tell_start(struct tg_worker *w, tg_id id, const struct tg_site *site, const tg_value *args, size_t count);
static inline void tg_worker_starts(struct tg_worker *w, tg_id id, const struct tg_site *site, const tg_value *args,
                                    size_t count)
{
    if (tg_worker_watched(w, TG_EVENT_STARTED)) tg_worker_tell_start(w, id, site, args, count);
}
/* Events that are counted, whether or not anybody wants them. more: 1; -1: one that another worker may have counted was none. */
static inline void tg_worker_count(struct tg_worker *w, enum tg_event_kind kind, int more)
{
    _Atomic tg_id *count = &w->tally[kind];
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + (tg_id)more, memory_order_relaxed);
}
/* The function of a task has come back, and the task ends later. */
static inline void tg_worker_leaves(struct tg_worker *w)
{
    if (TG_LIKELY(!w->began_ns)) return;
    w->began_ns = 0;
    w->rested_ns = tg_clock_ns();
}
/* The value of a task is gone. */
void tg_worker_tell_release(struct tg_worker *w, tg_id id);
static inline void tg_worker_releases(struct tg_worker *w, tg_id id)
{
    if (tg_worker_watched(w, TG_EVENT_RELEASED)) tg_worker_tell_release(w, id);
}
/* What the worker has done since `began_ns`: of this task, or of none (TG_NO_TASK). bytes: as in struct tg_event. Between tasks it is
 * idle before and after. */
void tg_worker_tell_span(struct tg_worker *w, enum tg_event_kind kind, uint64_t began_ns, tg_id id, uint64_t bytes);
/* The run is over, and nobody runs as this worker any more. Any thread. */
void tg_worker_tell_end(struct tg_worker *w);
/* When what is told of that way begins; 0: nobody wants to be told. */
static inline uint64_t tg_worker_span(const struct tg_worker *w, enum tg_event_kind kind)
{
    return tg_worker_watched(w, kind) ? tg_clock_ns() : 0;
}
/* The function of the task was called in an executor, and had come back there, at these times; 0: it was not. */
static inline void tg_worker_ran_away(struct tg_worker *w, uint64_t began_ns, uint64_t ended_ns)
{
    if (!w->began_ns || !ended_ns) return;
    w->began_ns = began_ns;
    w->ended_ns = ended_ns;
}
/* What the task has done so far was waiting for others, which is no time of its own. */
static inline void tg_worker_waited(struct tg_worker *w)
{
    if (w->began_ns) w->began_ns = tg_clock_ns();
}
/* An attempt of the task, or the task, has failed; err: NULL: for what another one said. */
void tg_worker_tell_failure(struct tg_worker *w, enum tg_event_kind kind, tg_id id, const struct tg_err *err);
static inline void tg_worker_fails(struct tg_worker *w, enum tg_event_kind kind, tg_id id, const struct tg_err *err)
{
    tg_worker_count(w, kind, 1);
    if (tg_worker_watched(w, kind)) tg_worker_tell_failure(w, kind, id, err);
}
/* The task ends with this value, which is lent. */
void tg_worker_tell_value(struct tg_worker *w, tg_id id, tg_value value);
static inline void tg_worker_gives(struct tg_worker *w, tg_id id, tg_value value)
{
    tg_worker_count(w, TG_EVENT_DONE, 1);
    if (tg_worker_watched(w, TG_EVENT_DONE)) tg_worker_tell_value(w, id, value);
}

#endif
