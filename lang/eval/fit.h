/* SPDX-License-Identifier: MIT
 * Types of functions' parameters. Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_FIT_H
#define TG_EVAL_FIT_H

#include "lang/eval/eval.h"

/* Whether an argument fits as far as it is known. */
bool tg_fit_may(const struct tg_eval *e, const struct tg_fit *fit, tg_value v);
/* Converts an argument that may fit; what is not known of it is left to tasks. False after an error. */
bool tg_fit_argument(struct tg_eval *e, const struct tg_ast *n, const struct tg_fit *fit, tg_value *v);
/* Such a task. Thread class: any. */
int tg_fit_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);

#endif
