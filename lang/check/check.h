/* SPDX-License-Identifier: MIT
 * The room lang/check: what can be known before anything is evaluated. check.c: numbers, names and types of arguments, many
 * errors at once; region.c: what the parts of a program that may be suspended have to do with what is around them.
 *
 * Thread class: owner (of the program). */
#ifndef TG_CHECK_CHECK_H
#define TG_CHECK_CHECK_H

#include "lang/bind/module.h"

/* Adds diagnostics about types, numbers and names of arguments, and options. After tg_resolve. Sets TG_F_SIMPLE on calls. */
void tg_check(struct tg_program *p, struct tg_module *m);

#endif
