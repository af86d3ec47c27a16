/* SPDX-License-Identifier: MIT
 * Signals that end a run, and USR1. The state is a process's own: signals have no other owner.
 *
 * At graph time a handler sets the stop flag, which the evaluator looks at. During a run a thread takes the signals:
 * the first INT, TERM or HUP sets the flag and passes the signal to all commands (which are killed if they go on for
 * TG_COMMAND_GRACE_NS, command/command.h); the second kills all commands and ends the process with 128 + n. */
#ifndef TG_CMD_SIGNALS_H
#define TG_CMD_SIGNALS_H

#include <stdatomic.h>

#include "engine/base/err.h"

struct tg_commands;

/* Installs the handler. *stop becomes TG_STOP_SIGNAL at the first signal. HUP is left alone if it is ignored (nohup). */
bool tg_signals_init(_Atomic int *stop, struct tg_err *err);
/* Readable from the first signal on; for tg_services.wake_fd. */
int tg_signals_wake_fd(void);
/* Starts the thread; call before other threads start, they get the signals blocked. on_usr1 (may be NULL) is called
 * by the thread at USR1. */
bool tg_signals_start(struct tg_commands *commands, void (*on_usr1)(void *), void *data, struct tg_err *err);
/* Ends the thread; signals go to the handler again. */
void tg_signals_stop(void);
/* The first signal that came, or 0: the process should end with 128 + this. */
int tg_signals_number(void);

#endif
