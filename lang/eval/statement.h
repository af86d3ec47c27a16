/* SPDX-License-Identifier: MIT
 * Statements and blocks. Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_STATEMENT_H
#define TG_EVAL_STATEMENT_H

#include "lang/eval/eval.h"

enum tg_flow tg_statement_run(struct tg_eval *e, const struct tg_ast *n);
/* A block as an expression: the value of its last statement if that is an expression, else nil. */
tg_value tg_statement_block(struct tg_eval *e, const struct tg_ast *n);
tg_value tg_statement_if(struct tg_eval *e, const struct tg_ast *n);
/* The body of a function: the value of `return` or of its last expression. */
tg_value tg_statement_body(struct tg_eval *e, const struct tg_fn *fn);
/* What `return` gave. */
static inline tg_value tg_statement_take_result(struct tg_eval *e)
{
    tg_value v = e->result;
    e->result = tg_nil();
    return v;
}
/* The block of an `if` whose condition is known, and statements of a block from one on; value NULL: none is asked for. */
enum tg_flow tg_statement_branch(struct tg_eval *e, const struct tg_ast *n, enum tg_truth truth, tg_value *value);
enum tg_flow tg_statement_block_from(struct tg_eval *e, const struct tg_ast *n, uint32_t from, tg_value *value);
/* Runs the top level of a module once. */
bool tg_statement_module(struct tg_eval *e, struct tg_module *m);
/* Of a module that cannot be run, as a parameter is missing: its other parameters, as far as literals decide them. */
void tg_statement_parameters(struct tg_eval *e, struct tg_module *m);

#endif
