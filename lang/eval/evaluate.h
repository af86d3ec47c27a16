/* SPDX-License-Identifier: MIT
 * The door of the evaluator: all that others call. Its files call each other in circles, as those of a tree walker do; from
 * outside one comes in here, or as a task of the graph (cmdtask.c, continue.c). */
#ifndef TG_EVAL_EVALUATE_H
#define TG_EVAL_EVALUATE_H

#include "lang/bind/program.h"

/* Before binding: gives the program what evaluation needs, and the function of commands. */
void tg_evaluate_begin(struct tg_program *p);
/* After the run. */
void tg_evaluate_end(struct tg_program *p);
/* Evaluates the main file into the session's graph. False if there were errors, now or before. */
bool tg_evaluate(struct tg_program *p);
/* The value of an expression that tg_resolve_constant has accepted. False after a diagnostic. */
bool tg_evaluate_constant(struct tg_program *p, const struct tg_node *n, tg_value *out);

#endif
