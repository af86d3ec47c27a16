/* SPDX-License-Identifier: MIT
 * Waiting for a run that is paused to go on. */
#include "engine/run/pause.h"

void tg_pause_await(struct tg_run *run)
{
    if (atomic_load_explicit(run->stop, memory_order_relaxed) != TG_PAUSED) return;
    uint64_t begin_ns = tg_clock_ns();
    tg_stop_await(run->stop);
    atomic_fetch_add_explicit(&run->paused_ns, tg_clock_ns() - begin_ns, memory_order_relaxed);
}

bool tg_pause_then_stopped(struct tg_run *run, struct tg_worker *w)
{
    if (tg_run_stopped(run)) return true;
    atomic_store_explicit(&w->running, TG_NO_TASK, memory_order_relaxed); /* what ran before runs no more */
    tg_pause_await(run);
    return tg_run_stopped(run);
}
