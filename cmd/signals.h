/* SPDX-License-Identifier: MIT
 * What ends a run before it has ended: signals (INT, TERM, HUP, QUIT, XCPU, USR2), a deadline, a failure; and USR1, TSTP and CONT.
 * The state is a process's own: signals have no other owner.
 *
 * At first one ends the process at once: there is nothing to put right. While the graph is built, a handler sets the stop flag,
 * at which the evaluator ends with the place; what does not look at it for TG_SIGNALS_BUILD_S is ended. During a run a thread
 * takes the signals: the first one sets the flag and passes it (TERM for XCPU and USR2) to all commands (which are killed if they go on for
 * TG_COMMAND_GRACE_NS, command/command.h). Tasks that go on for TG_SIGNALS_NAME_S are named; after TG_SIGNALS_GRACE_S the run is
 * ended without them, but for INT, which waits for a second one. The second signal kills all commands and ends the process.
 * The status is 128 + n in each case. A run that comes behind (the blocks of `finally`) is not stopped by the first signal, whether that
 * comes in it or came before: it only has what is left of the grace, and the second one ends it, too.
 *
 * A deadline that passes is as a TERM, with the status 124, and takes the number TG_SIGNALS_DEADLINE in place of a signal's; a signal
 * behind it is a second one. The first failure of a run that is to end with it ends what is running in the same way, but is
 * no signal: the run is over when all has ended, and fails.
 *
 * A signal that is ignored at the start stays ignored, by commands too. */
#ifndef TG_CMD_SIGNALS_H
#define TG_CMD_SIGNALS_H

#include <stdatomic.h>

#include "cmd/say.h"

struct tg_commands;

/* In place of a signal's number: the deadline has passed. */
#define TG_SIGNALS_DEADLINE 1000
#define TG_EXIT_DEADLINE ((enum tg_exit)124)

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
/* Everything ends so many seconds from now. Before tg_signals_build. */
void tg_signals_deadline(double seconds);
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
/* Behind the last run: waits for a signal that would end it, and does not count that. The main thread's. */
void tg_signals_wait(void);
/* A task has failed, and no other one is to go on. Any thread, while a run has its thread of signals. */
void tg_signals_fail_fast(void);
/* As if INT came, whether or not it is ignored. Any thread, while a run has its thread of signals. */
void tg_signals_ask(void);
/* The first signal that came, TG_SIGNALS_DEADLINE, or 0: the process should end with the status for it. */
int tg_signals_number(void);
/* The signal would come so soon behind the same one that both are one request. */
bool tg_signals_are_one(int number);
/* "signal 2 (Interrupt)", "the deadline of 5 s"; heap. */
char *tg_signals_reason(int number);
enum tg_exit tg_signals_status(int number);

#endif
