/* SPDX-License-Identifier: MIT
 * Plugin tasks that run in a thread beside their worker's, so that the worker can go on without them: those with a limit of
 * time, and those whose result may turn out to be needed by nobody (`first`).
 *
 * A worker has one such thread, made when it is first needed, which runs one task at a time while the worker waits. At the limit,
 * or when nobody needs the result any more, the task is told to end, by the flag that tg_cancelled reads. If it still runs
 * TG_APART_GRACE_NS later, its thread is given up: the task has failed, the worker gets another thread next time, and what the
 * given-up one comes to is dropped. It may run for as long as the process does, so all that it can reach is its own: its
 * context, its arguments, a copy of the services. What leads from there to the run (tg_log, tg_find, tg_call) goes through a
 * lock, and leads nowhere once it is given up.
 * Thread class: owner (the worker). */
#ifndef TG_RUN_APART_H
#define TG_RUN_APART_H

#include "engine/run/worker.h"

/* Between telling a task to end and giving its thread up. */
#define TG_APART_GRACE_NS UINT64_C(100000000)

/* Runs the task of a worker's context in a thread of its own: as its definition's function, for tg_site.fn. */
int tg_apart_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);
/* Ends the worker's thread, which is idle; NULL is fine. */
void tg_apart_free(struct tg_apart *a);

#endif
