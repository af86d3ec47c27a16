/* SPDX-License-Identifier: MIT
 * A run that is paused: no further task begins, what runs goes on to its end. Workers come by here before each task, and sleep as
 * those who have work: nobody takes the run for one that has nothing to do. The pause is the stop flag's (plugin/stop.h), so that
 * tasks pay nothing for it and a stop ends it. */
#ifndef TG_RUN_PAUSE_H
#define TG_RUN_PAUSE_H

#include "engine/run/worker.h"
#include "engine/run/run.h"

/* Sleeps while the run is paused, which is no time of work. */
void tg_pause_await(struct tg_run *run);
/* The same of a worker that was about to begin a task; true if the run is being stopped. */
bool tg_pause_then_stopped(struct tg_run *run, struct tg_worker *w);

/* Before the worker begins a task: true if it is not to, as the run is being stopped. Returns when the run is not paused. */
static inline bool tg_pause_or_stop(struct tg_run *run, struct tg_worker *w)
{
    return TG_UNLIKELY(atomic_load_explicit(run->stop, memory_order_relaxed) != TG_GO) && tg_pause_then_stopped(run, w);
}

#endif
