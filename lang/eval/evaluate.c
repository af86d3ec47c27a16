/* SPDX-License-Identifier: MIT
 * The door of the evaluator. */
#include "lang/eval/evaluate.h"

#include "lang/eval/asks.h"
#include "lang/eval/cmdtask.h"
#include "lang/eval/continue.h"
#include "lang/eval/finally.h"
#include "lang/eval/fit.h"
#include "lang/eval/nocall.h"
#include "lang/eval/statement.h"

void tg_evaluate_begin(struct tg_program *p)
{
    p->run_command = tg_cmdtask_run;
    p->asks = tg_asks_policy;
    p->run_fit = tg_fit_run;
    p->pool = tg_continue_pool_new();
}

void tg_evaluate_end(struct tg_program *p)
{
    tg_continue_pool_free(p->pool);
    p->pool = NULL;
}

bool tg_evaluate(struct tg_program *p)
{
    struct tg_eval e;
    tg_eval_init(&e, p, &p->session->graph, NULL);
    bool fine = tg_statement_module(&e, p->modules.items[0]) && tg_nocall_add(&e) && tg_finally_add(&e);
    tg_eval_done(&e);
    return fine && p->diags.error_count == 0;
}

void tg_evaluate_parameters(struct tg_program *p)
{
    struct tg_eval e;
    tg_eval_init(&e, p, NULL, NULL);
    for (size_t i = 0; i < p->modules.count; i++) tg_statement_parameters(&e, p->modules.items[i]);
    tg_eval_done(&e);
}

bool tg_evaluate_constant(struct tg_program *p, const struct tg_ast *n, tg_value *out)
{
    struct tg_eval e;
    tg_eval_init(&e, p, NULL, NULL);
    *out = tg_eval_expression(&e, n);
    tg_eval_done(&e);
    return !tg_is_bad(*out);
}
