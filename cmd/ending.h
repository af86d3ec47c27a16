/* SPDX-License-Identifier: MIT
 * How the process ends. tgrun decides it; what else ends it (a plugin that calls exit, a task that crashes or ends its thread,
 * a copy of the process that a task has forked) gives status 4, with the name of the task. The state is the process's own. */
#ifndef TG_CMD_ENDING_H
#define TG_CMD_ENDING_H

#include "cmd/say.h"
#include "engine/command/command.h"

/* From now on, until tg_ending_decide, an end is nobody's decision. Once, at the start. */
void tg_ending_watch(void);
/* This process is a copy that was made on purpose: it goes on as one of its own. */
void tg_ending_fork(void);
/* The process is about to end by itself, with this status: main returns. What plugins do at the end changes it no more. */
void tg_ending_decide(int status);
/* Threads are still running that nobody can wait for: when it ends, it ends at once, without what exit does for plugins. */
void tg_ending_leave(void);
/* True if that was said. */
bool tg_ending_leaves(void);
/* This thread says how the process ends: others that would end it stand still from now on, as this one does if one of them was
 * first. Safe in a signal handler. */
void tg_ending_begin(void);
/* Ends the process now: nothing but the file that is being written is cleaned up. Safe in a signal handler. */
_Noreturn void tg_ending_exit(int status);
/* What runs from now on; zeroed, NULL: nothing. */
void tg_ending_run(struct tg_say_run run, struct tg_commands *commands);
/* After code of plugins: ends a copy of the process that came back from it, and stands still if another thread ends the process. */
void tg_ending_check(void);
/* For tg_run_options.lost. */
_Noreturn void tg_ending_lost(struct tg_worker *w, bool forked);

#endif
