/* SPDX-License-Identifier: MIT
 * "Did you mean". Thread class: owner. */
#ifndef TG_BIND_HINT_H
#define TG_BIND_HINT_H

#include "lang/bind/scope.h"

/* For an unknown name; called: the name is, so what can be called comes first. */
void tg_hint_near(struct tg_resolver *r, struct tg_diag *d, uint32_t sym, bool called);
/* For `M.name` or `plugin.task`. */
void tg_hint_member(struct tg_resolver *r, struct tg_diag *d, const struct tg_ast *field);
/* True if the name is bound further down in the file. */
bool tg_hint_bound_below(struct tg_resolver *r, const struct tg_ast *use, tg_span *where);

#endif
