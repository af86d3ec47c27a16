/* SPDX-License-Identifier: MIT
 * The room engine/remote: tasks outside this process. A task of a plugin that is to run in an executor has tg_away_run for its
 * function; everything before and after that, the states of tasks and what follows from them, is as it is for all others.
 *
 *     away.c      one task: sends it, waits for it, and says what became of it
 *     ahead.c     several at once: what a worker will come to next is sent with the task that it is at
 *     link.c      one executor: its process and its batch       pool.c    all of them
 *     page.h      the memory that both share                    wire.c    messages between them
 *     batch.c     tasks as bytes                                buffers.c large texts beside them
 *     executor.c  the other end                                 growing.c tasks that add tasks
 *     sealed.c    objects, which stay encoded here              wreck.c   how an executor ended that did not mean to
 *     parcel.c    a batch as bytes for another machine          agent.c   who has it run there
 *     far.c       the same of a link as link.c, through them    cluster.c the driver that takes parcels there
 *
 * A task is run by its worker, which waits for the executor that is its own: so there is nothing to be scheduled here. */
#ifndef TG_REMOTE_AWAY_H
#define TG_REMOTE_AWAY_H

#include "engine/plugin/host.h"

/* For tg_graph.run_away: runs the task of the context of a worker in its executor. ctx->services->executors must be there. */
int tg_away_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);

#endif
