/* SPDX-License-Identifier: MIT
 * Event by event. A task that is told of has a state, and is counted under it by its call and in its part; what it was called as may
 * change where the graph grows, and then it is counted elsewhere. */
#include "engine/watch/story.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/watch/storykeep.h"

/* What is kept of things that an input from outside may have without end. */
#define SITES_MOST 2000000
#define PARTS_MOST 10000
#define STRETCHES_MOST 1000000
#define FAILURES_MOST 10000
#define NEEDS_MOST ((size_t)64 << 20)
#define NEEDS_JOINED 1000 /* of one task that tells of them several times */
#define POINTS_MOST ((size_t)4 << 20)
#define BLOCK_STEPS ((size_t)2 * TG_STORY_TASKS)
#define WORKERS_MOST 4096
/* Where not all is told, as of a graph that grows for a night, only one in so many of stretches, points and needs. */
#define SAMPLE 16

const char *const tg_story_words[TG_STORY_STATES] = {"none", "waiting", "running", "done", "failed", "caught", "skipped"};
const char *const tg_story_kinds[] = {"task", "command", "helper"};

/* ---- parts, calls and tasks ---------------------------------------------------------------------- */

static struct tg_story_part *part_now(struct tg_story *s)
{
    if (!s->parts.count) tg_vec_push(&s->parts, (struct tg_story_part){0}); /* events begin in their middle */
    return &s->parts.items[s->parts.count - 1];
}

static uint32_t unknown_call(struct tg_story *s)
{
    return tg_storykeep_call(s, tg_storykeep_name(s, "?", NULL, TG_STORY_TASK), NULL, false);
}

static uint32_t call_of_site(struct tg_story *s, uint64_t site)
{
    const struct tg_story_part *p = part_now(s);
    bool known = site < p->calls.count && p->calls.items[site] != TG_STORY_NOT;
    return known ? p->calls.items[site] : unknown_call(s);
}

static bool is_helper_call(const struct tg_story *s, uint32_t call)
{
    return s->names.items[s->calls.items[call].name].kind == TG_STORY_HELPER;
}

static void learn_call(struct tg_story *s, const struct tg_told *told)
{
    struct tg_story_part *p = part_now(s);
    enum tg_story_kind kind = TG_STORY_TASK;
    if (told->sort && strcmp(told->sort, "command") == 0) kind = TG_STORY_COMMAND;
    if (told->sort && strcmp(told->sort, "helper") == 0) kind = TG_STORY_HELPER;
    if (told->site >= p->calls.count && s->site_count + told->site - p->calls.count >= SITES_MOST) return;
    while (p->calls.count <= told->site) tg_vec_push(&p->calls, TG_STORY_NOT), s->site_count++;
    uint32_t name = tg_storykeep_name(s, told->name, told->plugin, kind);
    p->calls.items[told->site] = tg_storykeep_call(s, name, told->place, told->expands);
}

/* NULL: there is no room to keep it. */
static struct tg_story_task *story_task(struct tg_story *s, struct tg_story_part *p, uint64_t id)
{
    if (id < p->tasks.count) return &p->tasks.items[id];
    if (s->task_count + (id + 1 - p->tasks.count) > TG_STORY_TASKS) return NULL;
    s->task_count += id + 1 - p->tasks.count;
    tg_vec_reserve(&p->tasks, id + 1);
    memset(&p->tasks.items[p->tasks.count], 0, (id + 1 - p->tasks.count) * sizeof *p->tasks.items);
    p->tasks.count = id + 1;
    return &p->tasks.items[id];
}

void tg_story_count(struct tg_story *s, struct tg_story_part *p, uint32_t call, unsigned state, int64_t more)
{
    s->calls.items[call].count[state] += (uint64_t)more;
    p->count[state] += (uint64_t)more;
    if (is_helper_call(s, call)) p->helpers[state] += (uint64_t)more;
}

void tg_story_set(struct tg_story *s, struct tg_story_part *p, struct tg_story_task *t, uint32_t call, unsigned state)
{
    if (t->state == state && t->call == call) return;
    if (t->state != TG_STORY_NONE) tg_story_count(s, p, t->call, t->state, -1);
    else t->parent = TG_STORY_NOT;
    if (t->state != TG_STORY_NONE && t->call != call && t->busy) s->calls.items[t->call].became++;
    t->call = call;
    t->state = state & 15;
    tg_story_count(s, p, call, state, 1);
}

bool tg_story_make_room(struct tg_story *s, struct tg_story_part *p, uint64_t id)
{
    return story_task(s, p, id);
}

static struct tg_story_more *more_of(struct tg_story *s, struct tg_story_task *t)
{
    if (!t->more) {
        tg_vec_push(&s->more, (struct tg_story_more){0});
        t->more = (uint32_t)s->more.count;
    }
    return &s->more.items[t->more - 1];
}

static bool is_story_over(const struct tg_story_task *t)
{
    return t->state >= TG_STORY_DONE;
}

static size_t most_of(const struct tg_story *s, size_t most)
{
    return s->sampled ? most / SAMPLE : most;
}

/* ---- what it needs ------------------------------------------------------------------------------- */

static bool joins_needs(const struct tg_story *s, const struct tg_story_task *t, size_t count)
{
    return t->need_count < NEEDS_JOINED && s->needs.count + t->need_count + count < most_of(s, NEEDS_MOST);
}

/* Told of more than once, these are more of them. */
static void add_story_needs(struct tg_story *s, struct tg_story_part *p, uint64_t id, uint32_t call, const uint64_t *needs,
                            size_t count)
{
    struct tg_story_task *t = id < p->tasks.count ? &p->tasks.items[id] : NULL;
    for (size_t i = 0; i < count; i++) {
        const struct tg_story_task *from = needs[i] < p->tasks.count ? &p->tasks.items[needs[i]] : NULL;
        if (from && from->state != TG_STORY_NONE) tg_storykeep_edge(s, from->call, call, false);
    }
    if (!t || !count || !joins_needs(s, t, count)) return;
    size_t begin = s->needs.count;
    for (size_t i = 0; i < t->need_count; i++) tg_vec_push(&s->needs, s->needs.items[t->needs + i]);
    for (size_t i = 0; i < count; i++) tg_vec_push(&s->needs, (uint32_t)needs[i]);
    t->needs = (uint32_t)begin;
    t->need_count = (uint32_t)(s->needs.count - begin);
}

static void set_parent(struct tg_story *s, struct tg_story_part *p, struct tg_story_task *t, uint64_t parent)
{
    if (parent == UINT64_MAX || t->parent != TG_STORY_NOT) return;
    t->parent = (uint32_t)parent;
    const struct tg_story_task *by = parent < p->tasks.count ? &p->tasks.items[parent] : NULL;
    if (by && by->state != TG_STORY_NONE) tg_storykeep_edge(s, by->call, t->call, true);
}

/* ---- workers ------------------------------------------------------------------------------------- */

static struct tg_story_worker *story_worker_of(struct tg_story *s, uint64_t number)
{
    if (number >= WORKERS_MOST) return NULL; /* of none */
    while (s->workers_seen.count <= number) tg_vec_push(&s->workers_seen, (struct tg_story_worker){.runs = TG_STORY_NOT});
    return &s->workers_seen.items[number];
}

static void note_story_work(struct tg_story *s, const struct tg_told *told, uint64_t ns, bool last)
{
    struct tg_story_worker *w = story_worker_of(s, told->worker);
    if (!w) return;
    w->busy += ns;
    w->tasks += last;
    w->cpu += told->cpu;
    if (told->memory > w->memory) w->memory = told->memory;
    w->seen[told->ended != 0] = w->seen[0] = true;
    w->runs = TG_STORY_NOT;
}

/* ---- stretches ----------------------------------------------------------------------------------- */

/* False: there is no room, and it is only added up. */
static bool keep_stretch(struct tg_story *s, const struct tg_story_stretch *st)
{
    bool room = s->stretches.count < most_of(s, STRETCHES_MOST);
    if (room) tg_vec_push(&s->stretches, *st);
    else tg_storykeep_cell(s, st->row, st->call, st->began, st->ended, 0);
    return room;
}

/* A stretch that was not the last one. */
static void push_stretch(struct tg_story *s, struct tg_story_task *t, const struct tg_told *told, uint32_t call, uint64_t began,
                         uint64_t ended)
{
    struct tg_story_stretch st = {.began = began, .ended = ended, .cpu = told->cpu, .memory = told->memory, .call = call};
    st.part = (uint32_t)s->parts.count - 1;
    st.id = (uint32_t)told->id;
    st.row = (uint16_t)TG_STORY_ROW(told->worker < WORKERS_MOST ? told->worker : 0, told->ended);
    st.fate = told->kind == TG_EVENT_RETRIED ? TG_STORY_RETRIED : TG_STORY_SUSPENDED;
    st.message = tg_storykeep_text(s, told->message);
    st.before = more_of(s, t)->stretch;
    if (keep_stretch(s, &st)) more_of(s, t)->stretch = (uint32_t)s->stretches.count;
}

/* A task is told of whose number is that of one that is over: of a graph that grows, where not all is told. That one is still counted. */
static void renew_task(struct tg_story *s, const struct tg_told *told)
{
    struct tg_story_part *p = part_now(s);
    struct tg_story_task *t = told->id < p->tasks.count ? &p->tasks.items[told->id] : NULL;
    if (!p->grows || !t || !is_story_over(t) || !t->ended) return;
    struct tg_story_stretch st = {
        .began = t->began, .ended = t->ended, .id = (uint32_t)told->id, .call = t->call, .row = t->row};
    st.part = (uint32_t)s->parts.count - 1;
    st.fate = (uint8_t)tg_story_fate_of(t->state);
    keep_stretch(s, &st);
    if (t->holds) tg_storykeep_results(s, s->calls.items[t->call].name, told->time + s->shift, -(int64_t)t->bytes);
    if (t->more) s->more.items[t->more - 1] = (struct tg_story_more){0};
    *t = (struct tg_story_task){.more = t->more};
}

static void note_story_failure(struct tg_story *s, const struct tg_told *told, struct tg_story_task *t, uint32_t call,
                               uint64_t time)
{
    s->failure_count++;
    if (s->failures.count >= FAILURES_MOST) return;
    struct tg_story_failure f = {.part = (uint32_t)s->parts.count - 1, .id = (uint32_t)told->id, .call = call, .time = time};
    f.attempts = t ? t->retried + 1u : 1;
    f.message = tg_storykeep_text(s, told->message);
    f.log = tg_storykeep_text(s, told->log);
    tg_vec_push(&s->failures, f);
}

static void note_more(struct tg_story *s, const struct tg_told *told, struct tg_story_task *t)
{
    if (!told->cpu && !told->memory && !told->message && !told->log) return;
    struct tg_story_more *more = more_of(s, t);
    more->cpu += told->cpu;
    if (told->memory > more->memory) more->memory = told->memory;
    if (told->kind == TG_EVENT_RETRIED) return;
    if (told->message) more->message = tg_storykeep_text(s, told->message);
    if (told->log) more->log = tg_storykeep_text(s, told->log);
}

static unsigned state_after(unsigned kind)
{
    switch (kind) {
    case TG_EVENT_DONE: return TG_STORY_DONE;
    case TG_EVENT_FAILED: return TG_STORY_FAILED;
    case TG_EVENT_SKIPPED: return TG_STORY_SKIPPED;
    default: return TG_STORY_WAITING;
    }
}

static void note_story_call(struct tg_story *s, const struct tg_told *told, uint32_t call, uint64_t ns, uint64_t task_busy)
{
    struct tg_story_call *c = &s->calls.items[call];
    c->timed += told->kind == TG_EVENT_DONE || told->kind == TG_EVENT_FAILED ? 1 : 0;
    c->busy += ns;
    c->cpu += told->cpu;
    if (task_busy > c->busy_most) c->busy_most = task_busy;
    if (told->memory > c->memory) c->memory = told->memory;
}

/* Of a task for which there is no room. */
static void end_unkept(struct tg_story *s, const struct tg_told *told, uint32_t call, uint64_t began, uint64_t ended)
{
    struct tg_story_part *p = part_now(s);
    unsigned state = state_after(told->kind);
    bool last = state >= TG_STORY_DONE;
    note_story_call(s, told, call, ended - began, ended - began);
    uint32_t row = TG_STORY_ROW(told->worker < WORKERS_MOST ? told->worker : 0, told->ended);
    if (told->began) tg_storykeep_cell(s, (uint16_t)row, call, began, ended, last ? 1 : 0);
    if (!last) return;
    tg_story_count(s, p, call, state, 1);
    s->calls.items[call].unkept++;
    if (state == TG_STORY_FAILED) note_story_failure(s, told, NULL, call, ended);
    if (state != TG_STORY_SKIPPED) tg_storykeep_time(s, s->calls.items[call].name, ended - began, 1);
}

/* Of the critical path of a graph that grows. */
static void note_way(struct tg_story *s, const struct tg_told *told, uint64_t ns)
{
    uint32_t point = tg_way_newest(&s->way, (uint32_t)told->id);
    if (told->kind != TG_EVENT_SUSPENDED || point == TG_WAY_NONE || !s->way.points.items[point].has_own_stretch) return;
    tg_way_add_ns(&s->way, point, ns);
    if (told->id < s->way_busy.count) s->way_busy.items[told->id] += ns;
}

static void end_kept(struct tg_story *s, const struct tg_told *told, struct tg_story_task *t, uint32_t call, uint64_t began,
                     uint64_t ended)
{
    struct tg_story_part *p = part_now(s);
    unsigned state = state_after(told->kind);
    bool last = state >= TG_STORY_DONE, before = is_story_over(t);
    t->busy += ended - began;
    if (told->kind == TG_EVENT_RETRIED && t->retried < UINT8_MAX) t->retried++;
    note_story_call(s, told, call, ended - began, t->busy);
    note_more(s, told, t);
    if (last && told->began) t->began = began, t->ended = ended;
    else t->began = t->ended = 0;
    if (!last && told->began) push_stretch(s, t, told, call, began, ended);
    if (told->worker < WORKERS_MOST) t->row = (uint16_t)TG_STORY_ROW(told->worker, told->ended);
    s->calls.items[call].executes = told->ended;
    tg_story_set(s, p, t, call, state);
    if (state == TG_STORY_FAILED && !before) note_story_failure(s, told, t, call, ended);
    if (s->counts_times && last && state != TG_STORY_SKIPPED) tg_storykeep_time(s, s->calls.items[call].name, t->busy, 1);
    if (!t->needs_known && told->need_count) add_story_needs(s, p, told->id, call, told->needs, told->need_count);
    if (last && told->need_count) t->needs_known = true;
    if (s->parts.count == 1) note_way(s, told, ended - began);
}

static void hold_value(struct tg_story *s, const struct tg_told *told, struct tg_story_task *t, uint32_t call)
{
    if (t->holds) tg_storykeep_results(s, s->calls.items[t->call].name, told->time + s->shift, -(int64_t)t->bytes);
    t->bytes = told->bytes;
    t->holds = true;
    tg_storykeep_results(s, s->calls.items[call].name, told->time + s->shift, (int64_t)t->bytes);
}

static void end_story_stretch(struct tg_story *s, const struct tg_told *told)
{
    struct tg_story_part *p = part_now(s);
    uint32_t call = call_of_site(s, told->site);
    uint64_t ended = (told->ended ? told->ended : told->time) + s->shift, began = told->began ? told->began + s->shift : ended;
    if (began > ended) began = ended;
    struct tg_story_task *t = story_task(s, p, told->id);
    note_story_work(s, told, ended - began, state_after(told->kind) >= TG_STORY_DONE);
    p->retried += told->kind == TG_EVENT_RETRIED;
    if (!t) end_unkept(s, told, call, began, ended);
    else end_kept(s, told, t, call, began, ended);
    if (t && told->kind == TG_EVENT_DONE && told->bytes && told->bytes < INT64_MAX) hold_value(s, told, t, call);
}

static void release_story_value(struct tg_story *s, const struct tg_told *told)
{
    struct tg_story_part *p = part_now(s);
    struct tg_story_task *t = told->id < p->tasks.count ? &p->tasks.items[told->id] : NULL;
    if (!t || t->state == TG_STORY_NONE) return;
    t->released = told->time + s->shift;
    if (!t->holds) return;
    t->holds = false;
    tg_storykeep_results(s, s->calls.items[t->call].name, t->released, -(int64_t)t->bytes);
}

static void start_story_task(struct tg_story *s, const struct tg_told *told)
{
    struct tg_story_part *p = part_now(s);
    struct tg_story_task *t = story_task(s, p, told->id);
    struct tg_story_worker *w = story_worker_of(s, told->worker);
    uint64_t began = told->time + s->shift;
    if (w) {
        w->runs = (uint32_t)told->id, w->since_part = (uint32_t)s->parts.count - 1, w->since = began;
        w->seen[0] = true;
    }
    if (!t) return;
    tg_story_set(s, p, t, call_of_site(s, told->site), TG_STORY_RUNNING);
    t->began = began;
    t->ended = 0;
    t->row = (uint16_t)(w ? TG_STORY_ROW(told->worker, s->calls.items[t->call].executes && w->seen[1]) : 0);
    if (told->arguments) more_of(s, t)->arguments = tg_storykeep_text(s, told->arguments);
}

/* ---- a graph that grows -------------------------------------------------------------------------- */

static void put_story_point(struct tg_story *s, const struct tg_told *told, const struct tg_story_task *t, uint32_t call)
{
    if (s->way.points.count >= most_of(s, POINTS_MOST)) return;
    while (s->way_busy.count <= told->id) tg_vec_push(&s->way_busy, 0);
    struct tg_way_point point = {.task = (uint32_t)told->id, .of = call, .round = (uint32_t)told->round};
    point.has_own_stretch = told->continues;
    point.ns = t->busy > s->way_busy.items[told->id] ? t->busy - s->way_busy.items[told->id] : 0;
    s->way_busy.items[told->id] = t->busy;
    struct tg_way_told way = {point, TG_WAY_NONE, (uint32_t)told->parent_round};
    if (told->parent != UINT64_MAX) way.parent = (uint32_t)told->parent;
    size_t begin = s->needs.count;
    for (size_t i = 0; i < told->need_count; i++) tg_vec_push(&s->needs, (uint32_t)told->needs[i]);
    tg_way_put(&s->way, &way, s->needs.items + begin, told->need_count);
    s->needs.count = begin;
}

static void note_inputs(struct tg_story *s, const struct tg_told *told)
{
    struct tg_story_part *p = part_now(s);
    struct tg_story_task *t = story_task(s, p, told->id);
    uint32_t call = call_of_site(s, told->site);
    p->grows |= told->continues || told->parent != UINT64_MAX; /* else it is only run as such a graph is, for the record */
    if (!t) return;
    if (t->state == TG_STORY_NONE) tg_story_set(s, p, t, call, TG_STORY_WAITING);
    set_parent(s, p, t, told->parent);
    if (s->parts.count == 1) put_story_point(s, told, t, call);
    add_story_needs(s, p, told->id, call, told->needs, told->need_count);
    t->needs_known = true;
}

static void note_added(struct tg_story *s, const struct tg_told *told)
{
    struct tg_story_part *p = part_now(s);
    struct tg_story_task *t = story_task(s, p, told->id);
    p->grows = true;
    p->added++;
    if (!t) return;
    if (t->state == TG_STORY_NONE) tg_story_set(s, p, t, call_of_site(s, told->site), TG_STORY_WAITING);
    set_parent(s, p, t, told->parent);
}

/* ---- what is told of no task --------------------------------------------------------------------- */

static void note_span(struct tg_story *s, const struct tg_told *told)
{
    struct tg_story_worker *w = story_worker_of(s, told->worker);
    struct tg_story_span span = {.began = told->began + s->shift, .ended = told->time + s->shift};
    if (!w || span.ended < span.began) return;
    w->seen[0] = true;
    span.row = (uint16_t)TG_STORY_ROW(told->worker, false);
    span.kind = (uint8_t)(told->kind - TG_EVENT_IDLE);
    tg_storykeep_span(s, &span);
}

static void note_story_line(struct tg_story *s, const struct tg_told *told)
{
    if (!told->text) return;
    struct tg_story_text *line = &s->lines[s->line_count++ % TG_STORY_LINES];
    free(line->text);
    *line = (struct tg_story_text){.time = told->time + s->shift, .text = tg_storykeep_shown(s, told->text)};
}

/* For those of a block that are not kept. */
static void add_rest(struct tg_story *s, const struct tg_told *told, uint64_t count, uint64_t each)
{
    struct tg_story_part *p = part_now(s);
    uint32_t call = call_of_site(s, told->site), ended = (uint32_t)count;
    uint64_t row = TG_STORY_ROW(told->worker < WORKERS_MOST ? told->worker : 0, false);
    tg_story_count(s, p, call, TG_STORY_DONE, (int64_t)count);
    s->calls.items[call].unkept += count;
    note_story_call(s, told, call, told->time - told->began, each);
    s->calls.items[call].timed += count; /* a block is no end */
    tg_storykeep_cell(s, (uint16_t)row, call, told->began + s->shift, told->time + s->shift, ended);
    tg_storykeep_time(s, s->calls.items[call].name, each, ended);
}

/* Each has had its part of the time. */
static void note_block(struct tg_story *s, const struct tg_told *told)
{
    uint64_t count = told->count < TG_MAX_TASKS ? told->count : TG_MAX_TASKS, i = 0;
    struct tg_told each = *told, rest = *told;
    if (!count || told->time < told->began) return;
    uint64_t ns = (told->time - told->began) / count;
    each.kind = TG_EVENT_DONE;
    each.need_count = 0;
    for (; i < count && s->block_steps < BLOCK_STEPS && story_task(s, part_now(s), told->id + i); i++, s->block_steps++) {
        each.id = told->id + i;
        each.began = told->began + i * ns;
        each.time = each.began + ns;
        if (!each.began) each.began = 1; /* 0: it never was */
        end_story_stretch(s, &each);
    }
    rest.began += i * ns;
    if (i < count) add_rest(s, &rest, count - i, ns);
}

/* ---- runs ---------------------------------------------------------------------------------------- */

static void keep_word(char **to, const char *text)
{
    free(*to);
    *to = text ? tg_alloc_text(text) : NULL;
}

static void begin_story_part(struct tg_story *s, const struct tg_told *told)
{
    if (s->parts.count >= PARTS_MOST) return;
    if (s->parts.count) {
        uint64_t after = told->moment > s->moment && s->moment ? (uint64_t)(told->moment - s->moment) : 0;
        if (s->next_begin) after = s->next_begin - s->first_begin;
        s->shift = after > s->last && after < s->last + UINT64_C(86400000000000) ? after : s->last;
        s->last = s->shift;
    } else {
        s->moment = told->moment;
        s->process = told->process;
        keep_word(&s->workflow, told->workflow);
        keep_word(&s->host, told->host);
        keep_word(&s->scheduler, told->scheduler);
    }
    for (size_t i = 0; i < s->workers_seen.count; i++) s->workers_seen.items[i].runs = TG_STORY_NOT;
    s->shown.count = s->allowed.count = s->seen.of_name.count = 0;
    tg_vec_push(&s->parts, ((struct tg_story_part){.begin = s->shift, .planned = told->tasks}));
    s->ended = false;
}

static void settle_failures(struct tg_story *s, struct tg_story_part *p, const uint64_t *shown, size_t count)
{
    s->shown.count = 0;
    for (size_t i = 0; i < count; i++) tg_vec_push(&s->shown, (uint32_t)shown[i]);
    tg_storykeep_sort(&s->shown);
    /* Until none is left: there may be many tasks, and those are mostly among the last. */
    for (size_t id = p->tasks.count; id-- > 0 && (p->count[TG_STORY_FAILED] || p->count[TG_STORY_RUNNING]);) {
        struct tg_story_task *t = &p->tasks.items[id];
        if (t->state == TG_STORY_FAILED) tg_story_set(s, p, t, t->call, TG_STORY_CAUGHT);
        if (t->state == TG_STORY_RUNNING) tg_story_set(s, p, t, t->call, TG_STORY_SKIPPED); /* it was to go on, and never did */
    }
    for (size_t i = 0; i < count; i++) {
        struct tg_story_task *t = shown[i] < p->tasks.count ? &p->tasks.items[shown[i]] : NULL;
        if (t && t->state == TG_STORY_CAUGHT) tg_story_set(s, p, t, t->call, TG_STORY_FAILED);
    }
    for (size_t i = 0; i < s->failures.count; i++) {
        struct tg_story_failure *f = &s->failures.items[i];
        if (f->part == s->parts.count - 1) f->shows = tg_storykeep_has(&s->shown, f->id);
    }
}

/* All is done: those of which nobody was told that they are, too. */
static void settle_waiting(struct tg_story *s, struct tg_story_part *p, const struct tg_told *told)
{
    if (!told->done || told->failed || told->skipped || !p->count[TG_STORY_WAITING]) return;
    for (size_t id = 0; id < p->tasks.count; id++) {
        struct tg_story_task *t = &p->tasks.items[id];
        if (t->state == TG_STORY_WAITING) tg_story_set(s, p, t, t->call, TG_STORY_DONE);
    }
}

static void end_story_part(struct tg_story *s, const struct tg_told *told)
{
    struct tg_story_part *p = part_now(s);
    if (p->ended) return; /* it looks at all tasks: an input that ends without end would take as long */
    settle_waiting(s, p, told);
    settle_failures(s, p, told->needs, told->need_count);
    p->ended = s->ended = true;
    p->end = told->time + s->shift;
    p->caught = told->caught;
    p->allowed = told->allowed;
    p->told_done = told->done, p->told_failed = told->failed, p->told_skipped = told->skipped;
    if (told->retried > p->retried) p->retried = told->retried;
    if (!s->exit) s->exit = told->status;
    if (told->workers > s->workers) s->workers = told->workers;
    for (size_t i = 0; i < s->workers_seen.count; i++) s->workers_seen.items[i].runs = TG_STORY_NOT;
    s->end = *told;
    s->end.needs = NULL;
    s->end.need_count = 0;
}

/* ---- the public part ----------------------------------------------------------------------------- */

void tg_story_asks(struct tg_story *s, const struct tg_story_source *source)
{
    pthread_mutex_lock(&s->lock);
    s->source = source ? *source : (struct tg_story_source){0};
    pthread_mutex_unlock(&s->lock);
}

void tg_story_begin(struct tg_story *s, uint64_t begin_ns)
{
    pthread_mutex_lock(&s->lock);
    s->live = true;
    s->next_begin = begin_ns;
    if (!s->first_begin) s->first_begin = begin_ns;
    pthread_mutex_unlock(&s->lock);
}

static void take_story_told(struct tg_story *s, const struct tg_told *told)
{
    if (told->kind <= TG_EVENT_RETRIED) renew_task(s, told);
    switch (told->kind) {
    case TG_TOLD_RUN: begin_story_part(s, told); break;
    case TG_TOLD_SITE: learn_call(s, told); break;
    case TG_TOLD_BLOCK: note_block(s, told); break;
    case TG_TOLD_DROPPED: s->lost += told->lines; break;
    case TG_TOLD_END: end_story_part(s, told); break;
    case TG_EVENT_STARTED: start_story_task(s, told); break;
    case TG_EVENT_DONE:
    case TG_EVENT_FAILED:
    case TG_EVENT_SUSPENDED:
    case TG_EVENT_SKIPPED:
    case TG_EVENT_RETRIED: end_story_stretch(s, told); break;
    case TG_EVENT_RELEASED: release_story_value(s, told); break;
    case TG_EVENT_NODE: note_inputs(s, told); break;
    case TG_EVENT_ADDED: note_added(s, told); break;
    case TG_EVENT_TEXT: note_story_line(s, told); break;
    case TG_EVENT_IDLE:
    case TG_EVENT_STEAL:
    case TG_EVENT_SPAWN:
    case TG_EVENT_TRANSFER: note_span(s, told); break;
    default: break;
    }
}

/* Times that no run has would overflow where they are added up. */
#define TIME_MOST (UINT64_C(1) << 60)

void tg_story_add(struct tg_story *s, const struct tg_told *told)
{
    if (told->time > TIME_MOST || told->began > TIME_MOST || told->ended > TIME_MOST) return;
    pthread_mutex_lock(&s->lock);
    if (told->kind < TG_TOLD_OTHER && told->time + s->shift > s->last) s->last = told->time + s->shift;
    if (s->last > TIME_MOST) s->last = s->shift = TIME_MOST;
    take_story_told(s, told);
    s->rev++;
    pthread_mutex_unlock(&s->lock);
}

bool tg_story_wants_plan(struct tg_story *s)
{
    pthread_mutex_lock(&s->lock);
    bool wants = s->wants_plan;
    pthread_mutex_unlock(&s->lock);
    return wants;
}

bool tg_story_has_plan(struct tg_story *s)
{
    pthread_mutex_lock(&s->lock);
    bool has = s->wants_plan || s->has_plan;
    pthread_mutex_unlock(&s->lock);
    return has;
}
