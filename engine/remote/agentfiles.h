/* SPDX-License-Identifier: MIT
 * The files that an agent was sent: plugins, each in a folder named by its digest, under one that is the agent's own and goes with it.
 * Thread class: owner. */
#ifndef TG_REMOTE_AGENTFILES_H
#define TG_REMOTE_AGENTFILES_H

#include "engine/base/err.h"
#include "engine/value/value.h"

struct tg_agentfiles {
    char *folder; /* heap; NULL: there is none */
    int lock;     /* of the folder, while it is in use */
};

/* Makes the folder, and removes those of agents that were killed. */
bool tg_agentfiles_init(struct tg_agentfiles *f, struct tg_err *err);
/* Removes all of it. */
void tg_agentfiles_done(struct tg_agentfiles *f);
/* Stores what a list of {hash, name, mode, bytes} names and what lies in the blob, one behind the other. False and err where that is
 * nonsense, or a file is not what its digest says. */
bool tg_agentfiles_store(struct tg_agentfiles *f, tg_value files, const uint8_t *blob, size_t blob_bytes, struct tg_err *err);
/* Goes into an empty folder. */
bool tg_agentfiles_enter(struct tg_agentfiles *f);
/* What an executor is told of the plugins (tg_pool_greet), owned, of the list in a parcel's greeting. False and err: one was not sent. */
bool tg_agentfiles_tell(const struct tg_agentfiles *f, tg_value plugins, tg_value *told, struct tg_err *err);

#endif
