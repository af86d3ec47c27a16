/* SPDX-License-Identifier: MIT
 * Tables of durations. */
#include "engine/graph/durations.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"

enum { UNKNOWN, MANY, FINDING, NOTHING, KNOWN };

/* ---- finding ------------------------------------------------------------------------------------- */

/* Whoever changes the state from this one. */
static void find_from(struct tg_durations *d, int state, bool few)
{
    if (!atomic_compare_exchange_strong(&d->state, &state, FINDING)) return;
    int now = !d->find(d, d->data, few) ? few ? MANY : NOTHING : d->count ? KNOWN : NOTHING;
    atomic_store_explicit(&d->state, now, memory_order_release);
}

void tg_durations_choose(struct tg_durations *d)
{
    if (d && atomic_load_explicit(&d->state, memory_order_relaxed) == UNKNOWN) find_from(d, UNKNOWN, true);
}

void tg_durations_spent(struct tg_durations *d, uint64_t ns)
{
    if (!d || atomic_load_explicit(&d->state, memory_order_relaxed) > MANY) return;
    uint64_t spent_ns = atomic_fetch_add_explicit(&d->spent_ns, ns, memory_order_relaxed) + ns;
    if (spent_ns < TG_DURATIONS_WORTH_NS) return;
    find_from(d, MANY, false);
    find_from(d, UNKNOWN, false);
}

bool tg_durations_known(const struct tg_durations *d)
{
    return d && atomic_load_explicit(&d->state, memory_order_acquire) == KNOWN;
}

void tg_durations_done(struct tg_durations *d)
{
    for (size_t i = 0; i < d->of.count; i++) free(d->of.items[i].task);
    tg_vec_done(&d->of);
    tg_table_done(&d->by_task);
    free(d->of_plan);
    *d = (struct tg_durations){0};
}

/* ---- entering ------------------------------------------------------------------------------------ */

static uint32_t hash_name(const char *task)
{
    return tg_table_hash(tg_hash_bytes(task, strlen(task)));
}

static bool is_of_duration(const void *items, uint32_t number, const void *task)
{
    return strcmp(((const struct tg_durations_of *)items)[number].task, task) == 0;
}

static struct tg_durations_of *durations_of(struct tg_durations *d, const char *task)
{
    uint32_t hash = hash_name(task), number = (uint32_t)d->of.count;
    tg_table_reserve(&d->by_task);
    struct tg_table_slot *slot = tg_table_slot(&d->by_task, hash, is_of_duration, d->of.items, task);
    if (slot->number_plus_1) return &d->of.items[slot->number_plus_1 - 1];
    tg_table_take(&d->by_task, slot, hash, number);
    tg_vec_push(&d->of, ((struct tg_durations_of){.task = tg_alloc_format("%s", task)}));
    return &d->of.items[number];
}

void tg_durations_enter(struct tg_durations *d, const char *task, uint64_t ns)
{
    struct tg_durations_of *of = durations_of(d, task);
    of->sum_ns += ns, of->count++;
    d->sum_ns += ns, d->count++;
}

static uint32_t whole_ms(uint64_t ns)
{
    uint64_t ms = ns / 1000000 + (ns % 1000000 > 0);
    return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

void tg_durations_plan(struct tg_durations *d, const struct tg_graph *g, tg_id id, uint64_t ns)
{
    const struct tg_site *site = tg_graph_site_of(g, id);
    const char *task = site->def->name;
    uint64_t mean_ns = tg_durations_mean_ns(d, task);
    if (!d->of_plan) d->plan_count = g->count, d->of_plan = tg_alloc_zero((g->count + (size_t)1) * sizeof *d->of_plan);
    if (!mean_ns && site->flags & TG_SITE_SLOW && d->count) mean_ns = d->sum_ns / d->count;
    if (!ns && !mean_ns) return;
    struct tg_durations_of *of = durations_of(d, task);
    of->planned++;
    of->planned_ns += ns ? ns : mean_ns;
    d->of_plan[id] = whole_ms(ns);
}

/* ---- what is known ------------------------------------------------------------------------------- */

static const struct tg_durations_of *known_of(const struct tg_durations *d, const char *task)
{
    uint32_t number = tg_table_find(&d->by_task, hash_name(task), is_of_duration, d->of.items, task);
    return number == TG_TABLE_NONE ? NULL : &d->of.items[number];
}

uint64_t tg_durations_mean_ns(const struct tg_durations *d, const char *task)
{
    const struct tg_durations_of *of = known_of(d, task);
    return of && of->count ? of->sum_ns / of->count : 0;
}

uint32_t tg_durations_ms(const struct tg_durations *d, const struct tg_site *site, tg_id id)
{
    if (id < d->plan_count && d->of_plan[id]) return d->of_plan[id];
    uint64_t mean_ns = tg_durations_mean_ns(d, site->def->name);
    return whole_ms(mean_ns ? mean_ns : d->sum_ns / d->count);
}

uint64_t tg_durations_left_ns(const struct tg_durations *d, const char *task, tg_id ended)
{
    const struct tg_durations_of *of = known_of(d, task);
    if (!of || ended >= of->planned) return 0;
    return (uint64_t)((double)of->planned_ns * (of->planned - ended) / of->planned);
}
