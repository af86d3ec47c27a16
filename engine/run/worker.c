/* SPDX-License-Identifier: MIT
 * Setting up workers. */
#include "engine/run/worker.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/base/ticker.h"
#include "engine/graph/pace.h"
#include "engine/run/apart.h"
#include "engine/run/failing.h"
#include "engine/run/node.h"
#include "engine/value/weigh.h"

/* Tasks that take less are told of when they have ended: nobody could see them run. */
#define QUICK_US 100

/* A worker that does nothing for less is not told of: nobody could see it. */
#define IDLE_NS 20000

/* What ends a stretch of work. */
#define ENDS                                                                                          \
    (TG_EVENT_BIT(TG_EVENT_DONE) | TG_EVENT_BIT(TG_EVENT_FAILED) | TG_EVENT_BIT(TG_EVENT_SUSPENDED) | \
     TG_EVENT_BIT(TG_EVENT_RETRIED) | TG_EVENT_BIT(TG_EVENT_SKIPPED))

/* What costs a quick task something. */
#define OF_QUICK                                                                                       \
    (TG_EVENT_BIT(TG_EVENT_STARTED) | TG_EVENT_BIT(TG_EVENT_DONE) | TG_EVENT_BIT(TG_EVENT_SUSPENDED) | \
     TG_EVENT_BIT(TG_EVENT_ADDED) | TG_EVENT_BIT(TG_EVENT_NODE))

/* Quick tasks that live sinks are told of, where they come one by one, with each tick. */
#define SHOWN_IN_ROW 64

static void tell_spawn(tg_ctx *ctx, uint64_t began_ns)
{
    struct tg_worker *w = tg_worker_of(ctx);
    tg_worker_attend(w);
    if (!w->began_ns) w->began_ns = began_ns; /* nobody was to be told: it seemed quick */
    tg_worker_tell_span(w, TG_EVENT_SPAWN, began_ns, ctx->task, 0);
}

struct tg_worker *tg_worker_new(struct tg_run *run)
{
    unsigned index = atomic_load_explicit(&run->worker_count, memory_order_relaxed);
    TG_ASSERT(index < run->options.jobs);
    struct tg_worker *w = &run->workers[index];
    w->run = run;
    w->nodes = run->nodes;
    w->ctx.services = run->options.services;
    w->args = w->few;
    w->args_room = TG_FEW_ARGS;
    w->watched = tg_events_wanted(run->options.events) & ~TG_EVENT_BIT(TG_EVENT_TEXT);
    w->sampled = tg_events_sampled(run->options.events) & OF_QUICK;
    w->tick = tg_ticker_now() - 1;
    w->shows = SHOWN_IN_ROW;
    if (w->watched) w->ring = tg_events_ring(run->options.events);
    w->rested_ns = tg_worker_span(w, TG_EVENT_IDLE);
    if (tg_worker_watched(w, TG_EVENT_SPAWN)) w->ctx.spawned = tell_spawn;
    atomic_store_explicit(&w->running, TG_NO_TASK, memory_order_relaxed);
    if (run->growth) run->growth->begin(w);
    atomic_store_explicit(&run->worker_count, index + 1, memory_order_release);
    return w;
}

void tg_worker_done(struct tg_worker *w)
{
    if (w->run->growth) w->run->growth->end(w);
    tg_apart_free(w->apart);
    tg_err_done(&w->ctx.err);
    if (w->args != w->few) tg_block_free(w->args, w->args_room * sizeof *w->args);
    tg_census_table_done(&w->counts);
    tg_vec_done(&w->ready.ids);
    tg_vec_done(&w->free.ids);
    tg_vec_done(&w->stack.ids);
    tg_vec_done(&w->given_up.ids);
}

tg_value *tg_worker_room(struct tg_worker *w, size_t count)
{
    TG_ASSERT(count > w->args_room && w->args_room >= TG_FEW_ARGS);
    size_t room = count < 2 * w->args_room ? 2 * w->args_room : count;
    if (w->args != w->few) tg_block_free(w->args, w->args_room * sizeof *w->args);
    w->args = tg_block_new(room * sizeof *w->args);
    w->args_room = room;
    return w->args;
}

/* ---- who is told of quick tasks now and then --------------------------------------------------------- */

static tg_id ended_so_far(const struct tg_worker *w)
{
    tg_id sum = 0;
    for (int i = 0; i < TG_EVENT_KINDS; i++) sum += atomic_load_explicit(&w->tally[i], memory_order_relaxed);
    return sum;
}

/* What it has run meanwhile is not known to be idle. */
void tg_worker_show(struct tg_worker *w)
{
    if (w->watched & w->sampled) return;
    w->watched |= w->sampled;
    if (ended_so_far(w) != w->ended_before) w->rested_ns = tg_clock_ns();
}

void tg_worker_hide(struct tg_worker *w)
{
    if (!(w->watched & w->sampled)) return;
    w->watched &= ~w->sampled;
    w->ended_before = ended_so_far(w);
}

/* With each tick, and after a task that was not quick, some are shown, until so many in a row were quick. Before each that is shown it is
 * chosen again: the tick that is noted is another one. */
void tg_worker_choose(struct tg_worker *w)
{
    uint32_t tick = tg_ticker_now();
    uint64_t now_ns = tg_clock_ns();
    bool shown = w->watched & w->sampled, quick = now_ns - w->chosen_ns < QUICK_US * UINT64_C(1000);
    if (!shown || !quick) w->shows = SHOWN_IN_ROW;
    w->tick = tick - 1;
    w->chosen_ns = now_ns;
    if (!shown) tg_worker_show(w);
    else if (quick && --w->shows == 0) tg_worker_hide(w), w->tick = tick;
}

/* Whether a value of a task was told of, by its number: where some are not, its release matters only then. */
static _Atomic uint64_t *noted_word(struct tg_run *run, tg_id id, uint64_t *bit)
{
    size_t place = id % run->noted_count;
    *bit = UINT64_C(1) << place % 64;
    return &run->noted[place / 64];
}

static void note_told_value(struct tg_worker *w, tg_id id)
{
    uint64_t bit;
    atomic_fetch_or_explicit(noted_word(w->run, id, &bit), bit, memory_order_relaxed);
}

/* Numbers of nodes are used again, and one that was told of is not any more. */
static bool is_noted(struct tg_worker *w, tg_id id)
{
    uint64_t bit;
    if (!w->sampled) return true;
    _Atomic uint64_t *word = noted_word(w->run, id, &bit);
    bool noted = atomic_load_explicit(word, memory_order_relaxed) & bit;
    if (noted && w->nodes) atomic_fetch_and_explicit(word, ~bit, memory_order_relaxed);
    return noted;
}

/* ---- telling ---------------------------------------------------------------------------------------- */

const struct tg_site *tg_run_site_of(const struct tg_run *run, tg_id id)
{
    return run->nodes ? tg_node_site(run->nodes, id) : tg_graph_site_of(run->graph, id);
}

/* What is said of each event; of one that ends a stretch of work, when that began. */
static struct tg_event event_of(struct tg_worker *w, enum tg_event_kind kind, tg_id id, const struct tg_site *site)
{
    TG_ASSERT(w->ring && w->watched & TG_EVENT_BIT(kind));
    struct tg_event event = {.kind = kind, .task = id, .site = site ? site : tg_run_site_of(w->run, id)};
    if (TG_EVENT_BIT(kind) & ENDS && id == w->ctx.task) { /* else it is a stream, which has ended by what runs */
        event.time_ns = w->rested_ns = tg_clock_ns();
        event.began_ns = w->began_ns;
        event.ended_ns = w->ended_ns;
        w->began_ns = w->ended_ns = 0;
    }
    return event;
}

void tg_worker_tell(struct tg_worker *w, enum tg_event_kind kind, tg_id id, const struct tg_site *site,
                    struct tg_event_body *take_body)
{
    struct tg_event event = event_of(w, kind, id, site);
    uint64_t waited_ns = tg_events_waited(w->ring);
    event.body = take_body;
    tg_events_tell(w->ring, event);
    if (tg_events_waited(w->ring) != waited_ns && !w->began_ns) w->rested_ns = tg_clock_ns(); /* that was no lack of work */
}

/* It goes on at this time. */
static void tell_idle(struct tg_worker *w, uint64_t now_ns)
{
    struct tg_event event = {.kind = TG_EVENT_IDLE, .task = TG_EVENT_NO_TASK, .began_ns = w->rested_ns, .time_ns = now_ns};
    if (tg_worker_watched(w, TG_EVENT_IDLE) && now_ns >= w->rested_ns + IDLE_NS) tg_events_tell(w->ring, event);
}

void tg_worker_tell_span(struct tg_worker *w, enum tg_event_kind kind, uint64_t began_ns, tg_id id, uint64_t bytes)
{
    bool between = !w->began_ns;
    struct tg_event event = {.kind = kind, .task = TG_EVENT_NO_TASK, .began_ns = began_ns, .bytes = bytes};
    if (id != TG_NO_TASK) event.task = id, event.site = tg_run_site_of(w->run, id);
    event.time_ns = tg_clock_ns();
    if (between && began_ns < w->rested_ns) event.began_ns = w->rested_ns; /* a part of it was told of */
    if (between) tell_idle(w, event.began_ns);
    tg_events_tell(w->ring, event);
    if (between) w->rested_ns = event.time_ns;
}

void tg_worker_tell_end(struct tg_worker *w)
{
    if (tg_worker_watched(w, TG_EVENT_IDLE)) tell_idle(w, tg_clock_ns());
}

/* Now, as later they may be gone. NULL: there are none. */
static struct tg_event_body *tell_arguments(const struct tg_site *site, const tg_value *args, size_t count)
{
    size_t written = tg_def_written(site->def, count);
    char *text = written ? tg_failing_args_quick(args, written) : NULL;
    struct tg_event_body *body = text ? &tg_event_text(text, strlen(text))->head : NULL;
    free(text);
    return body;
}

void tg_worker_tell_start(struct tg_worker *w, tg_id id, const struct tg_site *site, const tg_value *args, size_t count)
{
    uint32_t mean_us = tg_pace_mean(site);
    bool quick = mean_us > 0 && mean_us < QUICK_US; /* its end will say when it began */
    struct tg_event_body *arguments = quick ? NULL : tell_arguments(site, args, count);
    w->began_ns = tg_clock_ns();
    tell_idle(w, w->began_ns);
    if (quick) return;
    struct tg_event event = event_of(w, TG_EVENT_STARTED, id, site);
    event.time_ns = w->began_ns;
    event.body = arguments;
    tg_events_tell(w->ring, event);
}

/* What programs of the task have used; NULL: it has run none, and has not failed. */
static struct tg_event_body *body_of_end(struct tg_worker *w, tg_id id, const struct tg_err *err)
{
    struct tg_usage used = id == w->ctx.task ? w->ctx.used : (struct tg_usage){0};
    if (!used.cpu_ns && !used.peak_bytes && !err) return NULL;
    struct tg_event_text *body = err ? tg_event_failure(err) : tg_event_text(NULL, 0);
    body->used = used;
    if (id == w->ctx.task) w->ctx.used = (struct tg_usage){0};
    return &body->head;
}

void tg_worker_tell_value(struct tg_worker *w, tg_id id, tg_value value)
{
    struct tg_event event = event_of(w, TG_EVENT_DONE, id, NULL);
    event.body = body_of_end(w, id, NULL);
    if (tg_worker_watched(w, TG_EVENT_RELEASED) && tg_is_heap(value)) event.bytes = tg_weigh(value);
    if (event.bytes && w->sampled) note_told_value(w, id);
    tg_events_tell(w->ring, event);
}

void tg_worker_tell_failure(struct tg_worker *w, enum tg_event_kind kind, tg_id id, const struct tg_err *err)
{
    tg_worker_tell(w, kind, id, NULL, body_of_end(w, id, err));
}

void tg_worker_tell_release(struct tg_worker *w, tg_id id)
{
    if (is_noted(w, id)) tg_events_tell(w->ring, event_of(w, TG_EVENT_RELEASED, id, NULL));
}
