/* SPDX-License-Identifier: MIT
 * The sink that writes every event of a run, one JSON object a line; docs/formats.md has what they say. */
#ifndef TG_WATCH_EVENTFILE_H
#define TG_WATCH_EVENTFILE_H

#include "engine/base/outlet.h"
#include "engine/run/run.h"
#include "engine/watch/describe.h"

/* The version of what is written. */
#define TG_EVENTS_VERSION 1

struct tg_eventfile {
    struct tg_sink sink;
    struct tg_outlet out;
    const struct tg_run *run;
    tg_place_fn place;
    void *place_data;
    uint64_t *written; /* bitmap by site: it stands in the file; a block of written_words */
    size_t written_words;
    uint64_t lost; /* lines left out so far that the file tells of */
    unsigned part; /* runs so far: that of the graph is the first, then come those of blocks behind it */
};

/* What is said of a site's definition: "command", "helper" or "task". */
const char *tg_eventfile_sort(const struct tg_def *def);
/* Opens `name` (engine/base/outlet.h), which is kept. place: as in describe.h, lent. False and err if it cannot be written. */
bool tg_eventfile_open(struct tg_eventfile *e, const char *name, tg_place_fn place, void *place_data, struct tg_err *err);
/* A run is about to begin, of this workflow; what follows is about it. */
void tg_eventfile_begin(struct tg_eventfile *e, const struct tg_run *run, const char *workflow);
/* It is over, with this exit status; numbers: what else is known of it (docs/formats.md), those left out that are 0. */
struct tg_eventfile_number {
    const char *name;
    uint64_t number;
};
void tg_eventfile_end(struct tg_eventfile *e, int status, const struct tg_eventfile_number *numbers, size_t count);
/* The last of it is written; false and err if something of it could not be. *dropped: lines that a reader did not take. */
bool tg_eventfile_close(struct tg_eventfile *e, uint64_t *dropped, struct tg_err *err);

#endif
