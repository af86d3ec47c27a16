/* SPDX-License-Identifier: MIT
 * What a name refers to, or a member of what it names: stored in its node, or a message. For resolve.c alone.
 * Thread class: owner. */
#ifndef TG_BIND_REFER_H
#define TG_BIND_REFER_H

#include "lang/bind/scope.h"

/* A TG_N_NAME; what: as a message calls it, "name" or "task". */
void tg_refer_name(struct tg_resolver *r, struct tg_ast *n, const char *what);
/* A TG_N_FIELD of a name: `M.name`, `plugin.task`, or a field of a variable's value. */
void tg_refer_member(struct tg_resolver *r, struct tg_ast *n);

#endif
