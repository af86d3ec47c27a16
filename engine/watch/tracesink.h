/* SPDX-License-Identifier: MIT
 * The sink that writes the trace of a run while it goes on. */
#ifndef TG_WATCH_TRACESINK_H
#define TG_WATCH_TRACESINK_H

#include "engine/watch/tell.h"
#include "engine/watch/trace.h"

struct tg_tracesink {
    struct tg_sink sink;
    struct tg_out out;
    struct tg_trace trace;
    struct tg_tell tell;
    const char *path; /* for messages; borrowed */
};

/* Writes to fd, which is borrowed as is all else. place: as in describe.h. */
void tg_tracesink_open(struct tg_tracesink *s, const char *path, int fd, tg_place_fn place, void *place_data);
/* A run is about to begin, of this workflow; what follows is about it, until the next one begins. */
void tg_tracesink_begin(struct tg_tracesink *s, const struct tg_run *run, const char *workflow);
/* The last of it is written; false and err if something of it could not be. */
bool tg_tracesink_close(struct tg_tracesink *s, struct tg_err *err);

#endif
