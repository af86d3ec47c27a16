/* SPDX-License-Identifier: MIT
 * A story of runs that go on in this process: a sink of their events. */
#ifndef TG_WATCH_STORYSINK_H
#define TG_WATCH_STORYSINK_H

#include "engine/watch/story.h"
#include "engine/watch/tell.h"

struct tg_storysink {
    struct tg_sink sink;
    struct tg_story story;
    struct tg_tell tell;
};

/* kind: TG_SINK_LOSSLESS for who needs all of it, or TG_SINK_LIVE. place: as in describe.h; all is borrowed. */
void tg_storysink_open(struct tg_storysink *s, enum tg_sink_kind kind, const struct tg_secrets *secrets, tg_place_fn place,
                       void *place_data);
/* A run is about to begin, of this workflow; what follows is about it, until the next one begins. */
void tg_storysink_begin(struct tg_storysink *s, const struct tg_run *run, const char *workflow);
/* It is over, its events are flushed, and it is still there: as tg_eventfile_end. plan: somebody may ask for each task. */
void tg_storysink_end(struct tg_storysink *s, int status, const struct tg_eventfile_number *numbers, size_t count, bool plan);
void tg_storysink_close(struct tg_storysink *s);

#endif
