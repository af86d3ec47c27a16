/* SPDX-License-Identifier: MIT
 * Tasks that are evaluated at once (`now` in their signature): where the arguments of a call are known and there is nothing to
 * wait for, the task's function runs where the call is evaluated, in its thread, and gives a known value.
 * Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_NOW_H
#define TG_EVAL_NOW_H

#include "lang/eval/eval.h"

/* True if a call of the task with these arguments is evaluated at once; else it is a task. */
bool tg_now_may(const struct tg_eval *e, const struct tg_def *def, const tg_value *args, size_t count);
/* Runs it at node n with arguments that fit (lent): what it gives, or TG_BAD after an error in the words of a failed task. */
tg_value tg_now_run(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, const tg_value *args, size_t count);
/* A hint about a value that is a future only because the code of a plugin may not run here; heap; NULL: it is not. */
char *tg_now_hint(const struct tg_eval *e, tg_value future);

#endif
