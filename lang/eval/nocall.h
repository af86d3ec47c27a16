/* SPDX-License-Identifier: MIT
 * Tasks of the workflow that nothing calls, and that a word of the command line names: make's `clean`. Thread class: owner. */
#ifndef TG_EVAL_NOCALL_H
#define TG_EVAL_NOCALL_H

#include "lang/eval/eval.h"

/* The command that a word names: of the main file, or M.NAME of an imported one. NULL: none. */
const struct tg_command_def *tg_nocall_find(const struct tg_program *p, const char *word);
/* The first parameter without a default; NULL: it may be called as NAME(). */
const char *tg_nocall_needs(const struct tg_command_def *c);
/* When the main file has been evaluated: calls what program->named names and nothing has called, as if NAME() were its last
 * statement. What needs arguments is left out. False after an error. */
bool tg_nocall_add(struct tg_eval *e);

#endif
