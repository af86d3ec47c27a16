/* SPDX-License-Identifier: MIT
 * Where the driver that ships with tgrun starts agents, and by which commands:
 *
 *     pool:N                            N on this machine; without a number one for each CPU that this process may use
 *     ssh:[USER@]HOST[/SLOTS][,..]      so many on each
 *     slurm:N                           N by srun: in the allocation that this process has, or each a job of its own
 *
 * Behind it may stand `;program=PATH`: of tgrun, there. */
#ifndef TG_REMOTE_DRIVERPLACES_H
#define TG_REMOTE_DRIVERPLACES_H

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/vec.h"

enum tg_driverplaces_kind { TG_DRIVERPLACES_POOL, TG_DRIVERPLACES_SSH, TG_DRIVERPLACES_SLURM };

/* All on one heap; a zeroed struct is none. */
struct tg_driverplaces {
    enum tg_driverplaces_kind kind;
    unsigned count;         /* of slots that were asked for */
    char *program;          /* of tgrun; heap */
    TG_VEC(char *) hosts;   /* of each slot, with ssh: may stand there several times; heap */
    TG_VEC(unsigned) tasks; /* of Slurm's allocation: slots of each node; empty: there is none */
};

bool tg_driverplaces_parse(const char *text, struct tg_driverplaces *out, struct tg_err *err);
void tg_driverplaces_done(struct tg_driverplaces *p);
/* How many there can be. */
unsigned tg_driverplaces_most(const struct tg_driverplaces *p);
/* The command that starts the agent of a slot, NULL-terminated, in one block of heap: free it with free(). */
char **tg_driverplaces_command(const struct tg_driverplaces *p, unsigned slot);
/* The file that the command runs; NULL: its first word says which. Lent. */
const char *tg_driverplaces_program(const struct tg_driverplaces *p);
/* How the place of a slot is called; lent. */
const char *tg_driverplaces_name(const struct tg_driverplaces *p, unsigned slot);

#endif
