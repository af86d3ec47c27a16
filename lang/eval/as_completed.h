/* SPDX-License-Identifier: MIT
 * Streams in the language: `as_completed`, `next`, `push`, `count`, `first`.
 *
 * Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_AS_COMPLETED_H
#define TG_EVAL_AS_COMPLETED_H

#include "engine/grow/stream.h"
#include "lang/eval/eval.h"

/* -- built-in functions: take their arguments */
tg_value tg_as_completed_call(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_as_completed_next(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_as_completed_push(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_as_completed_count(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_as_completed_first(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);

/* -- feeding */
/* Puts the items of a known list into a stream: adds the put tasks. False after an error. */
bool tg_as_completed_feed(struct tg_eval *e, const struct tg_ast *n, tg_value stream, tg_value list);

/* -- going through a stream */
enum tg_as_completed_step {
    TG_STREAM_FAIL, /* an error was given */
    TG_STREAM_END,
    TG_STREAM_ITEM, /* *out is the next one, owned */
    TG_STREAM_WAIT, /* nobody knows before *out, a future, is known */
};
enum tg_as_completed_step tg_as_completed_step(struct tg_eval *e, const struct tg_ast *n, tg_value stream, tg_value *out);

#endif
