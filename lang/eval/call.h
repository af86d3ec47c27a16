/* SPDX-License-Identifier: MIT
 * Calls: of tasks, of functions of the workflow, of built-in functions, and of what only evaluation knows. Thread class:
 * owner (of the evaluator). */
#ifndef TG_EVAL_CALL_H
#define TG_EVAL_CALL_H

#include "lang/eval/eval.h"

tg_value tg_call_evaluate(struct tg_eval *e, const struct tg_ast *n);
/* A call with options of its own, which do not reach the calls among its arguments. */
tg_value tg_call_evaluate_with(struct tg_eval *e, const struct tg_ast *n, const struct tg_ast *options);
/* Calls a function value with values; takes the arguments. */
tg_value tg_call_apply(struct tg_eval *e, const struct tg_ast *n, tg_value f, tg_value *take_args, size_t count);
/* A new task; takes the arguments (which must fit def's signature in number). */
tg_value tg_call_task(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, tg_value *take_args, size_t count);
/* The same for one that may fail though the expression does not: who waits for all that is made does not wait for it. */
tg_value tg_call_unnoted(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, tg_value *take_args,
                         size_t count);
/* A call of a function value whose arguments have been evaluated: values[i] is that of argument i of n. Takes them. */
tg_value tg_call_values(struct tg_eval *e, const struct tg_ast *n, tg_value f, tg_value *take_values, size_t count);

#endif
