/* SPDX-License-Identifier: MIT
 * Turns: the order of what suspended blocks do with a stream.
 *
 * Values of the language are immutable, but for streams: `next` and `push` change one. A suspended block that has taken over a
 * stream therefore has its turn with it: what stands after the block and uses the stream waits for the block. Inside the block
 * the stream is there at once. The evaluator keeps, for each such stream, what was given it last (e->turns).
 *
 * To be told of every value that an expansion point takes over; streams are found in functions and lists, too. Thread class:
 * owner (of the evaluator). */
#ifndef TG_EVAL_TURN_H
#define TG_EVAL_TURN_H

#include "lang/eval/eval.h"

/* Before the expansion point is added: *after, a list or nil, gets what it must wait for. */
void tg_turn_await(struct tg_eval *e, tg_value held, tg_value *after);
/* When it has been added and `future` is its result: it has its turn. */
void tg_turn_give(struct tg_eval *e, tg_value held, tg_value future);
/* The same for one that may call functions: for the streams in variables of files that functions read. */
void tg_turn_await_world(struct tg_eval *e, tg_value *after);
void tg_turn_give_world(struct tg_eval *e, tg_value future);
/* When its evaluation ends: a result that is not there before everything is done that had its turn meanwhile. Begin
 * and end without turns. */
tg_value tg_turn_end(struct tg_eval *e, const struct tg_ast *n, tg_value take_result);
void tg_turn_done(struct tg_eval *e);

/* -- one stream, or a future that will be one */
/* What the next user of it must wait for: a future, a list of them, or nil; borrowed. Who puts something in also waits
 * for counts. */
tg_value tg_turn_before(const struct tg_eval *e, tg_value key, bool puts);
/* It is busy from now on until the future, which is taken, is known. */
void tg_turn_set_busy(struct tg_eval *e, tg_value key, tg_value future);
/* A count that is not known yet has begun. */
void tg_turn_set_counted(struct tg_eval *e, tg_value key, tg_value future);

#endif
