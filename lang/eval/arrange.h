/* SPDX-License-Identifier: MIT
 * Built-in functions that arrange the items of a list by what a function says of each. They take their arguments, absent ones
 * TG_UNSET. */
#ifndef TG_EVAL_ARRANGE_H
#define TG_EVAL_ARRANGE_H

#include "lang/eval/eval.h"

tg_value tg_arrange_group_by(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_arrange_sorted(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);

#endif
