/* SPDX-License-Identifier: MIT
 * What can be known of calls and types before anything is evaluated. Thread class: owner (of the program). */
#ifndef TG_CHECK_CHECK_H
#define TG_CHECK_CHECK_H

#include "lang/bind/module.h"

/* Adds diagnostics about types, numbers and names of arguments, and options. After tg_resolve. Sets TG_F_SIMPLE on calls. */
void tg_check(struct tg_program *p, struct tg_module *m);

#endif
