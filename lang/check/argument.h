/* SPDX-License-Identifier: MIT
 * Arguments of calls, one by one: does one fit, where does it go, is one missing. Thread class: owner (of the program). */
#ifndef TG_CHECK_ARGUMENT_H
#define TG_CHECK_ARGUMENT_H

#include "lang/bind/callee.h"

/* An error if an argument of this type (NULL: not known) can never be what parameter `at` accepts. */
void tg_argument_check(struct tg_program *p, const struct tg_callee *callee, uint32_t at, const struct tg_ast *arg,
                       const struct tg_type *type);
/* The parameter that a keyword argument is for; callee->count after an error: there is none. */
uint32_t tg_argument_find(struct tg_program *p, const struct tg_callee *callee, const struct tg_ast *keyword);
/* Errors about the call n: nothing is given for parameter i, too much is given. */
void tg_argument_missing(struct tg_program *p, const struct tg_ast *n, const struct tg_callee *callee, uint32_t i);
void tg_argument_too_many(struct tg_program *p, const struct tg_ast *n, const struct tg_callee *callee);

#endif
