/* SPDX-License-Identifier: MIT
 * How a run shares the machine: with the make or tgrun that has started it and with those that its commands start, by a jobserver; with
 * everybody else, by the load and by what waits for memory. Thread class: owner (the main thread). */
#ifndef TG_CMD_SHARING_H
#define TG_CMD_SHARING_H

#include "cmd/cmd.h"
#include "engine/gate/gate.h"

/* How a jobserver is offered: by a pipe that programs inherit, which all makes know; by a FIFO, which reaches programs through
 * others that close what they inherit, and is known to makes from 4.4 on; not at all, and none is looked for. */
enum tg_sharing_form { TG_SHARING_PIPE, TG_SHARING_FIFO, TG_SHARING_OFF };
extern const char *const tg_sharing_words[];
/* What is done while memory is short. */
enum tg_sharing_pressure { TG_PRESSURE_WAIT, TG_PRESSURE_IGNORE };
extern const char *const tg_sharing_pressure_words[];

struct tg_sharing {
    struct tg_jobserver jobserver;
    bool joined, serves; /* which one that is; neither: there is none */
    unsigned most;       /* workers that the one above is for; 0: unknown */
};

/* Looks for a jobserver above; sets the number of workers that follows from it, unless it is given. */
void tg_sharing_find(struct tg_sharing *s, struct tg_cli *cli);
/* Makes the gate of the session's run, which has cli->jobs workers and perhaps commands, and a jobserver for these. */
void tg_sharing_begin(struct tg_sharing *s, const struct tg_cli *cli, struct tg_session *session, bool commands);
/* When no task runs any more. */
void tg_sharing_end(struct tg_sharing *s, struct tg_session *session);

#endif
