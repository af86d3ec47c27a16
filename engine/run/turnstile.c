/* SPDX-License-Identifier: MIT
 * The gate asks whether the run is being stopped while it waits. */
#include "engine/run/turnstile.h"

static bool run_is_stopped(const void *run)
{
    return tg_run_stopped(run);
}

bool tg_turnstile_enter(struct tg_turnstile *p, const struct tg_run *run, tg_id id, uint32_t cores)
{
    const struct tg_services *services = run->options.services;
    p->gate = services ? services->gate : NULL;
    if (!p->gate) return true;
    p->visit = (struct tg_gate_visit){.task = id, .cores = cores};
    return tg_gate_enter(p->gate, &p->visit, run_is_stopped, run, services->wake_fd);
}

void tg_turnstile_leave(struct tg_turnstile *p)
{
    if (p->gate) tg_gate_leave(p->gate, &p->visit);
}
