/* SPDX-License-Identifier: MIT
 * Last uses: reading a variable that nothing reads again before it is bound anew. What was read there need not stay in the
 * variable, so that a list that only the variable has grows in place. Thread class: owner (of the program). */
#ifndef TG_CHECK_LAST_H
#define TG_CHECK_LAST_H

#include "lang/bind/module.h"

/* Sets TG_F_LAST on names. After tg_resolve. */
void tg_last_uses(struct tg_program *p, struct tg_module *m);

#endif
