/* SPDX-License-Identifier: MIT
 * How many cores a task has is said by its policy. */
#include "engine/run/turnstile.h"

static bool run_is_stopped(const void *run)
{
    return tg_run_stopped(run);
}

static unsigned cores_of(const struct tg_run *run, tg_id id)
{
    if (id == TG_NO_TASK) return 1;
    uint32_t cores = tg_graph_policy_of(run->graph, tg_run_site_of(run, id))->cores;
    return cores ? cores : 1;
}

bool tg_turnstile_enter(struct tg_turnstile *p, const struct tg_run *run, tg_id id)
{
    const struct tg_services *services = run->options.services;
    p->gate = services ? services->gate : NULL;
    if (!p->gate) return true;
    p->visit = (struct tg_gate_visit){.task = id, .cores = cores_of(run, id)};
    return tg_gate_enter(p->gate, &p->visit, run_is_stopped, run, services->wake_fd);
}

void tg_turnstile_leave(struct tg_turnstile *p)
{
    if (p->gate) tg_gate_leave(p->gate, &p->visit);
}
