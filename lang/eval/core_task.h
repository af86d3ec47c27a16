/* SPDX-License-Identifier: MIT
 * Tasks of the built-in plugin, which operators and most built-in functions are. Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_CORE_TASK_H
#define TG_EVAL_CORE_TASK_H

#include "lang/eval/eval.h"

/* Runs the task on known values at once, or adds it where a future is among them; `structural` ones may hold futures inside
 * lists. Takes the arguments. */
tg_value tg_core_task_run(struct tg_eval *e, const struct tg_ast *n, const char *task, bool structural, tg_value *take_args,
                          size_t count);
/* The same of a definition that is not in the plugin's table, with all its arguments. */
tg_value tg_core_task_apply(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, bool structural,
                            tg_value *take_args, size_t count);
/* Its definition. `task` is always the same literal: found again by its address. */
const struct tg_def *tg_core_task_def(struct tg_eval *e, const char *task);

#endif
