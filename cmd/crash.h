/* SPDX-License-Identifier: MIT
 * Last words: when a task of a plugin crashes the process, says which tasks were running. */
#ifndef TG_CMD_CRASH_H
#define TG_CMD_CRASH_H

#include "engine/run/worker.h"
#include "lang/text/source.h"

/* From now on, until tg_crash_forget, a fatal signal is first reported with what `run` is running. */
void tg_crash_watch(const struct tg_run *run, const struct tg_sources *sources);
void tg_crash_forget(void);

#endif
