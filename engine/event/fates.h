/* SPDX-License-Identifier: MIT
 * What has become of each task, and how long it was worked at, by the events of a run: a sink of it, or told of events that
 * were written (watch/eventfates.h). Thread class: owner, the sink's function apart. */
#ifndef TG_EVENT_FATES_H
#define TG_EVENT_FATES_H

#include "engine/event/event.h"

enum tg_fate {
    TG_FATE_NEVER,   /* nothing was told of it */
    TG_FATE_RUNNING, /* it has begun, and the events end before it does */
    TG_FATE_DONE,
    TG_FATE_SKIPPED,
    TG_FATE_CAUGHT, /* failed, which somebody has caught, or it was allowed to */
    TG_FATE_FAILED,
    TG_FATES,
};

struct tg_fate_of {
    uint64_t busy_ns : 60; /* in all stretches and attempts that have ended */
    uint64_t fate : 4;     /* enum tg_fate */
    uint64_t began_ns;     /* of the stretch that is going on; 0: none is, or this is not known */
};

struct tg_fate_said {
    tg_id task;
    char *message;
};

struct tg_fates {
    struct tg_sink sink;
    TG_VEC(struct tg_fate_of) of;     /* by task, as far as something was told */
    TG_VEC(struct tg_fate_said) said; /* of what has failed */
    uint64_t last_ns;                 /* the time of the latest event */
    bool sorted;                      /* `said` is, by task */
};

void tg_fates_init(struct tg_fates *f);
void tg_fates_done(struct tg_fates *f);
/* Something has happened to a task: event kinds that do not matter are passed over. began_ns: 0, or when the stretch began that ends
 * with this. The message is copied; NULL: none. */
void tg_fates_note(struct tg_fates *f, enum tg_event_kind kind, tg_id id, uint64_t time_ns, uint64_t began_ns,
                   const char *message);
/* The run is over: those that have failed and are none of these, whose failures show, were caught. */
void tg_fates_settle(struct tg_fates *f, const tg_id *failed, size_t count);

/* Beside the number of a task, which has fewer bits: one of several rounds of it that has ended. Its time is not known. */
#define TG_FATE_ROUND (UINT32_C(1) << 31)

/* What became of a task; its time, of one that is running up to the last event. */
struct tg_fate_of tg_fates_of(const struct tg_fates *f, tg_id id);
/* Why it has failed; NULL: it has not. Lent. */
const char *tg_fates_message(struct tg_fates *f, tg_id id);

#endif
