/* SPDX-License-Identifier: MIT
 * Built-in functions that look at what is around the program: files, and variables of the environment. What `after` says
 * holds for them, too: they look when it is done. Each takes its arguments, absent ones TG_UNSET. */
#ifndef TG_EVAL_ENVIRONMENT_H
#define TG_EVAL_ENVIRONMENT_H

#include "lang/eval/eval.h"

tg_value tg_environment_env(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_environment_exists(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_environment_glob(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_environment_here(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_environment_read_json(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);

#endif
