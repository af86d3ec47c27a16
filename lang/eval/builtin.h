/* SPDX-License-Identifier: MIT
 * What built-in functions do. The functions of the table in lang/bind/builtins.h, by the same numbers. */
#ifndef TG_EVAL_BUILTIN_H
#define TG_EVAL_BUILTIN_H

#include "lang/eval/eval.h"

/* Runs one on values; takes the arguments, absent ones TG_UNSET. */
tg_value tg_builtin_call(struct tg_eval *e, const struct tg_ast *n, const struct tg_builtin *b, tg_value *take_args,
                         size_t count);
/* The same for one that evaluates the arguments of the call node itself. */
tg_value tg_builtin_special(struct tg_eval *e, const struct tg_ast *n, const struct tg_builtin *b);
/* True if argument `at` is a future: then *out is the future of the same call, made when it is known, or an error if it will
 * never be of this type. Takes the arguments then. */
bool tg_builtin_suspends(struct tg_eval *e, const struct tg_ast *n, enum tg_builtin_id id, tg_value *args, size_t count,
                         size_t at, const struct tg_type *type, tg_value *out);

/* True if xs, a known argument of the function of this name, is a list; else an error. */
bool tg_builtin_is_list(struct tg_eval *e, const struct tg_ast *n, const char *name, tg_value xs);
/* f of each item of a list, in a list; TG_BAD after an error. */
tg_value tg_builtin_each(struct tg_eval *e, const struct tg_ast *n, tg_value f, tg_value list);

#endif
