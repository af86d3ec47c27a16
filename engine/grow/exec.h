/* SPDX-License-Identifier: MIT
 * Running one node that is ready: for schedulers. Thread class: owner (the worker). */
#ifndef TG_GROW_EXEC_H
#define TG_GROW_EXEC_H

#include "engine/run/worker.h"

/* What that made ready is in w->ready then. */
void tg_exec_run(struct tg_worker *w, tg_id id);
/* The same in two halves: from ready to running, which is false if nobody needs it any more (then it is through, or somebody
 * else's); and the rest. */
bool tg_exec_begin(struct tg_worker *w, tg_id id);
void tg_exec_begun(struct tg_worker *w, tg_id id);

#endif
