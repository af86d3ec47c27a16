/* SPDX-License-Identifier: MIT
 * Resolve: the step after reading. Thread class: owner (of the program). */
#ifndef TG_BIND_RESOLVE_H
#define TG_BIND_RESOLVE_H

#include "lang/bind/module.h"

/* Turns every name of the module into a slot, a definition or a message; loads its plugins and what it imports. */
void tg_resolve(struct tg_program *p, struct tg_module *m);

#endif
