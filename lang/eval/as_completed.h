/* SPDX-License-Identifier: MIT
 * Streams in the language: `as_completed`, `next`, `push`, `count`, `first`, and the order of what suspended blocks do
 * with a stream.
 *
 * Values of the language are immutable, but for streams: `next` and `push` change one. A suspended block that has taken over a
 * stream therefore has its turn with it: what stands after the block and uses the stream waits for the block. Inside the block
 * the stream is there at once. The evaluator keeps, for each such stream, what was given it last (e->turns).
 *
 * Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_AS_COMPLETED_H
#define TG_EVAL_AS_COMPLETED_H

#include "engine/grow/stream.h"
#include "lang/eval/eval.h"

/* -- built-in functions: take their arguments */
tg_value tg_call_as_completed(struct tg_eval *e, const struct tg_node *n, tg_value *take_args, size_t count);
tg_value tg_call_next(struct tg_eval *e, const struct tg_node *n, tg_value *take_args, size_t count);
tg_value tg_call_push(struct tg_eval *e, const struct tg_node *n, tg_value *take_args, size_t count);
tg_value tg_call_count(struct tg_eval *e, const struct tg_node *n, tg_value *take_args, size_t count);
tg_value tg_call_first(struct tg_eval *e, const struct tg_node *n, tg_value *take_args, size_t count);

/* -- feeding */
/* Puts the items of a known list into a stream: adds the put tasks. False after an error. */
bool tg_feed_items(struct tg_eval *e, const struct tg_node *n, tg_value stream, tg_value list);

/* -- going through a stream */
enum tg_stream_step {
    TG_STREAM_FAIL, /* an error was given */
    TG_STREAM_END,
    TG_STREAM_ITEM, /* *out is the next one, owned */
    TG_STREAM_WAIT, /* nobody knows before *out, a future, is known */
};
enum tg_stream_step tg_stream_step(struct tg_eval *e, const struct tg_node *n, tg_value stream, tg_value *out);

/* -- turns: for every value that an expansion point takes over (streams are found in functions and lists, too) */
/* Before the expansion point is added: *after, a list or nil, gets what it must wait for. */
void tg_turns_await(struct tg_eval *e, tg_value held, tg_value *after);
/* When it has been added and `future` is its result: it has its turn. */
void tg_turns_give(struct tg_eval *e, tg_value held, tg_value future);
/* The same for one that may call functions: for the streams in variables of files that functions read. */
void tg_turns_await_world(struct tg_eval *e, tg_value *after);
void tg_turns_give_world(struct tg_eval *e, tg_value future);
/* When its evaluation ends: a result that is not there before everything is done that had its turn meanwhile. Begin
 * and end without turns. */
tg_value tg_turns_end(struct tg_eval *e, const struct tg_node *n, tg_value take_result);
void tg_turns_done(struct tg_eval *e);

#endif
