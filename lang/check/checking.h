/* SPDX-License-Identifier: MIT
 * The state of checking one module (check.c), for what that hands parts of it to. Thread class: owner. */
#ifndef TG_CHECK_CHECKING_H
#define TG_CHECK_CHECKING_H

#include "lang/bind/module.h"
#include "lang/check/failable.h"

struct tg_checking {
    struct tg_program *program;
    struct tg_module *module;
    const struct tg_type **types; /* by slot of the file's variables: what is known so far */
    bool in_function, in_command;
    const struct tg_ast *option; /* of the command, whose value is being checked; or NULL */
    enum tg_failable around, at; /* what blocks around say of failures, and options at the call that is checked next */
    bool gives;                  /* what a statement evaluates to may be used: in an expression, or by waiting in order */
};

extern const struct tg_type tg_checking_function_type;
/* Checks an expression; its type, NULL where that is not known. */
const struct tg_type *tg_checking_expression(struct tg_checking *c, struct tg_ast *n);

#endif
