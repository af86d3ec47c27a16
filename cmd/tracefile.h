/* SPDX-License-Identifier: MIT
 * The trace of a run, from its events to a file. Thread class: owner. */
#ifndef TG_CMD_TRACEFILE_H
#define TG_CMD_TRACEFILE_H

#include "cmd/file.h"
#include "engine/watch/trace.h"

/* Writes the trace into the file, which is kept or dropped; what the events miss at their end is left out. False and err if they cannot
 * be read, or the file not be written: then what stood there before is untouched. */
bool tg_tracefile_write(struct tg_eventread *from, enum tg_trace_arrows arrows, struct tg_new_file *take_file,
                        struct tg_err *err);

#endif
