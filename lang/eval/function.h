/* SPDX-License-Identifier: MIT
 * Function values: what a name of a function, task or built-in function gives as an expression. Thread class: immutable
 * once made. */
#ifndef TG_EVAL_FUNCTION_H
#define TG_EVAL_FUNCTION_H

#include "lang/eval/eval.h"

/* Makes `f` the head of a function value that is counted once and shows what it holds. */
void tg_function_init(struct tg_function *f, void (*destroy)(struct tg_function *f),
                      void (*held)(const struct tg_function *f, void (*visit)(void *data, tg_value v), void *data));
static inline tg_value tg_function_as_value(struct tg_function *f)
{
    return tg_make_(TG_FUNCTION, (uint64_t)(uintptr_t)f);
}
/* The function value; NULL if it is of another kind: a continuation, say. */
const struct tg_fn_value *tg_function_find(tg_value v);
/* The value of a name that is a function, task or built-in function, or of a function that stands here. */
tg_value tg_function_value(struct tg_eval *e, const struct tg_ast *n);

#endif
