/* SPDX-License-Identifier: MIT
 * Events of a run in the form in which a file of them is read (eventread.h), for who looks on without a file. Thread class: owner. */
#ifndef TG_WATCH_TELL_H
#define TG_WATCH_TELL_H

#include "engine/run/run.h"
#include "engine/watch/describe.h"
#include "engine/watch/eventfile.h"
#include "engine/watch/eventread.h"

struct tg_tell {
    void (*hand)(void *data, const struct tg_told *told); /* gets each, lent until it returns */
    void *data;
    tg_place_fn place;
    void *place_data;
    const struct tg_run *run;
    TG_VEC(uint64_t) needs; /* of the event that is told of */
    TG_VEC(bool) sites;     /* by number: it was told of in this run */
    unsigned part;          /* runs so far */
};

/* place: as in describe.h; all is borrowed. */
void tg_tell_init(struct tg_tell *t, void (*hand)(void *data, const struct tg_told *told), void *data, tg_place_fn place,
                  void *place_data);
void tg_tell_done(struct tg_tell *t);
/* A run is about to begin, of this workflow; what follows is about it, until the next one begins. */
void tg_tell_run(struct tg_tell *t, const struct tg_run *run, const char *workflow);
/* needs: also what a task of a graph that does not grow has needed. */
void tg_tell_event(struct tg_tell *t, const struct tg_event *event, bool needs);
/* It is over: as tg_eventfile_end. */
void tg_tell_end(struct tg_tell *t, int status, const struct tg_eventfile_number *numbers, size_t count);

#endif
