/* SPDX-License-Identifier: MIT
 * Operators. Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_OPERATE_H
#define TG_EVAL_OPERATE_H

#include "lang/eval/eval.h"

tg_value tg_operate_unary(struct tg_eval *e, const struct tg_ast *n);
tg_value tg_operate_binary(struct tg_eval *e, const struct tg_ast *n);
tg_value tg_operate_logic(struct tg_eval *e, const struct tg_ast *n);
tg_value tg_operate_chain(struct tg_eval *e, const struct tg_ast *n);
/* Continues a chain whose comparisons before number i were true, and whose operand i is `take_left`. */
tg_value tg_operate_chain_from(struct tg_eval *e, const struct tg_ast *n, uint32_t i, tg_value take_left);
tg_value tg_operate(struct tg_eval *e, const struct tg_ast *n, enum tg_op op, tg_value take_a, tg_value take_b);

#endif
