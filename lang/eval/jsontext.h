/* SPDX-License-Identifier: MIT
 * Built-in functions about JSON, in files and in texts. Each takes its arguments, absent ones TG_UNSET. */
#ifndef TG_EVAL_JSONTEXT_H
#define TG_EVAL_JSONTEXT_H

#include "lang/eval/eval.h"

tg_value tg_jsontext_from_json(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_jsontext_read_json(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_jsontext_read_jsonl(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_jsontext_to_json(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);

#endif
