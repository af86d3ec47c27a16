/* SPDX-License-Identifier: MIT
 * An agent: a process on some machine that runs batches for a tgrun on another one. It speaks the protocol of drivers (frames.h) on its
 * standard input and output, as a cluster of one slot, and has an executor of its own as a run has. What it is given to run is a parcel,
 * what it gives back a report (parcel.h). */
#ifndef TG_REMOTE_AGENT_H
#define TG_REMOTE_AGENT_H

#include <stdbool.h>

/* True if standard input and output are what an agent is spoken to by. */
bool tg_agent_is_called(void);
/* Runs batches until its input ends, or it is told to by a signal; the exit status. Nothing that it has started or made is left then. */
int tg_agent_main(void);

#endif
