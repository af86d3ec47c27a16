/* SPDX-License-Identifier: MIT
 * The built-in function `size`. Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_FILESIZE_H
#define TG_EVAL_FILESIZE_H

#include "lang/eval/eval.h"

tg_value tg_filesize_call(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);

#endif
