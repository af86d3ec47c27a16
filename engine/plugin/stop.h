/* SPDX-License-Identifier: MIT
 * Why a run is being stopped: one flag that everybody reads, plugin tasks through tg_cancelled. */
#ifndef TG_PLUGIN_STOP_H
#define TG_PLUGIN_STOP_H

#include <stdatomic.h>
#include <stdbool.h>

/* What the flag says; the highest that was raised. */
enum tg_stop {
    TG_PAUSED = -1, /* no task begins until it goes on; whatever raises the flag ends that, too */
    TG_GO = 0,
    TG_STOP_FAILED = 1, /* a task has failed: no new ones start */
    TG_STOP_SIGNAL = 2, /* running tasks should end too */
};

/* Raises the flag to at least `why`. Any thread, signal handlers too. */
void tg_stop_raise(_Atomic int *stop, enum tg_stop why);

/* True if it is paused now, by this or before: it was not being stopped. Any thread. */
bool tg_stop_pause(_Atomic int *stop);
/* Lets it go on, if it was paused. Any thread, signal handlers too. */
void tg_stop_resume(_Atomic int *stop);
/* Sleeps while it is paused. */
void tg_stop_await(_Atomic int *stop);

#endif
