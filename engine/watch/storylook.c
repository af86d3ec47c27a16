/* SPDX-License-Identifier: MIT
 * What a story learns of a run that goes on, beside its events: where it stands in numbers, what its processes take, and, when somebody
 * wants to see it, which tasks are still to come. */
#include <string.h>

#include "engine/base/clock.h"
#include "engine/run/allowed.h"
#include "engine/run/census.h"
#include "engine/run/node.h"
#include "engine/watch/eventfile.h"
#include "engine/watch/storykeep.h"

/* Columns are read again when so many times as long has gone by as that took. */
#define PLAN_RESTS 50

/* As in standing.c: words that others write meanwhile. */
#define RACY __attribute__((no_sanitize("thread"), noinline))

/* ---- failures ------------------------------------------------------------------------------------ */

/* Those that the run has said since are taken with its lock, and no more is done with that. */
static void take_shown(struct tg_story *s, const struct tg_run *run)
{
    struct tg_run *locked = (struct tg_run *)run;
    size_t shown = s->shown.count, allowed = s->allowed.count;
    pthread_mutex_lock(&locked->lock);
    for (size_t i = shown; i < run->failures.count; i++) tg_vec_push(&s->shown, run->failures.items[i].task);
    for (size_t i = run->allowed_before + allowed; i < run->allowed->items.count; i++)
        tg_vec_push(&s->allowed, run->allowed->items.items[i]->task);
    pthread_mutex_unlock(&locked->lock);
    if (s->shown.count > shown) tg_storykeep_sort(&s->shown);
    if (s->allowed.count > allowed) tg_storykeep_sort(&s->allowed);
}

/* Which of them show, and which are allowed, as far as that is decided. */
static void look_at_shown(struct tg_story *s, const struct tg_run *run)
{
    take_shown(s, run);
    for (size_t i = 0; i < s->failures.count && s->parts.count; i++) {
        struct tg_story_failure *f = &s->failures.items[i];
        if (f->part != s->parts.count - 1) continue;
        f->shows = f->shows || tg_storykeep_has(&s->shown, f->id);
        f->allowed = f->allowed || tg_storykeep_has(&s->allowed, f->id);
    }
}

/* ---- numbers ------------------------------------------------------------------------------------- */

static bool copy_counts(struct tg_story_seen *to, const struct tg_standing *st)
{
    tg_id caught = st->failed > st->told ? st->failed - st->told : 0;
    bool same = to->done == st->done && to->running == st->running && to->total == st->total && to->failed == st->told &&
                to->skipped == st->skipped && to->retried == st->retried && to->caught == caught;
    to->total = st->total, to->done = st->done, to->failed = st->told, to->caught = caught, to->skipped = st->skipped;
    to->running = st->running, to->retried = st->retried;
    to->left_s = st->left_s;
    to->wait_count = st->wait_count;
    memcpy(to->waits, st->waits, sizeof to->waits);
    to->of.count = 0;
    for (size_t i = 0; i < st->of.count; i++) tg_vec_push(&to->of, st->of.items[i]);
    return !same;
}

/* Names that no event has told of yet. */
static void learn_names(struct tg_story *s, const struct tg_standing *st)
{
    for (size_t i = 0; i < st->of.count; i++) {
        const struct tg_def *def = st->of.items[i].def;
        enum tg_story_kind kind = st->of.items[i].helper ? TG_STORY_HELPER : TG_STORY_TASK;
        if (def->flags & TG_DEF_COMMAND) kind = TG_STORY_COMMAND;
        if (i == s->seen.of_name.count) tg_vec_push(&s->seen.of_name, tg_storykeep_name(s, def->name, def->plugin, kind));
    }
}

static bool look_at_crew(struct tg_story *s, const struct tg_standing *st, unsigned workers)
{
    bool changed = false;
    while (s->workers_seen.count < st->ran.count) tg_vec_push(&s->workers_seen, (struct tg_story_worker){.runs = TG_STORY_NOT});
    for (size_t i = 0; i < s->workers_seen.count; i++) {
        struct tg_story_worker *w = &s->workers_seen.items[i];
        uint32_t runs = i < st->ran.count ? st->ran.items[i] : TG_STORY_NOT;
        if (runs == TG_NO_TASK) runs = TG_STORY_NOT;
        changed |= w->runs != runs || w->away != (i >= workers);
        if (w->runs != runs && runs != TG_STORY_NOT) {
            uint64_t since = st->since_ns.items[i];
            w->since = since > s->first_begin ? since - s->first_begin : 0;
            w->since_part = (uint32_t)(s->parts.count ? s->parts.count - 1 : 0);
        }
        w->runs = runs;
        w->seen[0] |= i < st->ran.count;
        w->away = i >= workers;
    }
    return changed;
}

/* Of this process: its memory, and of how many CPUs it and all that it has started have had the time. */
static void look_at_usage(struct tg_story *s, const struct tg_story_now *now, uint64_t time_ns)
{
    uint64_t cpu = now->own.cpu_ns + now->commands.cpu_ns + now->executors.cpu_ns, before = s->seen.look_ns;
    uint64_t time = time_ns > s->first_begin ? time_ns - s->first_begin : 0;
    if (now->own_bytes) tg_storykeep_curve(s, &s->memory, time, now->own_bytes);
    if (before && time_ns > before && cpu >= s->seen.cpu_before)
        tg_storykeep_curve(s, &s->cpu, time, (cpu - s->seen.cpu_before) * 1000 / (time_ns - before));
    s->seen.cpu_before = cpu;
    s->seen.look_ns = time_ns;
}

void tg_story_look(struct tg_story *s, const struct tg_story_now *now)
{
    struct tg_story_seen *seen = &s->seen;
    uint64_t time_ns = tg_clock_ns();
    pthread_mutex_lock(&s->lock);
    bool changed = seen->goes_on != (now->standing != NULL) || seen->ending != now->ending || seen->paused != now->paused ||
                   seen->control != now->control || seen->workers != now->workers || seen->dropped != now->dropped;
    seen->known = s->live = true;
    seen->goes_on = now->standing;
    seen->workers = now->workers, seen->jobs = now->jobs, seen->executor_count = now->executor_count;
    seen->control = now->control, seen->paused = now->paused, seen->ending = now->ending;
    seen->dropped = now->dropped;
    seen->own = now->own, seen->commands = now->commands, seen->executors = now->executors, seen->own_bytes = now->own_bytes;
    seen->crew.count = 0;
    for (unsigned i = 0; now->crew && i < now->crew_count; i++) tg_vec_push(&seen->crew, now->crew[i]);
    if (now->standing) {
        changed |= copy_counts(seen, now->standing);
        learn_names(s, now->standing);
        changed |= look_at_crew(s, now->standing, now->workers);
        if (s->failure_count) look_at_shown(s, now->standing->run);
    }
    look_at_usage(s, now, time_ns);
    s->rev += changed;
    pthread_mutex_unlock(&s->lock);
}

void tg_storykeep_want_plan(struct tg_story *s)
{
    const struct tg_story_part *p = s->live && !s->ended && s->parts.count ? &s->parts.items[s->parts.count - 1] : NULL;
    if (p && (!p->entered || (!p->grows && tg_clock_ns() >= s->plan_next_ns))) s->wants_plan = true;
}

/* ---- tasks that are still to come ---------------------------------------------------------------- */

/* What stands in its place; halves of it may be there before. */
RACY static uint64_t tag_of(const struct tg_run *run, tg_id id)
{
    return run->values[id].tag;
}

static uint32_t call_of(struct tg_story *s, const struct tg_run *run, uint32_t number, tg_place_fn place, void *place_data)
{
    const struct tg_site *site = &run->graph->site_table.items[number];
    struct tg_buf text = {0};
    const char *sort = tg_eventfile_sort(site->def);
    enum tg_story_kind kind = *sort == 'c' ? TG_STORY_COMMAND : *sort == 'h' ? TG_STORY_HELPER : TG_STORY_TASK;
    if (place) place(place_data, site->span, &text);
    uint32_t name = tg_storykeep_name(s, site->def->name, site->def->plugin, kind);
    uint32_t call = tg_storykeep_call(s, name, text.length ? text.data : NULL, site->flags & TG_SITE_EXPANDS);
    tg_buf_done(&text);
    return call;
}

/* It has not been told of: it is to come, or was quick, and is over. */
static bool enter_story_task(struct tg_story *s, struct tg_story_part *p, const struct tg_run *run, tg_id id, uint32_t call)
{
    struct tg_story_task *t = &p->tasks.items[id];
    uint64_t tag = run->nodes ? 0 : tag_of(run, id);
    bool news = t->state == TG_STORY_NONE || (t->state == TG_STORY_WAITING && tag);
    if (news) tg_story_set(s, p, t, call, !tag ? TG_STORY_WAITING : tag == TG_FAILED ? TG_STORY_SKIPPED : TG_STORY_DONE);
    return news;
}

static void enter_needs(struct tg_story *s, struct tg_story_part *p, const struct tg_run *run, tg_id id)
{
    const struct tg_graph *g = run->graph;
    struct tg_story_task *t = &p->tasks.items[id];
    if (t->needs_known) return;
    t->needs_known = true;
    uint32_t begin = (uint32_t)s->needs.count;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        tg_id need = tg_arg_payload(g->args[i]);
        if (!tg_arg_is_edge(g->args[i]) || need >= p->tasks.count) continue;
        tg_vec_push(&s->needs, need);
        if (p->tasks.items[need].state != TG_STORY_NONE) tg_storykeep_edge(s, p->tasks.items[need].call, t->call, false);
    }
    t->needs = begin;
    t->need_count = (uint32_t)s->needs.count - begin;
}

void tg_story_plan(struct tg_story *s, const struct tg_run *run, tg_place_fn place, void *place_data)
{
    const struct tg_graph *g = run->graph;
    TG_VEC(uint32_t) calls = {0};
    bool news = false;
    uint64_t began_ns = tg_clock_ns();
    pthread_mutex_lock(&s->lock);
    struct tg_story_part *p = s->parts.count ? &s->parts.items[s->parts.count - 1] : NULL;
    s->wants_plan = false;
    s->has_plan = true;
    for (tg_id id = 0; p && id < g->count; id++) {
        if (!tg_plan_needs(run->plan, id)) continue;
        if (!tg_story_make_room(s, p, id)) break;
        while (calls.count <= g->sites[id]) tg_vec_push(&calls, TG_STORY_NOT);
        uint32_t *call = &calls.items[g->sites[id]];
        if (*call == TG_STORY_NOT) *call = call_of(s, run, g->sites[id], place, place_data);
        news |= enter_story_task(s, p, run, id, *call);
        if (!run->nodes || p->tasks.items[id].state == TG_STORY_WAITING) enter_needs(s, p, run, id);
    }
    if (p) p->entered = true;
    s->rev += news;
    s->plan_next_ns = tg_clock_ns() + PLAN_RESTS * (tg_clock_ns() - began_ns);
    pthread_mutex_unlock(&s->lock);
    tg_vec_done(&calls);
}

/* ---- tasks of which nobody was told --------------------------------------------------------------- */

/* Tasks by call, as a table by site has them; of calls without a place there may be several sites. */
typedef TG_VEC(uint64_t) story_calls;

static void add_done_sites(struct tg_story *s, const struct tg_run *run, tg_place_fn place, void *place_data, story_calls *done)
{
    struct tg_census_table table = {0};
    tg_census_nodes(run, &table);
    for (uint32_t site = 1; site < table.room && site < run->graph->site_table.count; site++) {
        if (!table.items[site].count[TG_CENSUS_DONE]) continue;
        uint32_t call = call_of(s, run, site, place, place_data);
        while (done->count <= call) tg_vec_push(done, 0);
        done->items[call] += table.items[site].count[TG_CENSUS_DONE];
    }
    tg_census_table_done(&table);
}

/* Less those that are known, and those that have become something else, which are counted as both. */
static void leave_unknown(struct tg_story *s, const struct tg_story_part *p, const struct tg_run *run, story_calls *done)
{
    uint64_t sum = p->count[TG_STORY_DONE], all = tg_run_tally(run).count[TG_EVENT_DONE];
    for (size_t call = 0; call < done->count; call++) {
        const struct tg_story_call *c = &s->calls.items[call];
        uint64_t *left = &done->items[call], known = c->count[TG_STORY_DONE] + c->became;
        *left = *left > known ? *left - known : 0;
        sum += *left;
    }
    for (size_t call = 0; call < done->count && sum > all; call++) {
        struct tg_story_call *c = &s->calls.items[call];
        uint64_t *left = &done->items[call], more = !c->expands ? 0 : sum - all < *left ? sum - all : *left;
        c->became += more;
        *left -= more;
        sum -= more;
    }
}

/* Those that were told of, but not that they are done, are; the others are only counted. What is left then of those that wait has
 * become something else under a number that others have had since. */
static void enter_unknown(struct tg_story *s, struct tg_story_part *p, const struct tg_run *run, story_calls *done)
{
    struct tg_tally tally = tg_run_tally(run);
    bool all_done = !tally.count[TG_EVENT_FAILED] && !tally.count[TG_EVENT_SKIPPED];
    for (size_t id = 0; id < p->tasks.count; id++) {
        struct tg_story_task *t = &p->tasks.items[id];
        if (t->state != TG_STORY_WAITING) continue;
        bool known = t->call < done->count && done->items[t->call];
        if (known) done->items[t->call]--, tg_story_set(s, p, t, t->call, TG_STORY_DONE);
        else if (all_done) tg_story_count(s, p, t->call, TG_STORY_WAITING, -1), t->state = TG_STORY_NONE;
    }
    for (uint32_t call = 0; call < done->count; call++) {
        tg_story_count(s, p, call, TG_STORY_DONE, (int64_t)done->items[call]);
        s->calls.items[call].unkept += done->items[call];
    }
}

void tg_story_census(struct tg_story *s, const struct tg_run *run, tg_place_fn place, void *place_data)
{
    story_calls done = {0};
    pthread_mutex_lock(&s->lock);
    struct tg_story_part *p = s->parts.count == 1 ? &s->parts.items[0] : NULL; /* calls are counted for all parts together */
    if (p) {
        add_done_sites(s, run, place, place_data, &done);
        leave_unknown(s, p, run, &done);
        enter_unknown(s, p, run, &done);
    }
    s->rev++;
    pthread_mutex_unlock(&s->lock);
    tg_vec_done(&done);
}
