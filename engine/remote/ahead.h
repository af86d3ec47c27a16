/* SPDX-License-Identifier: MIT
 * Sending ahead: a worker sends the task that it is at together with those that it is going to run next, and with what these make
 * ready, as one batch. It then runs them in that order as it would anyway; each finds that its result is there, or on its way.
 * Thread class: owner (the worker). */
#ifndef TG_REMOTE_AHEAD_H
#define TG_REMOTE_AHEAD_H

#include "engine/remote/link.h"
#include "engine/run/worker.h"

/* True for a task that may be sent with others: it runs in an executor, and has neither an effect nor a policy; it adds none. */
static inline bool tg_ahead_may(const struct tg_site *site)
{
    const uint32_t alone = TG_SITE_EFFECT | TG_SITE_POLICY | TG_SITE_EXPANDS | TG_SITE_STREAM;
    return (site->flags & (TG_SITE_AWAY | alone)) == TG_SITE_AWAY;
}

/* The worker's executor with an empty batch; NULL: there is none, and the usual way will say why. */
struct tg_link *tg_ahead_begin(struct tg_worker *w);
/* Adds a task of columns, whose inputs are done or stand in the batch: entry_of(data, id) tells which entry a task is, UINT32_MAX
 * if it is none. False, and nothing is changed, if it has to go the usual way, or there is no more room. */
bool tg_ahead_add(struct tg_link *l, const struct tg_run *run, tg_id id, uint32_t (*entry_of)(const void *data, tg_id id),
                  const void *data);
/* The same of a node that has begun (tg_exec_begin). */
bool tg_ahead_add_node(struct tg_link *l, const struct tg_nodes *nodes, tg_id id);
/* Sends it. What is cut later, as one before it takes long, is handed to `give_back`. */
void tg_ahead_send(struct tg_link *l, void (*give_back)(void *data, const tg_id *ids, size_t count), void *data);
/* What has not begun is given back, as the one that runs takes long. */
void tg_ahead_cut(struct tg_link *l);
/* The batch is not gone on with, as its executor has ended or does not run the next one: what stands behind the one that is
 * waited for is given back. */
void tg_ahead_leave(struct tg_link *l);

#endif
