/* SPDX-License-Identifier: MIT
 * Continuations as values, which are functions (suspend.c makes them). Thread class: owner. */
#ifndef TG_EVAL_CONTINUATION_H
#define TG_EVAL_CONTINUATION_H

#include "lang/eval/eval.h"
#include "lang/eval/function.h"

/* As tg_function_init takes them. */
void tg_continuation_destroy(struct tg_function *f);
void tg_continuation_show(const struct tg_function *f, void (*visit)(void *data, tg_value v), void *data);
/* Gives back what a rest holds. */
void tg_continuation_drop_rest(struct tg_rest *r);

#endif
