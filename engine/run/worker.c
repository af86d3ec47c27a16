/* SPDX-License-Identifier: MIT
 * Setting up workers. */
#include "engine/run/worker.h"

#include <stdlib.h>

#include "engine/base/assert.h"
#include "engine/run/apart.h"
#include "engine/run/node.h"

struct tg_worker *tg_worker_new(struct tg_run *run)
{
    unsigned index = atomic_load_explicit(&run->worker_count, memory_order_relaxed);
    TG_ASSERT(index < run->options.jobs);
    struct tg_worker *w = &run->workers[index];
    w->run = run;
    w->nodes = run->nodes;
    w->ctx.services = run->options.services;
    w->args = w->few;
    w->args_room = TG_FEW_ARGS;
    w->watched = tg_events_wanted(run->options.events) & ~TG_EVENT_BIT(TG_EVENT_TEXT);
    if (w->watched) w->ring = tg_events_ring(run->options.events);
    atomic_store_explicit(&w->running, TG_NO_TASK, memory_order_relaxed);
    if (run->growth) run->growth->begin(w);
    atomic_store_explicit(&run->worker_count, index + 1, memory_order_release);
    return w;
}

void tg_worker_done(struct tg_worker *w)
{
    if (w->run->growth) w->run->growth->end(w);
    tg_apart_free(w->apart);
    tg_err_done(&w->ctx.err);
    if (w->args != w->few) tg_block_free(w->args, w->args_room * sizeof *w->args);
    tg_census_table_done(&w->counts);
    tg_vec_done(&w->ready.ids);
    tg_vec_done(&w->free.ids);
    tg_vec_done(&w->stack.ids);
    tg_vec_done(&w->given_up.ids);
}

tg_value *tg_worker_room(struct tg_worker *w, size_t count)
{
    TG_ASSERT(count > w->args_room && w->args_room >= TG_FEW_ARGS);
    size_t room = count < 2 * w->args_room ? 2 * w->args_room : count;
    if (w->args != w->few) tg_block_free(w->args, w->args_room * sizeof *w->args);
    w->args = tg_block_new(room * sizeof *w->args);
    w->args_room = room;
    return w->args;
}

const struct tg_site *tg_run_site_of(const struct tg_run *run, tg_id id)
{
    return run->nodes ? tg_node_site(run->nodes, id) : tg_graph_site_of(run->graph, id);
}

void tg_worker_tell(struct tg_worker *w, enum tg_event_kind kind, tg_id id, const struct tg_site *site,
                    struct tg_event_body *take_body)
{
    TG_ASSERT(w->ring && w->watched & TG_EVENT_BIT(kind));
    if (!site) site = tg_run_site_of(w->run, id);
    tg_events_tell(w->ring, (struct tg_event){.kind = kind, .task = id, .site = site, .body = take_body});
}
