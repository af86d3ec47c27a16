/* SPDX-License-Identifier: MIT
 * Variables that tell the programs of a command what it was given: TG_CORES, TG_ATTEMPT, and where it has asked for such,
 * TG_MEMORY (bytes) and TG_RESOURCE_NAME (the numbers of its units: "0,2"). Thread class: any thread. */
#ifndef TG_COMMAND_GRANTED_H
#define TG_COMMAND_GRANTED_H

#include "engine/base/arena.h"
#include "engine/graph/grant.h"

/* Our own environment says from now on what holds for most commands, which get it as it is: one core, the first attempt. While
 * there is one thread only. */
void tg_granted_begin(void);
/* "NAME=VALUE", NULL-terminated, in the arena; NULL: our environment says it already. all: as if it did not. */
char **tg_granted_variables(const struct tg_grant *g, bool all, struct tg_arena *arena);

#endif
