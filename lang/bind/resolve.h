/* SPDX-License-Identifier: MIT
 * The room lang/bind: what each name means. This is its door; scope.c knows names and frames, declare.c what stands anywhere
 * in a file, refer.c what a name refers to, hint.c the nearest names, resolve.c walks. What it leaves for later rooms is in
 * program.h and module.h, what can be called in callee.h, builtins.h and options.h.
 *
 * Thread class: owner (of the program). */
#ifndef TG_BIND_RESOLVE_H
#define TG_BIND_RESOLVE_H

#include "lang/bind/module.h"

/* Turns every name of the module into a slot, a definition or a message; loads its plugins and what it imports. */
void tg_resolve(struct tg_program *p, struct tg_module *m);

#endif
