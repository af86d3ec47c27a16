/* SPDX-License-Identifier: MIT
 * What is said of slips that need no type to be seen. Thread class: owner. */
#ifndef TG_CHECK_ADVICE_H
#define TG_CHECK_ADVICE_H

#include "lang/bind/callee.h"
#include "lang/bind/program.h"

/* Of a keyword that the function does not have: which it has. False: nothing is known. */
bool tg_advice_parameters(struct tg_program *p, struct tg_diag *d, const struct tg_callee *callee, const char *wanted);
/* A warning of texts under the option `after`: they name no task, though in YAML they look as if they did. */
void tg_advice_waits(struct tg_program *p, const struct tg_module *m, const struct tg_ast *value);
/* A warning of a statement that is a call of a task without effects: nobody can use its result, so it never runs. */
void tg_advice_unused(struct tg_program *p, const struct tg_ast *value);

#endif
