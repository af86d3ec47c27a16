/* SPDX-License-Identifier: MIT
 * Looking at a run from outside. */
#include "engine/watch/standing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/gate/gate.h"
#include "engine/graph/durations.h"
#include "engine/run/coordinator.h"
#include "engine/run/node.h"

/* Places that are looked at between two looks at the clock. */
#define BLOCK 512

/* Tables of a graph with many sites take long: they rest for so many times as long. */
#define REST 200

/* Between two looks more than that is no time of work: all stood still. */
#define LONGEST_NS UINT64_C(1000000000)

/* What is done in a second is told of so many seconds. */
#define RATE_S 3.0

/* So many looks with nearly the same end make one that can be told. */
#define STEADY_LOOKS 15

/* What others write meanwhile, without order and on purpose: a count that is a moment old is as good, and a task must not pay for
 * being looked at. All that is read so is a word that is written at once. */
#define RACY __attribute__((no_sanitize("thread"), noinline))

/* ---- definitions --------------------------------------------------------------------------------- */

static bool is_of_def(const void *items, uint32_t number, const void *def)
{
    return ((const struct tg_standing_of *)items)[number].def == def;
}

static uint32_t number_of_def(struct tg_standing *s, const struct tg_def *def)
{
    uint32_t hash = tg_table_hash((uintptr_t)def), number = (uint32_t)s->of.count;
    tg_table_reserve(&s->by_def);
    struct tg_table_slot *slot = tg_table_slot(&s->by_def, hash, is_of_def, s->of.items, def);
    if (slot->number_plus_1) return slot->number_plus_1 - 1;
    tg_table_take(&s->by_def, slot, hash, number);
    struct tg_standing_of of = {.def = def, .helper = tg_def_is_helper(def)};
    of.may_be_nil = def->sig.result.kinds & TG_KIND_BIT(TG_NIL);
    tg_vec_push(&s->of, of);
    return number;
}

/* Valid until the next one is asked for. */
static struct tg_standing_of *of_site(struct tg_standing *s, const struct tg_site *site)
{
    size_t index = (size_t)(site - s->run->graph->site_table.items);
    while (s->of_site.count <= index) tg_vec_push(&s->of_site, UINT32_MAX);
    uint32_t *number = &s->of_site.items[index];
    if (*number == UINT32_MAX) *number = number_of_def(s, site->def);
    return &s->of.items[*number];
}

tg_id tg_standing_done_of(const struct tg_standing_of *of)
{
    tg_id finished = of->finished + of->guessed, bad = of->unsuccessful > of->failed ? of->unsuccessful : of->failed;
    return finished > bad ? finished - bad : 0;
}

tg_id tg_standing_left_of(const struct tg_standing_of *of)
{
    tg_id finished = of->finished + of->guessed;
    return of->total > finished ? of->total - finished : 0;
}

/* ---- columns ------------------------------------------------------------------------------------- */

/* What stands in the places of 64 tasks from this one on: a bit for each of these that is full, and for each that has failed. */
RACY static uint64_t full_places(const struct tg_run *run, tg_id first, uint64_t unseen, uint64_t *failed)
{
    uint64_t full = 0;
    *failed = 0;
    for (; unseen; unseen &= unseen - 1) {
        uint64_t bit = unseen & -unseen, tag = run->values[first + (tg_id)__builtin_ctzll(unseen)].tag;
        if (tag) full |= bit;
        if (tag == TG_FAILED) *failed |= bit;
    }
    return full;
}

RACY static bool is_full(const struct tg_run *run, tg_id id)
{
    return run->values[id].tag;
}

/* The definition of a task; neighbours are mostly calls of the same site. */
static struct tg_standing_of *of_task(struct tg_standing *s, tg_id id, uint32_t *site, struct tg_standing_of *of)
{
    const struct tg_graph *g = s->run->graph;
    if (of && g->sites[id] == *site) return of;
    *site = g->sites[id];
    return of_site(s, &g->site_table.items[*site]);
}

/* The totals of a block, at the first look. */
static void count_block(struct tg_standing *s, size_t block)
{
    tg_id first = (tg_id)(block * BLOCK), count = s->run->graph->count, seen = 0;
    struct tg_standing_of *of = NULL;
    uint32_t site = 0;
    for (tg_id id = first; id < first + BLOCK; id++) {
        if (id < count && tg_plan_needs(s->run->plan, id)) (of = of_task(s, id, &site, of))->total++;
        else tg_bits_set(s->seen, id);
    }
    for (tg_id word = first / 64; word < (first + BLOCK) / 64; word++) seen += (tg_id)__builtin_popcountll(s->seen[word]);
    s->open[block] = (uint16_t)(BLOCK - seen);
    s->counted++;
}

static void look_at_block(struct tg_standing *s, size_t block)
{
    if (block == s->counted) count_block(s, block);
    tg_id first = (tg_id)(block * BLOCK);
    struct tg_standing_of *of = NULL;
    uint32_t site = 0;
    for (tg_id word = first; word < first + BLOCK && s->open[block]; word += 64) {
        uint64_t *seen = &s->seen[word / 64], failed, full = *seen + 1 ? full_places(s->run, word, ~*seen, &failed) : 0;
        *seen |= full;
        s->open[block] = (uint16_t)(s->open[block] - __builtin_popcountll(full));
        for (; full; full &= full - 1) {
            of = of_task(s, word + (tg_id)__builtin_ctzll(full), &site, of);
            of->finished++;
            of->unsuccessful += (failed & full & -full) != 0;
        }
    }
}

/* As far as the time goes; a block that is not counted is the next one to be counted, since they are met in order. */
static void look_at_columns(struct tg_standing *s, uint64_t budget_ns)
{
    uint64_t until = tg_clock_ns() + budget_ns;
    s->complete = false;
    for (size_t looks = 0; looks < s->block_count; looks++) {
        size_t block = s->next_block;
        s->next_block = block + 1 < s->block_count ? block + 1 : 0;
        if (block < s->counted && !s->open[block]) continue;
        look_at_block(s, block);
        if (looks + 1 < s->block_count && tg_clock_ns() >= until) return;
    }
    s->complete = true;
}

/* One that may give nil was seen running: it is not any more, or once more. What may be tried again is not taken for done while
 * attempts fail. */
static void note_ran(struct tg_standing *s, tg_id id, bool runs)
{
    const struct tg_site *site = tg_graph_site_of(s->run->graph, id);
    struct tg_standing_of *of = of_site(s, site);
    bool counted = id / BLOCK < s->counted;
    if (!of->may_be_nil || tg_bits_get(s->seen, id) != runs || is_full(s->run, id)) return;
    if (!runs && s->retries && site->flags & TG_SITE_POLICY) return;
    if (runs) tg_bits_clear(s->seen, id), of->finished--, of->observed--;
    else tg_bits_set(s->seen, id), of->finished++, of->observed++;
    if (counted) s->open[id / BLOCK] = (uint16_t)(s->open[id / BLOCK] + (runs ? 1 : -1));
}

/* What is done by the tallies and by nothing else are tasks that have given nil: each definition has a share as large as that of
 * its tasks that were seen. */
static void guess(struct tg_standing *s, tg_id finished)
{
    uint64_t known = 0, observed = 0;
    for (size_t i = 0; i < s->of.count; i++) known += s->of.items[i].finished, observed += s->of.items[i].observed;
    for (size_t i = 0; i < s->of.count; i++) {
        struct tg_standing_of *of = &s->of.items[i];
        uint64_t rest = finished > known ? finished - known : 0;
        uint64_t share = observed && s->complete ? rest * of->observed / observed : of->guessed, most = 0;
        if (of->total > of->finished + of->running) most = of->total - of->finished - of->running;
        of->guessed = (tg_id)(share < most ? share : most);
    }
}

/* ---- nodes --------------------------------------------------------------------------------------- */

/* Adds what one worker's table has to sums by site. */
RACY static void add_table(const struct tg_census_block *table, struct tg_standing_ended *sums)
{
    for (size_t i = 0; i < table->room; i++) {
        const tg_id *count = table->items[i].count;
        sums[i].good += count[TG_CENSUS_DONE] + count[TG_CENSUS_ALLOWED];
        sums[i].bad += count[TG_CENSUS_FAILED] + count[TG_CENSUS_SKIPPED] + count[TG_CENSUS_UNNEEDED];
    }
}

/* Of all workers, by site. */
static void add_tables(struct tg_standing *s, unsigned worker_count)
{
    for (unsigned i = 0; i < worker_count; i++) {
        const struct tg_census_table *of_worker = &s->run->workers[i].counts;
        const struct tg_census_block *table = atomic_load_explicit(&of_worker->newest, memory_order_acquire);
        while (table && s->ended.count < table->room) tg_vec_push(&s->ended, (struct tg_standing_ended){0});
        if (table) add_table(table, s->ended.items);
    }
    pthread_mutex_lock(&s->run->nodes->lock); /* sites of what has ended were added before */
    pthread_mutex_unlock(&s->run->nodes->lock);
}

static void look_at_tables(struct tg_standing *s, unsigned worker_count, uint64_t now_ns)
{
    if (now_ns < s->next_table_ns) return;
    uint64_t begin = tg_clock_ns();
    if (s->ended.count) memset(s->ended.items, 0, s->ended.count * sizeof *s->ended.items);
    add_tables(s, worker_count);
    for (size_t i = 0; i < s->of.count; i++) s->of.items[i].finished = s->of.items[i].unsuccessful = 0;
    for (size_t i = 0; i < s->ended.count; i++) {
        struct tg_standing_ended *ended = &s->ended.items[i];
        if (ended->good > INT32_MAX) ended->good = 0; /* one was taken back that was not seen before */
        if (!ended->good && !ended->bad) continue;
        struct tg_standing_of *of = of_site(s, &s->run->graph->site_table.items[i]);
        of->finished += ended->good + ended->bad;
        of->unsuccessful += ended->bad;
    }
    s->next_table_ns = now_ns + REST * (tg_clock_ns() - begin);
}

/* ---- what runs, and what waits ------------------------------------------------------------------- */

static void look_at_workers(struct tg_standing *s, unsigned worker_count, uint64_t now_ns, uint64_t span_ns)
{
    for (size_t i = 0; i < s->of.count; i++) s->of.items[i].running = 0;
    s->running = 0;
    for (unsigned i = 0; i < worker_count; i++) {
        tg_id id = atomic_load_explicit(&s->run->workers[i].running, memory_order_acquire);
        if (i == s->ran.count) tg_vec_push(&s->ran, TG_NO_TASK), tg_vec_push(&s->since_ns, now_ns);
        if (!s->run->nodes && s->ran.items[i] != id && s->ran.items[i] != TG_NO_TASK) note_ran(s, s->ran.items[i], false);
        if (!s->run->nodes && s->ran.items[i] != id && id != TG_NO_TASK) note_ran(s, id, true);
        if (s->ran.items[i] != id) s->since_ns.items[i] = now_ns;
        s->ran.items[i] = id;
        if (id == TG_NO_TASK) continue;
        struct tg_standing_of *of = of_site(s, tg_run_site_of(s->run, id));
        of->running++;
        of->busy_ns += span_ns;
        of->active_ns = now_ns;
        s->running++;
        s->busy_ns += span_ns;
    }
}

static void note_wait(struct tg_standing *s, size_t count, const char *what)
{
    size_t i = 0;
    while (i < s->wait_count && strcmp(s->waits[i].what, what) != 0) i++;
    if (i == TG_STANDING_WAITS) return;
    if (i == s->wait_count) snprintf(s->waits[s->wait_count++].what, sizeof s->waits[i].what, "%s", what);
    s->waits[i].count += count;
}

static void look_at_line(struct tg_standing *s, struct tg_coordinator *c)
{
    tg_id id;
    if (!atomic_load_explicit(&c->lined, memory_order_relaxed) && !tg_coordinator_holds(c)) return;
    pthread_mutex_lock(&c->lock);
    size_t count = c->line.count, later = c->later.count;
    char *missing = count ? tg_admit_missing(&c->line, 0, &id) : NULL;
    pthread_mutex_unlock(&c->lock);
    if (count) note_wait(s, count, missing ? missing : "resources");
    if (later) note_wait(s, later, "another attempt");
    free(missing);
}

static void look_at_gate(struct tg_standing *s, struct tg_gate *gate)
{
    struct tg_gate_visit visits[16];
    size_t count = tg_gate_waiting(gate, visits, TG_COUNT(visits)), shown = count < TG_COUNT(visits) ? count : TG_COUNT(visits);
    for (size_t i = 0; i < shown; i++)
        if (visits[i].task != TG_NO_TASK) note_wait(s, 1, tg_gate_waits_for(visits[i].why));
}

static void look_at_waits(struct tg_standing *s)
{
    const struct tg_services *services = s->run->options.services;
    memset(s->waits, 0, sizeof s->waits);
    s->wait_count = 0;
    if (s->run->coordinator) look_at_line(s, s->run->coordinator);
    if (services && services->gate) look_at_gate(s, services->gate);
}

/* ---- sums ---------------------------------------------------------------------------------------- */

/* Failures that show; they only become more. */
static void look_at_failures(struct tg_standing *s)
{
    struct tg_run *run = (struct tg_run *)s->run; /* its lock */
    pthread_mutex_lock(&run->lock);
    for (; s->told < run->failures.count; s->told++) of_site(s, run->failures.items[s->told].site)->failed++;
    pthread_mutex_unlock(&run->lock);
}

static tg_id less(tg_id all, tg_id some)
{
    return all > some ? all - some : 0;
}

/* Helpers are not counted, unless there is nothing else, or comes and goes: then they alone may tell that it goes on. What is known
 * of them may be behind the tallies. */
static void add_up(struct tg_standing *s, const struct tg_tally *t)
{
    tg_id helpers = 0, helpers_done = 0, helpers_bad = 0, all = s->run->plan->count + t->count[TG_EVENT_ADDED];
    for (size_t i = 0; i < s->of.count && !s->run->nodes; i++) {
        const struct tg_standing_of *of = &s->of.items[i];
        if (!of->helper) continue;
        helpers += of->total;
        helpers_done += tg_standing_done_of(of);
        helpers_bad += of->unsuccessful;
    }
    if (helpers == all) helpers = helpers_done = helpers_bad = 0;
    s->total = all - helpers;
    s->failed = t->count[TG_EVENT_FAILED];
    s->skipped = less(t->count[TG_EVENT_SKIPPED], helpers_bad);
    s->done = less(t->count[TG_EVENT_DONE], helpers_done);
    s->retried = t->count[TG_EVENT_RETRIED];
    tg_id most = less(s->total, s->failed + s->skipped);
    if (s->done > most) s->done = most;
}

/* As many end as run, of late, by what they take: slow ones end too seldom to be counted. Of late is not before the first one ran. */
static void measure_rates(struct tg_standing *s, uint64_t span_ns)
{
    for (size_t i = 0; i < s->of.count; i++) {
        struct tg_standing_of *of = &s->of.items[i];
        tg_id finished = of->finished + of->guessed;
        if (finished > of->before) of->active_ns = s->look_ns;
        of->before = finished;
        if (of->active_ns) of->seen_ns += span_ns;
        double late_ns = of->seen_ns < RATE_S * 1e9 ? (double)of->seen_ns : RATE_S * 1e9;
        if (late_ns > 0) of->width += (of->running - of->width) * ((double)span_ns / late_ns);
        of->rate = of->busy_ns ? of->width * finished / ((double)of->busy_ns / 1e9) : 0;
    }
}

/* ---- how long it still takes --------------------------------------------------------------------- */

/* Time of workers for what is left, those that are running being half done. */
static double left_work_ns(const struct tg_standing *s, double mean_ns)
{
    double work = 0;
    for (size_t i = 0; i < s->of.count; i++) {
        const struct tg_standing_of *of = &s->of.items[i];
        tg_id finished = of->finished + of->guessed;
        double left = (double)tg_standing_left_of(of) - of->running / 2.0;
        if (left > 0) work += left * (finished ? (double)of->busy_ns / finished : mean_ns);
    }
    return work;
}

static double measured_left_ns(const struct tg_standing *s, tg_id finished)
{
    double mean_ns = (double)s->busy_ns / finished, width = (double)s->busy_ns / (double)s->elapsed_ns;
    tg_id least = s->done + s->failed + s->skipped;
    double work = s->named && !s->run->nodes ? left_work_ns(s, mean_ns) : (s->total - least) * mean_ns;
    return work / (width > 1 ? width : 1);
}

/* What the rest of a definition's tasks took before. */
static double recorded_work_ns(const struct tg_standing *s, const struct tg_durations *d, const char *task)
{
    tg_id ended = 0, running = 0;
    for (size_t i = 0; i < s->of.count; i++) {
        const struct tg_standing_of *of = &s->of.items[i];
        if (strcmp(of->def->name, task) == 0) ended += of->finished + of->guessed, running += of->running;
    }
    double work = (double)tg_durations_left_ns(d, task, ended) - running / 2.0 * (double)tg_durations_mean_ns(d, task);
    return work > 0 ? work : 0;
}

/* By as many workers as there are, or tasks that are left. 0: nobody knows. */
static double recorded_left_ns(const struct tg_standing *s)
{
    const struct tg_services *services = s->run->options.services;
    double work = 0, width = atomic_load_explicit(&s->run->width, memory_order_relaxed);
    tg_id left = less(s->total, s->done + s->failed + s->skipped);
    if (!services || !tg_durations_known(services->durations)) return 0;
    for (size_t i = 0; i < services->durations->of.count; i++)
        work += recorded_work_ns(s, services->durations, services->durations->of.items[i].task);
    if (left < width) width = left;
    return work / (width > 1 ? width : 1);
}

static void estimate(struct tg_standing *s, tg_id finished, uint64_t span_ns, uint64_t still_ns)
{
    s->left_s = -1;
    s->end_ns += s->end_ns ? still_ns : 0; /* all stood still, and so did the end */
    double left_ns = recorded_left_ns(s);
    bool recorded = left_ns > 0;
    if (!recorded && (!finished || !s->busy_ns || !s->elapsed_ns)) return;
    if (!recorded) left_ns = measured_left_ns(s, finished);
    double end = (double)s->look_ns + left_ns;
    double off = end - (double)s->end_ns, fits = left_ns / 4 + 1e9;
    if (!s->end_ns || off > 4 * fits || off < -4 * fits) s->end_ns = (uint64_t)end, s->steady = 0;
    else s->end_ns = (uint64_t)((double)s->end_ns + off * (double)span_ns / 2e9);
    s->steady = off <= fits && off >= -fits ? s->steady + 1 : 0;
    if ((!recorded && s->steady < STEADY_LOOKS) || !s->running) return; /* who waits for another attempt may do so for long */
    s->left_s = s->end_ns > s->look_ns ? (double)(s->end_ns - s->look_ns) / 1e9 : 0;
}

/* ---- a look -------------------------------------------------------------------------------------- */

void tg_standing_begin(struct tg_standing *s, const struct tg_run *run, uint64_t now_ns)
{
    *s = (struct tg_standing){.run = run, .grows = run->graph->grows, .left_s = -1, .look_ns = now_ns};
    if (!run->nodes) s->block_count = ((size_t)run->graph->count + BLOCK - 1) / BLOCK;
}

void tg_standing_done(struct tg_standing *s)
{
    if (s->seen) tg_bits_free(s->seen, s->block_count * BLOCK);
    free(s->open);
    tg_vec_done(&s->of);
    tg_vec_done(&s->of_site);
    tg_vec_done(&s->ran);
    tg_vec_done(&s->since_ns);
    tg_vec_done(&s->ended);
    tg_table_done(&s->by_def);
    *s = (struct tg_standing){0};
}

void tg_standing_look(struct tg_standing *s, uint64_t now_ns, uint64_t budget_ns)
{
    const struct tg_run *run = s->run;
    uint64_t passed_ns = now_ns - s->look_ns, span_ns = passed_ns < LONGEST_NS ? passed_ns : 0;
    unsigned worker_count = atomic_load_explicit(&run->worker_count, memory_order_acquire);
    struct tg_tally t = tg_run_tally(run);
    tg_id finished = t.count[TG_EVENT_DONE] + t.count[TG_EVENT_FAILED] + t.count[TG_EVENT_SKIPPED];
    if (!s->seen && s->block_count) {
        s->seen = tg_bits_new(s->block_count * BLOCK);
        s->open = tg_alloc_zero(s->block_count * sizeof *s->open);
    }
    s->look_ns = now_ns;
    s->elapsed_ns += span_ns;
    if (t.count[TG_EVENT_ADDED] != s->added) s->steady = 0;
    s->added = t.count[TG_EVENT_ADDED];
    s->retries = t.count[TG_EVENT_RETRIED] != s->retried;
    look_at_workers(s, worker_count, now_ns, span_ns);
    if (run->nodes) look_at_tables(s, worker_count, now_ns);
    else look_at_columns(s, budget_ns), guess(s, finished);
    if (t.count[TG_EVENT_FAILED]) look_at_failures(s);
    s->named = s->counted == s->block_count;
    add_up(s, &t);
    measure_rates(s, span_ns);
    estimate(s, finished, span_ns, passed_ns - span_ns);
    look_at_waits(s);
}
