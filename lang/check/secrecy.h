/* SPDX-License-Identifier: MIT
 * Which texts are secrets, or are put together from some, and where they would be seen. Thread class: owner. */
#ifndef TG_CHECK_SECRECY_H
#define TG_CHECK_SECRECY_H

#include "lang/bind/module.h"

/* The type of an expression of the file, or, with def, of that command: `type`, or that of secrets. types: of the file's
 * variables, by slot. */
const struct tg_type *tg_secrecy_type(const struct tg_type *const *types, const struct tg_command_def *def,
                                      const struct tg_ast *n, const struct tg_type *type);
/* Warns of secrets among the words of a `run`. */
void tg_secrecy_words(struct tg_diags *diags, const struct tg_type *const *types, const struct tg_command_def *def,
                      const struct tg_ast *words);
/* Warns of a secret at n that a list of processes shows. */
void tg_secrecy_warn(struct tg_diags *diags, const struct tg_ast *n);

#endif
