/* SPDX-License-Identifier: MIT
 * Line by line: only what ends or begins a stretch of work matters. */
#include "engine/watch/eventfates.h"

#include <stdlib.h>
#include <string.h>

#include "engine/graph/shape.h"

/* Whether the run was one of this graph. */
static bool fits_graph(const struct tg_eventread *from, const struct tg_told *t, const struct tg_graph *g, struct tg_err *err)
{
    char shape[TG_SHAPE_BYTES];
    tg_shape_text(g, shape);
    if (t->graph && strcmp(t->graph, shape) == 0) return true;
    tg_err_set(err, TG_EXIT_USAGE, "the events in '%s' are those of another graph", from->name);
    tg_err_hint(err, "They are of a run of %llu task%s of '%s': give this workflow as it was then, with the same parameters.",
                (unsigned long long)t->tasks, t->tasks == 1 ? "" : "s", t->workflow ? t->workflow : "");
    return false;
}

/* Times count from the beginning of the run; 0 means that there is none. */
static void take_told(struct tg_fates *f, const struct tg_told *t)
{
    tg_fates_note(f, (enum tg_event_kind)t->kind, (tg_id)t->id, (t->ended ? t->ended : t->time) + 1,
                  t->began ? t->began + 1 : 0, t->message);
}

/* Each has had its part of the time. */
static void take_block(struct tg_fates *f, const struct tg_told *t, tg_id end)
{
    uint64_t each = t->count && t->time > t->began ? (t->time - t->began) / t->count : 0;
    for (uint64_t i = 0; i < t->count && t->id + i < end; i++) {
        uint64_t began = t->began + 1 + i * each;
        tg_fates_note(f, TG_EVENT_DONE, (tg_id)(t->id + i), began + each, began, NULL);
    }
}

static void take_run_end(struct tg_fates *f, const struct tg_told *t)
{
    tg_id *failed = tg_alloc((t->need_count + 1) * sizeof *failed);
    for (size_t i = 0; i < t->need_count; i++) failed[i] = (tg_id)t->needs[i];
    tg_fates_settle(f, failed, t->need_count);
    free(failed);
}

bool tg_eventfates_read(struct tg_fates *f, struct tg_eventread *from, const struct tg_graph *g, struct tg_eventnotes *notes,
                        uint64_t *missing, struct tg_err *err)
{
    struct tg_told t;
    unsigned runs = 0;
    *missing = 0;
    while (tg_eventread_next(from, &t, err)) {
        if (t.kind == TG_TOLD_RUN && (runs++ || !fits_graph(from, &t, g, err))) break;
        if (t.kind < TG_EVENT_KINDS) take_told(f, &t);
        if (notes) tg_eventnotes_take(notes, &t);
        if (t.kind == TG_TOLD_BLOCK) take_block(f, &t, g->count);
        if (t.kind == TG_TOLD_DROPPED) *missing += t.lines;
        if (t.kind == TG_TOLD_END) take_run_end(f, &t);
    }
    if (!runs && !err->code) tg_err_set(err, TG_EXIT_USAGE, "'%s' has no events", from->name);
    if (notes) tg_eventnotes_settle(notes);
    return !err->code;
}
