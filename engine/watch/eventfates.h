/* SPDX-License-Identifier: MIT
 * What has become of the tasks of a graph in a run, by the events that it has written. Thread class: owner. */
#ifndef TG_WATCH_EVENTFATES_H
#define TG_WATCH_EVENTFATES_H

#include "engine/event/fates.h"
#include "engine/watch/eventnotes.h"

/* Reads the events of the run of this graph; those of blocks behind it are not looked at. notes: of a graph that grows; may be NULL.
 * *missing: lines that nobody has taken in time. False and err if they cannot be read, or are of another graph. */
bool tg_eventfates_read(struct tg_fates *f, struct tg_eventread *from, const struct tg_graph *g, struct tg_eventnotes *notes,
                        uint64_t *missing, struct tg_err *err);

#endif
