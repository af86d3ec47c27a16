/* SPDX-License-Identifier: MIT
 * Slow tasks of a run at the gate (gate/gate.h): schedulers ask before they run one, and say when it ended. */
#ifndef TG_RUN_TURNSTILE_H
#define TG_RUN_TURNSTILE_H

#include "engine/gate/gate.h"
#include "engine/run/run.h"

struct tg_turnstile {
    struct tg_gate_visit visit;
    struct tg_gate *gate; /* NULL: there is none */
};

/* Waits until a task of so many cores may begin that is more than a moment's work; false if the run is being stopped. Its thread
 * sleeps meanwhile. */
bool tg_turnstile_enter(struct tg_turnstile *p, struct tg_run *run, tg_id id, uint32_t cores);
void tg_turnstile_leave(struct tg_turnstile *p);

#endif
