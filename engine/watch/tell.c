/* SPDX-License-Identifier: MIT
 * What eventfile.c writes and eventread.c reads, without that. */
#include "engine/watch/tell.h"

#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/compiler.h"
#include "engine/run/node.h"

static uint64_t since(const struct tg_tell *t, uint64_t time_ns)
{
    return time_ns > t->run->begin_ns ? time_ns - t->run->begin_ns : 0;
}

/* ---- sites --------------------------------------------------------------------------------------- */

/* A site is told of before its first event. */
static void tell_site(struct tg_tell *t, const struct tg_site *site, uint64_t number)
{
    struct tg_buf place = {0};
    while (t->sites.count <= number) tg_vec_push(&t->sites, false);
    if (TG_LIKELY(t->sites.items[number])) return;
    t->sites.items[number] = true;
    if (t->place) t->place(t->place_data, site->span, &place);
    struct tg_told told = {.kind = TG_TOLD_SITE, .site = number, .name = site->def->name, .parent = UINT64_MAX};
    told.sort = tg_eventfile_sort(site->def);
    told.plugin = site->def->plugin;
    told.expands = site->flags & TG_SITE_EXPANDS;
    told.place = place.length ? tg_buf_str(&place) : NULL;
    t->hand(t->data, &told);
    tg_buf_done(&place);
}

/* ---- what a task needs --------------------------------------------------------------------------- */

static void lend_needs(struct tg_tell *t, struct tg_told *told)
{
    told->needs = t->needs.items;
    told->need_count = t->needs.count;
}

/* The tasks whose results it has used or waited for, of those that were there before the run. */
static void tell_needs(struct tg_tell *t, tg_id id, struct tg_told *told)
{
    const struct tg_graph *g = t->run->graph;
    t->needs.count = 0;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
        if (tg_arg_is_edge(g->args[i])) tg_vec_push(&t->needs, tg_arg_payload(g->args[i]));
    lend_needs(t, told);
}

static void tell_node(struct tg_tell *t, const struct tg_event_node *node, struct tg_told *told)
{
    if (node->parent != TG_NO_TASK) told->parent = node->parent;
    told->parent_round = node->parent_round;
    told->round = node->round;
    told->continues = node->continues;
    t->needs.count = 0;
    for (size_t i = 0; i < node->input_count; i++)
        if (tg_kind(node->inputs[i]) == TG_FUTURE) tg_vec_push(&t->needs, node->inputs[i].bits);
    lend_needs(t, told);
}

/* It is not changed once it is there, where a number means one task: where live sinks alone look, the end of the task says it. */
static void add_parent(const struct tg_run *run, struct tg_told *told)
{
    const struct tg_nodes *nodes = run->nodes;
    if (!nodes || tg_events_sampled(run->options.events) & TG_EVENT_BIT(TG_EVENT_NODE)) return;
    if (nodes->items[told->id].parent == TG_NO_TASK) return;
    told->parent = nodes->items[told->id].parent;
    told->parent_round = nodes->items[told->id].parent_round;
}

static void add_body(struct tg_told *told, const struct tg_event_text *text)
{
    told->cpu = text->used.cpu_ns;
    told->memory = text->used.peak_bytes;
    told->log = text->log;
    if (told->kind == TG_EVENT_STARTED) told->arguments = text->text;
    else if (told->kind == TG_EVENT_TEXT) told->text = text->text;
    else if (told->kind != TG_EVENT_DONE && told->kind != TG_EVENT_SKIPPED) told->message = text->text;
}

/* ---- the public part ----------------------------------------------------------------------------- */

void tg_tell_init(struct tg_tell *t, void (*hand)(void *data, const struct tg_told *told), void *data, tg_place_fn place,
                  void *place_data)
{
    *t = (struct tg_tell){.hand = hand, .data = data, .place = place, .place_data = place_data};
}

void tg_tell_done(struct tg_tell *t)
{
    tg_vec_done(&t->needs);
    tg_vec_done(&t->sites);
}

void tg_tell_run(struct tg_tell *t, const struct tg_run *run, const char *workflow)
{
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    struct tg_told told = {.kind = TG_TOLD_RUN, .part = t->part++, .workflow = workflow, .host = host, .parent = UINT64_MAX};
    told.moment = tg_clock_date_ns();
    told.process = (uint64_t)getpid();
    told.scheduler = run->options.sched->name;
    told.tasks = run->plan->count;
    t->run = run;
    t->sites.count = 0;
    t->hand(t->data, &told);
}

void tg_tell_event(struct tg_tell *t, const struct tg_event *event, bool needs)
{
    struct tg_told told = {.kind = event->kind, .time = since(t, event->time_ns), .bytes = event->bytes, .parent = UINT64_MAX};
    told.worker = event->worker;
    if (event->began_ns) told.began = since(t, event->began_ns);
    if (event->ended_ns) told.ended = since(t, event->ended_ns);
    if (event->site) {
        told.id = event->task;
        told.site = (uint64_t)(event->site - t->run->graph->site_table.items);
        tell_site(t, event->site, told.site);
        if (event->began_ns && !t->run->nodes && needs) tell_needs(t, (tg_id)event->task, &told);
    }
    if (event->kind == TG_EVENT_NODE) tell_node(t, (const struct tg_event_node *)event->body, &told);
    else if (event->kind == TG_EVENT_ADDED) add_parent(t->run, &told);
    else if (event->body) add_body(&told, (const struct tg_event_text *)event->body);
    t->hand(t->data, &told);
}

void tg_tell_end(struct tg_tell *t, int status, const struct tg_eventfile_number *numbers, size_t count)
{
    const struct tg_run *run = t->run;
    struct tg_tally tally = tg_run_tally(run);
    struct tg_told told = {.kind = TG_TOLD_END, .time = since(t, tg_clock_ns()), .parent = UINT64_MAX};
    told.status = (uint64_t)status;
    told.done = tally.count[TG_EVENT_DONE];
    told.failed = tally.count[TG_EVENT_FAILED];
    told.skipped = tally.count[TG_EVENT_SKIPPED];
    told.workers = atomic_load(&run->worker_count);
    for (size_t i = 0; i < count; i++) {
        uint64_t *field = tg_eventread_number(&told, numbers[i].name);
        if (field) *field = numbers[i].number;
    }
    t->needs.count = 0;
    for (size_t i = 0; i < run->failures.count; i++) tg_vec_push(&t->needs, run->failures.items[i].task);
    lend_needs(t, &told);
    t->hand(t->data, &told);
}
