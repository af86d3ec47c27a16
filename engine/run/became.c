/* SPDX-License-Identifier: MIT
 * What a graph became: while it runs, every task is noted once it is done, and an expansion point each time it goes on.
 * Afterwards the notes become a graph of ordinary tasks, to be drawn. */
#include <stdlib.h>
#include <string.h>

#include "engine/run/node.h"

/* ---- noting -------------------------------------------------------------------------------------- */

void tg_node_record(struct tg_worker *w, tg_id id, bool expanded)
{
    struct tg_nodes *nodes = w->nodes;
    const struct tg_node *n = &nodes->items[id];
    struct tg_recorded r = {.id = id, .site = expanded || n->site->flags & TG_SITE_EXPANDS ? n->made : n->site, .parent = n->parent,
                            .parent_round = n->parent_round, .round = n->round, .expanded = expanded};
    r.inputs = tg_alloc(n->input_count * sizeof *r.inputs);
    for (uint32_t i = 0; i < n->input_count; i++) {
        tg_value v = tg_node_inputs_of(n)[i].v;
        if (tg_kind(v) == TG_FUTURE || !tg_value_marks(v)) r.inputs[r.input_count++] = tg_value_ref(v);
    }
    pthread_mutex_lock(&nodes->lock);
    tg_vec_push(&nodes->records, r);
    pthread_mutex_unlock(&nodes->lock);
}

/* ---- making a graph ------------------------------------------------------------------------------ */

#define NONE UINT32_MAX

struct rebuild {
    const struct tg_nodes *nodes;
    struct tg_graph *out;
    struct tg_err *err;
    uint32_t *done;        /* by id of the run: the note of the task when it was done, or NONE */
    uint32_t *newest;      /* by id of the run: its note of going on with the highest round, or NONE */
    uint32_t *older;       /* by note of going on: the one before, or NONE */
    tg_id *task;           /* by note: the task in `out`, or TG_NO_TASK */
    TG_VEC(uint32_t) todo;
};

static void index_notes(struct rebuild *b)
{
    const struct tg_nodes *nodes = b->nodes;
    for (tg_id id = 0; id < nodes->next; id++) b->done[id] = b->newest[id] = NONE;
    for (size_t i = 0; i < nodes->records.count; i++) {
        const struct tg_recorded *r = &nodes->records.items[i];
        b->task[i] = TG_NO_TASK;
        b->older[i] = NONE;
        if (r->expanded) {
            b->older[i] = b->newest[r->id];
            b->newest[r->id] = (uint32_t)i;
        } else {
            b->done[r->id] = (uint32_t)i;
        }
    }
}

/* The note of the task going on in this round; NONE if it did not. */
static uint32_t going_on(const struct rebuild *b, tg_id id, uint32_t round)
{
    uint32_t note = b->newest[id];
    while (note != NONE && b->nodes->records.items[note].round != round) note = b->older[note];
    return note;
}

/* What a note comes from beside its inputs: its own going on before, or the expansion point that added it, as it went on
 * or, where it was done with that, at its end. */
static uint32_t cause_of(const struct rebuild *b, uint32_t note)
{
    const struct tg_recorded *r = &b->nodes->records.items[note];
    for (uint32_t back = 1; back <= r->round && back <= 2; back++) { /* two: it was done with its last adding of tasks */
        uint32_t before = going_on(b, r->id, r->round - back);
        if (before != NONE) return before;
    }
    if (r->parent == TG_NO_TASK) return NONE;
    uint32_t parent = going_on(b, r->parent, r->parent_round);
    return parent != NONE ? parent : b->done[r->parent];
}

/* True if all that it needs is in the graph; else that is put on the stack. */
static bool is_ready(struct rebuild *b, uint32_t note)
{
    const struct tg_recorded *r = &b->nodes->records.items[note];
    size_t before = b->todo.count;
    uint32_t cause = cause_of(b, note);
    if (cause != NONE && b->task[cause] == TG_NO_TASK) tg_vec_push(&b->todo, cause);
    for (size_t i = 0; i < r->input_count; i++) {
        uint32_t from = tg_kind(r->inputs[i]) == TG_FUTURE ? b->done[r->inputs[i].bits] : NONE;
        if (from != NONE && b->task[from] == TG_NO_TASK) tg_vec_push(&b->todo, from);
    }
    return b->todo.count == before;
}

/* A site like it; the last one made is looked at first. */
static uint32_t copy_site(struct rebuild *b, const struct tg_site *site)
{
    struct tg_graph *out = b->out;
    for (size_t i = out->site_table.count; i-- > 1;) {
        const struct tg_site *s = &out->site_table.items[i];
        bool same_place = s->span.start == site->span.start && s->span.end == site->span.end;
        if (s->def == site->def && same_place && s->group == site->group) return (uint32_t)i;
    }
    return tg_graph_site(out, site->def, site->span, 0, site->group);
}

/* Adds the note as a task. It is tied to its cause unless an input has the same one. */
static bool emit(struct rebuild *b, uint32_t note)
{
    const struct tg_recorded *r = &b->nodes->records.items[note];
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
    for (uint32_t i = 0; i < b->nodes->records.count; i++) {
        if (b->task[i] == TG_NO_TASK) tg_vec_push(&b->todo, i);
        while (b->todo.count) {
            uint32_t note = b->todo.items[b->todo.count - 1];
            if (b->task[note] == TG_NO_TASK && !is_ready(b, note)) continue;
            b->todo.count--;
            if (b->task[note] == TG_NO_TASK && !emit(b, note)) return false;
        }
    }
    return true;
}

static bool want_all(struct rebuild *b)
{
    const struct tg_graph *from = b->nodes->graph;
    for (size_t i = 0; i < from->wanted.count; i++) {
        const struct tg_wanted *w = &from->wanted.items[i];
        if (!tg_bits_get(b->nodes->run->plan->selected, i)) continue;
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
    for (size_t i = 0; i < b->nodes->records.count; i++) {
        const struct tg_recorded *r = &b->nodes->records.items[i];
        bool effect = !r->expanded && r->site->flags & TG_SITE_EFFECT && r->parent != TG_NO_TASK;
        if (effect && !tg_graph_want(b->out, NULL, tg_future(b->task[i]), r->site->span, b->err)) return false;
    }
    return true;
}

static bool rebuild(const struct tg_run *run, struct tg_graph *out, struct tg_err *err)
{
    const struct tg_nodes *nodes = run->nodes;
    size_t ids = nodes->next + 1, notes = nodes->records.count + 1;
    struct rebuild b = {.nodes = nodes, .out = out, .err = err};
    b.done = tg_alloc(ids * sizeof *b.done);
    b.newest = tg_alloc(ids * sizeof *b.newest);
    b.older = tg_alloc(notes * sizeof *b.older);
    b.task = tg_alloc(notes * sizeof *b.task);
    index_notes(&b);
    bool fine = emit_all(&b) && want_all(&b) && want_effects(&b);
    tg_vec_done(&b.todo);
    free(b.done);
    free(b.newest);
    free(b.older);
    free(b.task);
    return fine;
}

bool tg_run_graph(const struct tg_run *run, struct tg_graph *out, struct tg_err *err)
{
    tg_graph_init(out, run->graph->max_tasks);
    out->gather_list = run->graph->gather_list;
    out->gather_record = run->graph->gather_record;
    out->identity = run->graph->identity;
    if (rebuild(run, out, err)) return true;
    tg_graph_done(out);
    return false;
}
