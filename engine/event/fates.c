/* SPDX-License-Identifier: MIT
 * An entry by task, 16 bytes, made when something is told of it. */
#include "engine/event/fates.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"

/* ---- noting -------------------------------------------------------------------------------------- */

static struct tg_fate_of *fate_entry(struct tg_fates *f, tg_id id)
{
    while (f->of.count <= id) tg_vec_push(&f->of, (struct tg_fate_of){0});
    return &f->of.items[id];
}

/* As many bits as there are for it: 36 years. */
#define BUSY_MASK ((UINT64_C(1) << 60) - 1)

/* A stretch has ended. */
static void finish_stretch(struct tg_fate_of *of, uint64_t time_ns, uint64_t began_ns)
{
    if (!began_ns) began_ns = of->began_ns;
    if (began_ns && began_ns < time_ns) of->busy_ns = (of->busy_ns + time_ns - began_ns) & BUSY_MASK;
    of->began_ns = 0;
}

static void keep_message(struct tg_fates *f, tg_id id, const char *message)
{
    if (message) tg_vec_push(&f->said, ((struct tg_fate_said){id, tg_alloc_text(message)}));
    f->sorted = false;
}

void tg_fates_note(struct tg_fates *f, enum tg_event_kind kind, tg_id id, uint64_t time_ns, uint64_t began_ns,
                   const char *message)
{
    static const enum tg_fate fates[TG_EVENT_KINDS] = {
        [TG_EVENT_STARTED] = TG_FATE_RUNNING, [TG_EVENT_SUSPENDED] = TG_FATE_RUNNING, [TG_EVENT_RETRIED] = TG_FATE_RUNNING,
        [TG_EVENT_DONE] = TG_FATE_DONE,       [TG_EVENT_FAILED] = TG_FATE_FAILED,     [TG_EVENT_SKIPPED] = TG_FATE_SKIPPED,
    };
    if (kind >= TG_EVENT_KINDS || fates[kind] == TG_FATE_NEVER) return;
    struct tg_fate_of *of = fate_entry(f, id);
    if (kind == TG_EVENT_STARTED) of->began_ns = time_ns;
    else finish_stretch(of, time_ns, began_ns);
    of->fate = fates[kind];
    if (kind == TG_EVENT_FAILED) keep_message(f, id, message);
    if (time_ns > f->last_ns) f->last_ns = time_ns;
}

static bool take_fate(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err)
{
    const struct tg_event_text *text = event->kind == TG_EVENT_FAILED ? (const struct tg_event_text *)event->body : NULL;
    (void)err;
    tg_fates_note((struct tg_fates *)sink, event->kind, (tg_id)event->task, event->ended_ns ? event->ended_ns : event->time_ns,
                  event->began_ns, text ? text->text : NULL);
    return true;
}

void tg_fates_init(struct tg_fates *f)
{
    *f = (struct tg_fates){.sink = {.name = "what becomes of the tasks",
                                    .kind = TG_SINK_LOSSLESS,
                                    .wants = TG_EVENT_BIT(TG_EVENT_STARTED) | TG_EVENT_BIT(TG_EVENT_SUSPENDED) |
                                             TG_EVENT_BIT(TG_EVENT_RETRIED) | TG_EVENT_BIT(TG_EVENT_DONE) |
                                             TG_EVENT_BIT(TG_EVENT_FAILED) | TG_EVENT_BIT(TG_EVENT_SKIPPED),
                                    .take = take_fate}};
}

void tg_fates_done(struct tg_fates *f)
{
    for (size_t i = 0; i < f->said.count; i++) free(f->said.items[i].message);
    tg_vec_done(&f->said);
    tg_vec_done(&f->of);
}

/* ---- telling ------------------------------------------------------------------------------------- */

void tg_fates_settle(struct tg_fates *f, const tg_id *failed, size_t count)
{
    for (size_t i = 0; i < f->of.count; i++) {
        struct tg_fate_of *of = &f->of.items[i];
        if (of->fate == TG_FATE_FAILED) of->fate = TG_FATE_CAUGHT;
        if (of->fate == TG_FATE_RUNNING) of->fate = TG_FATE_SKIPPED; /* it was to go on, and never did */
    }
    for (size_t i = 0; i < count; i++)
        if (failed[i] < f->of.count && f->of.items[failed[i]].fate == TG_FATE_CAUGHT)
            f->of.items[failed[i]].fate = TG_FATE_FAILED;
}

struct tg_fate_of tg_fates_of(const struct tg_fates *f, tg_id id)
{
    if (id != TG_NO_TASK && id & TG_FATE_ROUND) return (struct tg_fate_of){.fate = TG_FATE_DONE};
    if (id >= f->of.count) return (struct tg_fate_of){0};
    struct tg_fate_of of = f->of.items[id];
    if (of.fate == TG_FATE_RUNNING) finish_stretch(&of, f->last_ns, 0);
    return of;
}

static int compare_said(const void *va, const void *vb)
{
    tg_id a = ((const struct tg_fate_said *)va)->task, b = ((const struct tg_fate_said *)vb)->task;
    return (a > b) - (a < b);
}

const char *tg_fates_message(struct tg_fates *f, tg_id id)
{
    if (f->said.count == 0) return NULL;
    if (!f->sorted) qsort(f->said.items, f->said.count, sizeof *f->said.items, compare_said);
    f->sorted = true;
    struct tg_fate_said key = {.task = id};
    const struct tg_fate_said *found = bsearch(&key, f->said.items, f->said.count, sizeof key, compare_said);
    return found ? found->message : NULL;
}
