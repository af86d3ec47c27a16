/* SPDX-License-Identifier: MIT
 * From the workers' tallies of events and what each is running. */
#include "engine/watch/describe.h"

#include "engine/gate/gate.h"
#include "engine/run/coordinator.h"

/* Running tasks that a description lists, and waiting ones. */
#define RUNNING_SHOWN 50

/* "task 3: add, sum.tg:4", and what it waits for, if it does. */
static void add_task(struct tg_buf *b, const struct tg_run *run, tg_id id, const char *waits_for, tg_place_fn place, void *data)
{
    const struct tg_site *site = tg_run_site_of(run, id); /* once: it may become something else meanwhile */
    tg_buf_format(b, "  task %u: %s", id, site->def->name);
    size_t before = b->length;
    tg_buf_text(b, ", ");
    size_t after = b->length;
    if (place) place(data, site->span, b);
    if (b->length == after) b->data[b->length = before] = 0;
    if (waits_for) tg_buf_format(b, ", waits for %s", waits_for);
    tg_buf_char(b, '\n');
}

/* Those at the gate, ready but for that. */
static void add_held_back(struct tg_buf *b, const struct tg_run *run, tg_place_fn place, void *data)
{
    struct tg_gate_visit waiting[RUNNING_SHOWN];
    struct tg_gate *gate = run->options.services ? run->options.services->gate : NULL;
    size_t count = gate ? tg_gate_waiting(gate, waiting, RUNNING_SHOWN) : 0;
    for (size_t i = 0; i < count && i < RUNNING_SHOWN; i++)
        if (waiting[i].task != TG_NO_TASK) add_task(b, run, waiting[i].task, tg_gate_waits_for(waiting[i].why), place, data);
    if (count > RUNNING_SHOWN) tg_buf_format(b, "  and %zu more that wait\n", count - RUNNING_SHOWN);
}

void tg_describe_run(const struct tg_run *run, struct tg_buf *b, tg_place_fn place, void *data)
{
    struct tg_tally tally = tg_run_tally(run);
    unsigned count = atomic_load_explicit(&run->worker_count, memory_order_acquire), running = 0;
    struct tg_buf lines = {0};
    for (unsigned i = 0; i < count; i++) {
        tg_id id = atomic_load_explicit(&run->workers[i].running, memory_order_acquire);
        if (id != TG_NO_TASK && running++ < RUNNING_SHOWN) add_task(&lines, run, id, NULL, place, data);
    }
    tg_id finished = tally.count[TG_EVENT_DONE] + tally.count[TG_EVENT_FAILED] + tally.count[TG_EVENT_SKIPPED];
    tg_id total = run->plan->count + tally.count[TG_EVENT_ADDED];
    tg_id waiting = finished + running < total ? total - finished - running : 0;
    tg_buf_format(b, "%u of %u tasks done, %u failed, %u skipped, %u running, %u waiting", tally.count[TG_EVENT_DONE], total,
                  tally.count[TG_EVENT_FAILED], tally.count[TG_EVENT_SKIPPED], running, waiting);
    tg_id retried = tally.count[TG_EVENT_RETRIED];
    if (retried) tg_buf_format(b, "; %u more attempt%s", retried, retried == 1 ? "" : "s");
    tg_buf_char(b, '\n');
    tg_buf_add(b, tg_buf_str(&lines), lines.length);
    if (running > RUNNING_SHOWN) tg_buf_format(b, "  and %u more\n", running - RUNNING_SHOWN);
    add_held_back(b, run, place, data);
    if (run->coordinator) tg_coordinator_describe(run->coordinator, b);
    tg_buf_done(&lines);
}
