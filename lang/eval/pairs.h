/* SPDX-License-Identifier: MIT
 * Records: literals, and those of comprehensions. Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_PAIRS_H
#define TG_EVAL_PAIRS_H

#include "lang/eval/eval.h"

/* The value of a TG_N_RECORD. */
tg_value tg_pairs_record(struct tg_eval *e, const struct tg_ast *n);
/* Evaluates a TG_N_PAIR and adds key and value to a list that has them by turns; false after an error. */
bool tg_pairs_add(struct tg_eval *e, const struct tg_ast *n, tg_value list);
/* The record of such a list, or of the future of one: a future, if not all keys are known. Takes the list. */
tg_value tg_pairs_join(struct tg_eval *e, const struct tg_ast *n, tg_value take_list);

#endif
