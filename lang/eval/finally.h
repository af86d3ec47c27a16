/* SPDX-License-Identifier: MIT
 * `finally` blocks: each becomes one of graph->finals, a task [outcome, continuation] that calls the block as a function.
 * Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_FINALLY_H
#define TG_EVAL_FINALLY_H

#include "lang/eval/eval.h"

/* Adds those of all files, when all are evaluated: first those of the file that imports, in the order of each. False after
 * an error. */
bool tg_finally_add(struct tg_eval *e);

#endif
