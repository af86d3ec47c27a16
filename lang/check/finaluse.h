/* SPDX-License-Identifier: MIT
 * The fields of `outcome` that a `finally` block names. Thread class: owner (of the program). */
#ifndef TG_CHECK_FINALUSE_H
#define TG_CHECK_FINALUSE_H

#include "lang/bind/module.h"

/* An error for each that there is not: it would show only when all has ended. */
void tg_finaluse_check(struct tg_program *p, const struct tg_ast *finally);
/* The i-th of these fields; NULL past the end. */
const char *tg_finaluse_field(size_t i);

#endif
