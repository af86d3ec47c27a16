/* SPDX-License-Identifier: MIT
 * Where runs are met by who asks about them: a socket each, `.tgrun/run/PID.sock` in the folder where it was started. Only its
 * owner gets there. One that nobody listens at is left of a process that was killed, whoever has its number by now, and is
 * removed by who finds it. Thread class: owner. */
#ifndef TG_CMD_MEET_H
#define TG_CMD_MEET_H

#include <sys/types.h>

#include "engine/base/err.h"
#include "engine/base/vec.h"

/* Bytes of a request, a line, with its end. */
#define TG_MEET_LINE 4096

struct tg_meet_door {
    int base, folder, listener; /* where the run was started; `.tgrun/run` in it; -1 */
    pid_t process;
};

/* The current folder is where it will be. */
void tg_meet_begin(struct tg_meet_door *d);
/* From now on it is there. False and err if it cannot be, or the process has one already. */
bool tg_meet_open(struct tg_meet_door *d, struct tg_err *err);
/* A connection of its owner, which does not block; -1: none. */
int tg_meet_accept(const struct tg_meet_door *d);
/* It is gone, and the folders, too, if nothing else is in them. */
void tg_meet_end(struct tg_meet_door *d);

/* -- for who asks */

typedef TG_VEC(long) tg_meet_runs;
/* The runs of the current folder, by their processes, ascending. False and err if these cannot be known. */
bool tg_meet_list(tg_meet_runs *runs, struct tg_err *err);
/* A connection with the run; -1 and errno: ECONNREFUSED or ENOENT if there is none. Reading waits for so long at the most. */
#define TG_MEET_PATIENCE_S 10
int tg_meet_connect(long process);

#endif
