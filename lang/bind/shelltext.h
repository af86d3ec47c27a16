/* SPDX-License-Identifier: MIT
 * The text of an `sh` as its shell gets it, for messages about names in it. Thread class: owner. */
#ifndef TG_BIND_SHELLTEXT_H
#define TG_BIND_SHELLTEXT_H

#include "engine/base/buf.h"
#include "lang/tree/ast.h"

/* Adds the text of a TG_N_SH, with a mark for each value. False: a raw(x) stands in it, which may be anything. */
bool tg_shelltext_add(struct tg_buf *b, const struct tg_ast *sh);
/* Whether the text seems to set the shell's variable of this name. */
bool tg_shelltext_sets(const struct tg_ast *sh, const char *name);

#endif
