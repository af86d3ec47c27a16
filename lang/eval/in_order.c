/* SPDX-License-Identifier: MIT
 * Statements in order: barriers between them. */
#include "lang/eval/in_order.h"

#include "lang/eval/core_task.h"
#include "lang/eval/site.h"
#include "lang/eval/statement.h"
#include "lang/eval/suspend.h"

/* What is waited for: the statement before, or for the first one what all of the block waits for. Never nil, so that every task
 * is noted (call.c). */
static void wait_for_barrier(struct tg_eval *e)
{
    bool first = tg_kind(e->order.barrier) == TG_NIL;
    tg_value list = first && tg_kind(e->order.base) == TG_LIST ? tg_value_ref(e->order.base) : tg_list_make(1);
    if (!first) tg_list_add(list, e->order.barrier);
    e->order.waits = first ? tg_nil() : list;
    tg_slot_set(&e->after, list);
}

/* A future that is known when all of them are. */
static tg_value join(struct tg_eval *e, const struct tg_ast *n, const tg_value *made, size_t count)
{
    if (count == 1) return made[0];
    return tg_site_add_aside(e, n, tg_core_task_def(e, "after"), made, count);
}

bool tg_in_order_step(struct tg_eval *e, const struct tg_ast *n)
{
    size_t count = e->effects.count - e->order.first;
    TG_ASSERT(e->collects == TG_COLLECTS_ALL && e->effects.count >= e->order.first);
    if (count == 0) return true;
    tg_value barrier = join(e, n, e->effects.items + e->order.first, count);
    if (tg_is_bad(barrier)) return false;
    e->effects.count = e->order.first;
    e->order.barrier = barrier;
    wait_for_barrier(e);
    return true;
}

void tg_in_order_note_last(struct tg_eval *e)
{
    if (e->effects.count == e->order.first && tg_kind(e->order.barrier) == TG_FUTURE)
        tg_vec_push(&e->effects, e->order.barrier);
}

/* ---- with ---------------------------------------------------------------------------------------- */

tg_value tg_in_order_begin_with(struct tg_eval *e)
{
    tg_value base = e->order.base;
    e->order.base = tg_value_ref(e->after);
    return base;
}

void tg_in_order_leave_with(struct tg_eval *e, tg_value take_base)
{
    tg_slot_set(&e->order.base, take_base);
}

bool tg_in_order_end_with(struct tg_eval *e, const struct tg_ast *n, tg_value take_base)
{
    tg_slot_set(&e->order.base, take_base);
    if (!tg_in_order_step(e, n)) return false;
    if (tg_kind(e->order.barrier) == TG_FUTURE) wait_for_barrier(e);
    return true;
}

/* ---- the block ----------------------------------------------------------------------------------- */

/* What is around the block. */
struct surroundings {
    tg_value after;
    struct tg_in_order order;
    enum tg_collects collects;
};

static void enter_order(struct tg_eval *e, struct surroundings *s)
{
    *s = (struct surroundings){e->after, e->order, e->collects};
    e->after = tg_nil();
    e->order = (struct tg_in_order){.base = tg_value_ref(s->after), .barrier = tg_nil(), .first = e->effects.count};
    e->collects = TG_COLLECTS_ALL;
    wait_for_barrier(e);
}

/* What it has made is noted if somebody around it wants to know: what comes last waits for the rest. */
static void leave_order(struct tg_eval *e, const struct surroundings *take)
{
    if (take->collects != TG_COLLECTS_NOTHING) tg_in_order_note_last(e);
    else e->effects.count = e->order.first;
    tg_slot_set(&e->after, take->after);
    tg_value_unref(e->order.base);
    e->order = take->order;
    e->collects = take->collects;
}

void tg_in_order_resume(struct tg_eval *e, const struct tg_rest *r)
{
    struct surroundings s = {tg_value_ref(r->after), {.base = tg_value_ref(r->base), .barrier = tg_nil()}, r->collects};
    leave_order(e, &s);
}

enum tg_flow tg_in_order_run(struct tg_eval *e, const struct tg_ast *n)
{
    struct surroundings s;
    enter_order(e, &s);
    enum tg_flow flow = tg_statement_run(e, tg_n_in_order_body(n));
    if (flow == TG_FLOW_SUSPEND)
        tg_suspend_rest(e, (struct tg_rest){.what = TG_REST_ORDER,
                                            .node = n,
                                            .after = tg_value_ref(s.after),
                                            .base = tg_value_ref(s.order.base),
                                            .collects = s.collects});
    leave_order(e, &s);
    return flow;
}
