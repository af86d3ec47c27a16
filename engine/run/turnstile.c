/* SPDX-License-Identifier: MIT
 * The gate asks whether the run is being stopped while it waits. */
#include "engine/run/turnstile.h"

#include "engine/run/pause.h"

static bool run_is_stopped(const void *run)
{
    return tg_run_stopped(run);
}

bool tg_turnstile_enter(struct tg_turnstile *p, struct tg_run *run, tg_id id, uint32_t cores)
{
    const struct tg_services *services = run->options.services;
    p->gate = services ? services->gate : NULL;
    if (!p->gate) return true;
    for (;;) {
        p->visit = (struct tg_gate_visit){.task = id, .cores = cores};
        if (!tg_gate_enter(p->gate, &p->visit, run_is_stopped, run, services->wake_fd)) return false;
        if (TG_LIKELY(atomic_load_explicit(run->stop, memory_order_relaxed) != TG_PAUSED)) return true;
        tg_gate_leave(p->gate, &p->visit); /* for others, meanwhile */
        tg_pause_await(run);
    }
}

void tg_turnstile_leave(struct tg_turnstile *p)
{
    if (p->gate) tg_gate_leave(p->gate, &p->visit);
}
