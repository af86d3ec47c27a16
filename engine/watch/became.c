/* SPDX-License-Identifier: MIT
 * Noting, and making a graph of the notes: each note becomes a task when all that it needs has become one. */
#include "engine/watch/became.h"

#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/event/fates.h"
#include "engine/run/node.h"
#include "engine/value/future.h"
#include "engine/value/list.h"

/* ---- noting -------------------------------------------------------------------------------------- */

static bool take_note(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err)
{
    (void)err;
    struct tg_became *b = (struct tg_became *)sink;
    const struct tg_event_node *e = (const struct tg_event_node *)event->body;
    struct tg_became_note note = {.id = (tg_id)event->task,
                                  .site = event->site,
                                  .parent = e->parent,
                                  .parent_round = e->parent_round,
                                  .round = e->round,
                                  .continues = e->continues,
                                  .input_count = e->input_count,
                                  .inputs = tg_alloc(e->input_count * sizeof *note.inputs)};
    for (size_t i = 0; i < e->input_count; i++) note.inputs[i] = tg_value_ref(e->inputs[i]);
    tg_vec_push(&b->notes, note);
    return true;
}

void tg_became_init(struct tg_became *b)
{
    *b = (struct tg_became){.sink = {.name = "what the graph becomes",
                                     .kind = TG_SINK_LOSSLESS,
                                     .wants = TG_EVENT_BIT(TG_EVENT_NODE),
                                     .take = take_note}};
}

void tg_became_done(struct tg_became *b)
{
    for (size_t i = 0; i < b->notes.count; i++) {
        for (size_t k = 0; k < b->notes.items[i].input_count; k++) tg_value_unref(b->notes.items[i].inputs[k]);
        free(b->notes.items[i].inputs);
    }
    tg_vec_done(&b->notes);
}

/* ---- making a graph ------------------------------------------------------------------------------ */

#define NONE UINT32_MAX

/* A note of going on. */
struct going {
    tg_id id;
    uint32_t round, note;
};

struct rebuild {
    const struct tg_became *became;
    const struct tg_plan *plan;
    size_t ids; /* numbers of the run are below */
    struct tg_graph *out;
    struct tg_err *err;
    uint32_t *done;       /* by id of the run: the note of the task when it was done, or NONE */
    struct going *goings; /* ascending: a loop goes on once for each of its rounds, so that they are searched */
    size_t going_count;
    tg_id *task;   /* by note: the task in `out`, or TG_NO_TASK */
    bool *entered; /* by note: what it needs has been put on the stack */
    TG_VEC(uint32_t) stack;
};

/* Of two of the same round the later one comes first. */
static int compare_goings(const void *va, const void *vb)
{
    const struct going *a = va, *b = vb;
    if (a->id != b->id) return a->id > b->id ? 1 : -1;
    if (a->round != b->round) return a->round > b->round ? 1 : -1;
    return (a->note < b->note) - (a->note > b->note);
}

static void index_notes(struct rebuild *b)
{
    const struct tg_became *became = b->became;
    for (tg_id id = 0; id < b->ids; id++) b->done[id] = NONE;
    for (uint32_t i = 0; i < became->notes.count; i++) {
        const struct tg_became_note *r = &became->notes.items[i];
        b->task[i] = TG_NO_TASK;
        if (r->continues) b->goings[b->going_count++] = (struct going){r->id, r->round, i};
        else b->done[r->id] = i;
    }
    qsort(b->goings, b->going_count, sizeof *b->goings, compare_goings);
}

/* The note of the task going on in this round; NONE if it did not. */
static uint32_t going_on(const struct rebuild *b, tg_id id, uint32_t round)
{
    size_t first = 0, end = b->going_count;
    TG_ASSERT(id < b->ids);
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        const struct going *g = &b->goings[middle];
        if (g->id < id || (g->id == id && g->round < round)) first = middle + 1;
        else end = middle;
    }
    const struct going *found = first < b->going_count ? &b->goings[first] : NULL;
    return found && found->id == id && found->round == round ? found->note : NONE;
}

/* What a note comes from beside its inputs: its own going on before, or the expansion point that added it, as it went on
 * or, where it was done with that, at its end. */
static uint32_t cause_of(const struct rebuild *b, uint32_t note)
{
    const struct tg_became_note *r = &b->became->notes.items[note];
    for (uint32_t back = 1; back <= r->round && back <= 2; back++) { /* two: it was done with its last adding of tasks */
        uint32_t before = going_on(b, r->id, r->round - back);
        if (before != NONE) return before;
    }
    if (r->parent == TG_NO_TASK) return NONE;
    uint32_t parent = going_on(b, r->parent, r->parent_round);
    return parent != NONE ? parent : b->done[r->parent];
}

/* True if all that it needs is in the graph; else that is put on the stack, once. */
static bool is_ready(struct rebuild *b, uint32_t note)
{
    const struct tg_became_note *r = &b->became->notes.items[note];
    size_t before = b->stack.count;
    uint32_t cause = cause_of(b, note);
    if (cause != NONE && b->task[cause] == TG_NO_TASK) tg_vec_push(&b->stack, cause);
    for (size_t i = 0; i < r->input_count; i++) {
        uint32_t from = tg_kind(r->inputs[i]) == TG_FUTURE ? b->done[r->inputs[i].bits] : NONE;
        if (from != NONE && b->task[from] == TG_NO_TASK) tg_vec_push(&b->stack, from);
    }
    return b->stack.count == before;
}

/* A site like it; the last one made is looked at first. */
static uint32_t copy_site(struct rebuild *b, const struct tg_site *site)
{
    struct tg_graph *out = b->out;
    tg_value given = b->plan->graph->options.items[site->options];
    uint32_t options = site->options ? tg_graph_options(out, tg_value_ref(given)) : 0;
    for (size_t i = out->site_table.count; i-- > 1;) {
        const struct tg_site *s = &out->site_table.items[i];
        bool same_place = s->span.start == site->span.start && s->span.end == site->span.end;
        if (s->def == site->def && same_place && s->group == site->group && s->options == options) return (uint32_t)i;
    }
    return tg_graph_site(out, site->def, site->span, options, site->group);
}

/* Adds the note as a task. It is tied to its cause unless an input has the same one. */
static bool emit(struct rebuild *b, uint32_t note)
{
    const struct tg_became_note *r = &b->became->notes.items[note];
    tg_value *args = tg_alloc((r->input_count + 1) * sizeof *args), waits = tg_list_make(r->input_count + 1);
    uint32_t cause = cause_of(b, note);
    bool tied = cause == NONE;
    size_t count = 0;
    for (size_t i = 0; i < r->input_count; i++) {
        tg_value v = r->inputs[i];
        uint32_t from = tg_kind(v) == TG_FUTURE ? b->done[v.bits] : NONE;
        if (tg_kind(v) == TG_FUTURE && from == NONE) continue;
        if (from != NONE) {
            tied = tied || cause_of(b, from) == cause;
            v = tg_make_(v.tag, b->task[from]);
        }
        if (from != NONE && v.tag & TG_ONLY_AFTER) tg_list_add(waits, tg_future((uint32_t)v.bits));
        else args[count++] = v;
    }
    if (!tied) tg_list_add(waits, tg_future(b->task[cause]));
    b->task[note] = tg_graph_add(b->out, copy_site(b, r->site), args, count, &waits, 1, b->err);
    tg_value_unref(waits);
    free(args);
    return b->task[note] != TG_NO_TASK;
}

static bool emit_all(struct rebuild *b)
{
    for (uint32_t i = 0; i < b->became->notes.count; i++) {
        if (b->task[i] == TG_NO_TASK) tg_vec_push(&b->stack, i);
        while (b->stack.count) {
            uint32_t note = b->stack.items[b->stack.count - 1];
            if (b->task[note] == TG_NO_TASK && !is_ready(b, note)) {
                if (b->entered[note]) return tg_err_set(b->err, TG_EXIT_USAGE, "tasks of this run wait for each other");
                b->entered[note] = true;
                continue;
            }
            b->stack.count--;
            if (b->task[note] == TG_NO_TASK && !emit(b, note)) return false;
        }
    }
    return true;
}

static bool want_all(struct rebuild *b)
{
    const struct tg_graph *from = b->plan->graph;
    for (size_t i = 0; i < from->wanted.count; i++) {
        const struct tg_wanted *w = &from->wanted.items[i];
        if (w->held || !tg_bits_get(b->plan->selected, i)) continue;
        tg_value v = tg_value_ref(w->value);
        if (w->task != TG_NO_TASK) {
            if (b->done[w->task] == NONE) continue;
            tg_value_unref(v);
            v = tg_future(b->task[b->done[w->task]]);
        }
        if (!tg_graph_want(b->out, w->name, v, w->span, b->err)) return false;
    }
    return true;
}

/* Effects that were added while it ran are wanted too: nothing else uses them. */
static bool want_effects(struct rebuild *b)
{
    for (size_t i = 0; i < b->became->notes.count; i++) {
        const struct tg_became_note *r = &b->became->notes.items[i];
        bool effect = !r->continues && r->site->flags & TG_SITE_EFFECT && r->parent != TG_NO_TASK;
        if (effect && !tg_graph_want(b->out, NULL, tg_future(b->task[i]), r->site->span, b->err)) return false;
    }
    return true;
}

/* By what numbers the run knows the tasks. */
static tg_id *number_tasks(const struct rebuild *b)
{
    tg_id *known_as = tg_alloc((b->out->count + (size_t)1) * sizeof *known_as);
    for (tg_id id = 0; id < b->out->count; id++) known_as[id] = TG_NO_TASK;
    for (size_t i = 0; i < b->became->notes.count; i++) {
        const struct tg_became_note *r = &b->became->notes.items[i];
        known_as[b->task[i]] = r->continues ? r->id | TG_FATE_ROUND : r->id;
    }
    return known_as;
}

/* One more than the highest number that is named. */
static size_t count_ids(const struct tg_became *became, const struct tg_graph *g)
{
    size_t ids = g->count;
    for (size_t i = 0; i < became->notes.count; i++) {
        const struct tg_became_note *r = &became->notes.items[i];
        if (r->id >= ids) ids = r->id + (size_t)1;
        if (r->parent != TG_NO_TASK && r->parent >= ids) ids = r->parent + (size_t)1;
        for (size_t k = 0; k < r->input_count; k++)
            if (tg_kind(r->inputs[k]) == TG_FUTURE && r->inputs[k].bits >= ids) ids = r->inputs[k].bits + 1;
    }
    return ids + 1;
}

static bool rebuild(const struct tg_became *became, const struct tg_plan *plan, struct tg_graph *out, tg_id **known_as,
                    struct tg_err *err)
{
    size_t ids = count_ids(became, plan->graph), notes = became->notes.count + 1;
    struct rebuild b = {.became = became, .plan = plan, .ids = ids, .out = out, .err = err};
    b.done = tg_alloc(ids * sizeof *b.done);
    b.goings = tg_alloc(notes * sizeof *b.goings);
    b.task = tg_alloc(notes * sizeof *b.task);
    b.entered = tg_alloc_zero(notes * sizeof *b.entered);
    index_notes(&b);
    bool fine = emit_all(&b) && want_all(&b) && want_effects(&b);
    if (fine) *known_as = number_tasks(&b);
    tg_vec_done(&b.stack);
    free(b.done);
    free(b.goings);
    free(b.task);
    free(b.entered);
    return fine;
}

bool tg_became_graph(const struct tg_became *b, const struct tg_plan *plan, struct tg_graph *out, tg_id **known_as,
                     struct tg_err *err)
{
    tg_graph_init(out, plan->graph->max_tasks);
    out->gather_list = plan->graph->gather_list;
    out->gather_record = plan->graph->gather_record;
    out->identity = plan->graph->identity;
    if (rebuild(b, plan, out, known_as, err)) return true;
    tg_graph_done(out);
    return false;
}
