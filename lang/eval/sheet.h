/* SPDX-License-Identifier: MIT
 * The built-in function read_table. It takes its arguments, absent ones TG_UNSET. */
#ifndef TG_EVAL_SHEET_H
#define TG_EVAL_SHEET_H

#include "lang/eval/eval.h"

tg_value tg_sheet_read_table(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);

#endif
