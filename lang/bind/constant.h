/* SPDX-License-Identifier: MIT
 * Values that are known when a file is read. Thread class: owner (of the program). */
#ifndef TG_BIND_CONSTANT_H
#define TG_BIND_CONSTANT_H

#include "lang/bind/module.h"

/* Makes the value of a TG_N_STR. */
void tg_constant_add_text(struct tg_program *p, struct tg_ast *n);
/* As tg_resolve, for an expression of its own without names: literals, lists and records of them, arithmetic. False after a
 * message if it is something else. */
bool tg_constant_resolve(struct tg_program *p, struct tg_ast *n);

#endif
