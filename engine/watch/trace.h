/* SPDX-License-Identifier: MIT
 * A run as a trace for Perfetto (ui.perfetto.dev) and chrome://tracing, from what is told of it: the Trace Event Format in JSON. A run is
 * a process, a worker a thread, and so is its executor; a stretch of a task's work is a slice; the memory of results is a counter. */
#ifndef TG_WATCH_TRACE_H
#define TG_WATCH_TRACE_H

#include "engine/base/out.h"
#include "engine/watch/eventread.h"

enum tg_trace_arrows {
    TG_TRACE_ARROWS_AUTO, /* while they are few enough to be looked at */
    TG_TRACE_ARROWS_ALL,
    TG_TRACE_ARROWS_NONE,
};

struct tg_traced_site {
    char *slice, *place; /* what its slices have of it, in JSON; heap; NULL: never told of; none */
    size_t slice_length, place_length;
    char *name;      /* heap */
    uint32_t holder; /* from 1; 0: none of its results took memory so far */
};

/* Results of tasks of one name. */
struct tg_traced_holder {
    const char *name; /* of a site; NULL: of several names */
    uint64_t bytes;
};

/* What is known of a task, by its id. */
struct tg_traced_task {
    uint64_t began, ended; /* its last stretch */
    uint64_t bytes;        /* of its value, while it is there */
    char *arguments;       /* heap; NULL: not known */
    uint32_t row, site;
    uint32_t holding; /* the site that it had when its value came */
    bool running, ran;
};

struct tg_trace {
    struct tg_out *out;
    enum tg_trace_arrows arrows;
    const struct tg_secrets *secrets; /* not to be seen in texts; NULL: there are none */
    bool any;                         /* an object has been written */
    uint64_t part;                    /* of the run */
    uint64_t last;                    /* the latest time so far */
    uint64_t bytes;                   /* of all values that are there */
    uint64_t arrow;                   /* arrows so far */
    TG_VEC(struct tg_traced_site) sites;
    TG_VEC(struct tg_traced_holder) holders;
    TG_VEC(struct tg_traced_task) tasks;
    TG_VEC(bool) rows; /* that are named */
};

/* Begins to write to `out`, which is borrowed. */
void tg_trace_begin(struct tg_trace *t, struct tg_out *out, enum tg_trace_arrows arrows);
/* A line of the events of a run, or an event that could stand there. Whether it could be written, `out` knows. */
void tg_trace_add(struct tg_trace *t, const struct tg_told *told);
/* True if the site of this number was told of in this run. */
static inline bool tg_trace_knows(const struct tg_trace *t, uint64_t site)
{
    return site < t->sites.count && t->sites.items[site].slice;
}
/* True if `needs` are still looked at. */
bool tg_trace_wants_needs(const struct tg_trace *t);
/* Writes the end. */
void tg_trace_end(struct tg_trace *t);

/* Reads all events, and writes the trace. False and err if they cannot be read; what is written then is a trace all the same. Whether
 * it could be written, `out` knows. */
bool tg_trace_write(struct tg_eventread *from, enum tg_trace_arrows arrows, struct tg_out *out, struct tg_err *err);

#endif
