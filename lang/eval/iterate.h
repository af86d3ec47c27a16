/* SPDX-License-Identifier: MIT
 * Loops and comprehensions. Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_ITERATE_H
#define TG_EVAL_ITERATE_H

#include "lang/eval/frame.h"

tg_value tg_iterate_comprehension(struct tg_eval *e, const struct tg_ast *n);
/* Continues a comprehension at a clause: a `for` over what is now known, or after an `if` that was true. Takes over. */
tg_value tg_iterate_clause_over(struct tg_eval *e, const struct tg_ast *n, uint32_t clause, tg_value take_over);
tg_value tg_iterate_clause_from(struct tg_eval *e, const struct tg_ast *n, uint32_t clause);
enum tg_flow tg_iterate_for(struct tg_eval *e, const struct tg_ast *n);
enum tg_flow tg_iterate_while(struct tg_eval *e, const struct tg_ast *n);
/* Runs the rounds of a loop, which the caller gives an end if they are suspended (tg_suspend_construct). `for`: those of what
 * is now known, or of the iterator, which is taken. `while`: `first` is what its condition says, or TG_WAIT if it is still to
 * be evaluated. */
enum tg_flow tg_iterate_for_over(struct tg_eval *e, const struct tg_ast *n, tg_value take_over);
enum tg_flow tg_iterate_for_rounds(struct tg_eval *e, const struct tg_ast *n, struct tg_iterator *take_it);
enum tg_flow tg_iterate_while_rounds(struct tg_eval *e, const struct tg_ast *n, enum tg_truth first);
/* Binds several targets to the items of a value; takes the value. */
bool tg_iterate_unpack(struct tg_eval *e, const struct tg_ast *targets, tg_value take);
/* Binds targets to a value, unpacking it if they are several; takes the value. */
static inline bool tg_iterate_bind(struct tg_eval *e, const struct tg_ast *targets, tg_value take)
{
    struct tg_kids names = tg_n_targets_names(targets);
    if (names.count != 1) return tg_iterate_unpack(e, targets, take);
    TG_ASSERT(tg_frame_has(e, names.items[0]->slot));
    tg_slot_set(&e->frame[names.items[0]->slot], take);
    return true;
}

#endif
