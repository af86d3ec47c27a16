/* SPDX-License-Identifier: MIT
 * Last words: when a task of a plugin, or tgrun itself, crashes the process. */
#ifndef TG_CMD_CRASH_H
#define TG_CMD_CRASH_H

#include "cmd/say.h"

/* From now on a fatal signal is told before it ends the process, with status 4. Once, at the start, by the main thread. */
void tg_crash_watch(void);
/* What runs from now on: the task of the thread that crashes is named. Zeroed: nothing. */
void tg_crash_run(struct tg_say_run run);

#endif
