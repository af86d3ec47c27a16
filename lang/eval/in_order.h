/* SPDX-License-Identifier: MIT
 * `in_order { .. }`: its statements, and those of its loops and branches, one after the other.
 *
 * While it is evaluated all tasks that are made are noted (e->collects is TG_COLLECTS_ALL, as also in functions that are called in
 * it and in expansion points). Before each of its statements a *step* makes a barrier of those that the statement before has made, and
 * what is made from then on waits for that. So each statement has the edges to one task, however much the one before made.
 *
 * Which statements are meant is marked at their blocks by resolve (`ordered`). An expansion point that begins in it waits for
 * what was before, and tells of all that it has made by a part of what it gives (suspend.h). Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_IN_ORDER_H
#define TG_EVAL_IN_ORDER_H

#include "lang/eval/eval.h"

/* Runs the block. */
enum tg_flow tg_in_order_run(struct tg_eval *e, const struct tg_ast *n);
/* Before a statement of it: what was made so far comes first. False after an error. */
bool tg_in_order_step(struct tg_eval *e, const struct tg_ast *n);
/* The same where the body of a construct is one of its blocks. */
static inline bool tg_in_order_step_of(struct tg_eval *e, const struct tg_ast *n, const struct tg_ast *body)
{
    return __builtin_expect(!body->ordered, 1) || tg_in_order_step(e, n);
}

/* Nothing but the order says when the next task may run. */
static inline bool tg_in_order_alone(const struct tg_eval *e)
{
    return tg_kind(e->order.waits) == TG_LIST && e->order.waits.bits == e->after.bits;
}

/* A `with` in it begins: what e->after says now is waited for by all of the block. Gives what it was before, to be given back. */
tg_value tg_in_order_begin_with(struct tg_eval *e);
/* It ends: the options are those around it again. Takes the base. False after an error. */
bool tg_in_order_end_with(struct tg_eval *e, const struct tg_ast *n, tg_value take_base);
/* It is suspended: gives back the base without a step. */
void tg_in_order_leave_with(struct tg_eval *e, tg_value take_base);

/* What remains of a suspended one has been run: as it was around it, from what its TG_REST_ORDER says. */
void tg_in_order_resume(struct tg_eval *e, const struct tg_rest *r);
/* At the end of an expansion point: notes what comes last of all that it has made in order. */
void tg_in_order_note_last(struct tg_eval *e);

#endif
