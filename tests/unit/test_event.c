/* SPDX-License-Identifier: MIT
 * Events from several threads to each kind of sink. */
#include "tests/unit/check.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "engine/event/event.h"

/* More than several rings hold. */
#define MANY 20000

#define WANTS (TG_EVENT_BIT(TG_EVENT_STARTED) | TG_EVENT_BIT(TG_EVENT_DONE))

struct counting {
    struct tg_sink sink;
    uint64_t seen, sum, out_of_order, last[8];
    uint64_t break_at; /* this many are too many; 0: never */
    sem_t *gate;       /* the first event waits for it; NULL: none */
    pthread_t thread;  /* that called it last */
};

static bool count_event(struct tg_sink *sink, const struct tg_event *e, struct tg_err *err)
{
    struct counting *c = (struct counting *)sink;
    c->thread = pthread_self();
    if (c->gate && c->seen == 0) sem_wait(c->gate);
    if (c->break_at && c->seen == c->break_at) return tg_err_set(err, TG_EXIT_FAILED, "no space left");
    c->seen++;
    if (e->worker >= 8) return true;
    c->sum += e->task;
    c->out_of_order += e->task <= c->last[e->worker];
    c->last[e->worker] = e->task;
    return true;
}

static struct counting counting_sink(enum tg_sink_kind kind, uint32_t wants)
{
    return (struct counting){.sink = {.name = "a test", .kind = kind, .wants = wants, .take = count_event}};
}

static _Atomic unsigned bodies;

static void free_counted(struct tg_event_body *body)
{
    bodies--;
    free(body);
}

static struct tg_event_body *new_body(void)
{
    struct tg_event_body *body = malloc(sizeof *body);
    body->free = free_counted;
    bodies++;
    return body;
}

/* Tells of tasks 1 to MANY, each with a body. */
static void *tell_many(void *ring)
{
    for (uint64_t i = 1; i <= MANY; i++)
        tg_events_tell(ring, (struct tg_event){.kind = TG_EVENT_DONE, .task = i, .body = new_body()});
    return NULL;
}

TEST(a_lossless_sink_gets_every_event_of_every_worker_in_order)
{
    struct counting all = counting_sink(TG_SINK_LOSSLESS, WANTS);
    struct tg_sink *sinks[] = {&all.sink};
    struct tg_events *ev = tg_events_new(sinks, 1);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, tell_many, tg_events_ring(ev));
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    tg_events_flush(ev);
    CHECK_INT(all.seen, 3 * MANY);
    CHECK_INT(all.sum, 3 * ((uint64_t)MANY * (MANY + 1) / 2));
    CHECK_INT(all.out_of_order, 0);
    CHECK_INT(all.sink.dropped, 0);
    CHECK_INT(bodies, 0);
    tg_events_free(ev);
}

TEST(workers_do_not_wait_for_a_live_sink_which_counts_what_it_missed)
{
    sem_t gate;
    sem_init(&gate, 0, 0);
    struct counting live = counting_sink(TG_SINK_LIVE, WANTS);
    live.gate = &gate;
    struct tg_sink *sinks[] = {&live.sink};
    struct tg_events *ev = tg_events_new(sinks, 1);
    tell_many(tg_events_ring(ev)); /* would never end if it waited */
    sem_post(&gate);
    tg_events_flush(ev);
    CHECK(live.seen >= 1 && live.sink.dropped > 0);
    CHECK_INT(live.seen + live.sink.dropped, MANY);
    CHECK_INT(live.out_of_order, 0);
    CHECK_INT(bodies, 0);
    tg_events_free(ev);
    sem_destroy(&gate);
}

TEST(workers_wait_for_a_lossless_sink_also_beside_a_live_one)
{
    struct counting all = counting_sink(TG_SINK_LOSSLESS, WANTS), live = counting_sink(TG_SINK_LIVE, WANTS);
    struct tg_sink *sinks[] = {&live.sink, &all.sink};
    struct tg_events *ev = tg_events_new(sinks, 2);
    tell_many(tg_events_ring(ev));
    tg_events_flush(ev);
    CHECK_INT(all.seen, MANY);
    CHECK_INT(live.seen + live.sink.dropped, MANY);
    tg_events_free(ev);
}

TEST(a_sink_that_breaks_is_left_out_and_says_why)
{
    struct counting broken = counting_sink(TG_SINK_LOSSLESS, WANTS), all = counting_sink(TG_SINK_LOSSLESS, WANTS);
    broken.break_at = 5;
    struct tg_sink *sinks[] = {&broken.sink, &all.sink};
    struct tg_events *ev = tg_events_new(sinks, 2);
    tell_many(tg_events_ring(ev));
    tg_events_flush(ev);
    CHECK_INT(broken.seen, 5);
    CHECK(broken.sink.broken);
    CHECK_STR(broken.sink.err.message, "no space left");
    CHECK_INT(all.seen, MANY);
    CHECK(!all.sink.broken);
    tg_err_done(&broken.sink.err);
    tg_events_free(ev);
}

TEST(sinks_get_the_kinds_they_want)
{
    struct counting started = counting_sink(TG_SINK_LOSSLESS, TG_EVENT_BIT(TG_EVENT_STARTED));
    struct counting both = counting_sink(TG_SINK_LOSSLESS, WANTS);
    struct tg_sink *sinks[] = {&started.sink, &both.sink};
    struct tg_events *ev = tg_events_new(sinks, 2);
    struct tg_event_ring *ring = tg_events_ring(ev);
    CHECK_INT(tg_events_wanted(ev), WANTS);
    CHECK_INT(tg_events_wanted(NULL), 0);
    tg_events_tell(ring, (struct tg_event){.kind = TG_EVENT_STARTED, .task = 1});
    tg_events_tell(ring, (struct tg_event){.kind = TG_EVENT_DONE, .task = 2, .body = new_body()});
    tg_events_tell(ring, (struct tg_event){.kind = TG_EVENT_SKIPPED, .task = 3, .body = new_body()});
    tg_events_flush(ev);
    CHECK_INT(started.seen, 1);
    CHECK_INT(both.seen, 2);
    CHECK_INT(bodies, 0);
    tg_events_free(ev);
}

struct hearing {
    struct tg_sink sink;
    char text[100];
    bool here;
};

static pthread_t test_thread;

static bool hear_line(struct tg_sink *sink, const struct tg_event *e, struct tg_err *err)
{
    (void)err;
    struct hearing *h = (struct hearing *)sink;
    const struct tg_event_text *line = (const struct tg_event_text *)e->body;
    h->here = pthread_equal(pthread_self(), test_thread) && e->kind == TG_EVENT_TEXT;
    snprintf(h->text, sizeof h->text, "%s/%zu", line->text, line->length);
    return true;
}

TEST(a_line_reaches_a_direct_sink_at_once_and_others_later)
{
    struct hearing direct = {.sink = {.kind = TG_SINK_DIRECT, .wants = TG_EVENT_BIT(TG_EVENT_TEXT), .take = hear_line}};
    struct hearing later = {.sink = {.kind = TG_SINK_LOSSLESS, .wants = TG_EVENT_BIT(TG_EVENT_TEXT), .take = hear_line}};
    struct tg_sink *sinks[] = {&direct.sink, &later.sink};
    test_thread = pthread_self();
    struct tg_events *ev = tg_events_new(sinks, 2);
    tg_events_text(ev, "a line\n more", 6);
    CHECK(direct.here);
    CHECK_STR(direct.text, "a line/6");
    tg_events_flush(ev);
    CHECK_STR(later.text, "a line/6");
    tg_events_text(ev, "another", 7); /* goes on after a flush */
    tg_events_free(ev);
    CHECK_STR(later.text, "another/7");
}
