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
/* Calls the function of a node, which has begun and stays so, with these arguments (lent), and drops what it has added: for who
 * only wants to know what that would be. Numbers of futures are those of the first time. The run does nothing else. */
int tg_exec_rehearse(struct tg_worker *w, tg_id id, const tg_value *args, size_t count, tg_value *out);

#endif
