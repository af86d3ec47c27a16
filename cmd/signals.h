/* SPDX-License-Identifier: MIT
 * Signals that end tgrun (INT, TERM, HUP, QUIT, XCPU, USR2), USR1, TSTP and CONT. The state is a process's own: signals have no
 * other owner.
 *
 * At first one ends the process at once: there is nothing to put right. While the graph is built, a handler sets the stop flag,
 * at which the evaluator ends with the place; what does not look at it for TG_SIGNALS_BUILD_S is ended. During a run a thread
 * takes the signals: the first one sets the flag and passes it (TERM for XCPU and USR2) to all commands (which are killed if they go on for
 * TG_COMMAND_GRACE_NS, command/command.h). Tasks that go on for TG_SIGNALS_NAME_S are named; after TG_SIGNALS_GRACE_S the run is
 * ended without them, but for INT, which waits for a second one. The second signal kills all commands and ends the process.
 * The status is 128 + n in each case. A run that comes behind (the blocks of `finally`) is not stopped by the first signal, whether that
 * comes in it or came before: it only has what is left of the grace, and the second one ends it, too.
 *
 * A signal that is ignored at the start stays ignored, by commands too. */
#ifndef TG_CMD_SIGNALS_H
#define TG_CMD_SIGNALS_H

#include <stdatomic.h>

#include "cmd/say.h"

struct tg_commands;

#define TG_SIGNALS_BUILD_S 2
#define TG_SIGNALS_NAME_S 2
#define TG_SIGNALS_GRACE_S 10

/* What happens during a run. */
struct tg_signals_run {
    struct tg_commands *commands;
    struct tg_say_run now;
    bool last;                   /* a first signal does not stop it: it has what is left of the grace */
    void (*on_usr1)(void *data); /* may be NULL; called by the thread */
    void *data;
};

/* USR1 no longer ends the process. For the very first moment. */
void tg_signals_first(void);
/* From now on they end the process at once, and say so. */
void tg_signals_init(void);
/* From now on they set *stop to TG_STOP_SIGNAL. */
bool tg_signals_build(_Atomic int *stop, struct tg_err *err);
/* Readable from the first signal on; for tg_services.wake_fd. */
int tg_signals_wake_fd(void);
/* Starts the thread; call before other threads start, they get the signals blocked. */
bool tg_signals_start(const struct tg_signals_run *run, struct tg_err *err);
/* Ends the thread, if there is one; from now on they end the process at once again. */
void tg_signals_stop(void);
/* The same between two runs, the second being the last: the first signal is only noted, with its time; the stop flag is lowered
 * again. The second one ends the process at once. */
void tg_signals_pause(void);
/* The first signal that came, or 0: the process should end with 128 + this. */
int tg_signals_number(void);

#endif
