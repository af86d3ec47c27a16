/* SPDX-License-Identifier: MIT
 * A run as a trace for Perfetto (ui.perfetto.dev) and chrome://tracing, from its events: the Trace Event Format in JSON. A run is a
 * process, a worker a thread, a stretch of a task's work a slice; the memory of results is a counter. */
#ifndef TG_WATCH_TRACE_H
#define TG_WATCH_TRACE_H

#include "engine/base/out.h"
#include "engine/watch/eventread.h"

enum tg_trace_arrows {
    TG_TRACE_ARROWS_AUTO, /* while they are few enough to be looked at */
    TG_TRACE_ARROWS_ALL,
    TG_TRACE_ARROWS_NONE,
};

/* Reads all events, and writes the trace. False and err if they cannot be read; what is written then is a trace all the same. Whether
 * it could be written, `out` knows. */
bool tg_trace_write(struct tg_eventread *from, enum tg_trace_arrows arrows, struct tg_out *out, struct tg_err *err);

#endif
