/* SPDX-License-Identifier: MIT
 * Streams: futures in the order in which they finish. A stream is a value of kind object that lives at graph time and in
 * what expansion points hold. Behind it stand three kinds of tasks:
 *
 *     put(x, stream)          hands the result of x (or its failure) to the stream; one per future that is in it
 *     next(stream, k)         the k-th to arrive, k counted from 0; waits without a thread
 *     count(stream, taken)    how many were put in altogether, less `taken`; waits until that is known
 *
 * The k-th to arrive goes to next(k), whichever of the next tasks began first. A stream may be made of a list whose length is
 * not known yet: then it is open, and a feeding task closes it when it has added the put tasks.
 * A stream made with `first` gives the first that succeeds to next(0) (or the failure of the last, if all fail), and
 * then cancels the others: what nobody else needs of them does not run any more.
 *
 * Thread class: any thread; a lock in the stream. */
#ifndef TG_GROW_STREAM_H
#define TG_GROW_STREAM_H

#include "engine/graph/graph.h"
#include "engine/plugin/host.h"
#include "engine/value/object.h"

extern const struct tg_object_type tg_stream_type;

/* A new stream. */
tg_value tg_stream_new(bool first);
static inline bool tg_is_stream(tg_value v)
{
    return tg_kind(v) == TG_OBJECT && tg_object_of(v)->type == &tg_stream_type;
}
/* Call it before adding put(x, stream): counts it. */
void tg_stream_will_put(tg_value stream);
/* Before adding next(stream, k): k. */
uint64_t tg_stream_will_take(tg_value stream);
/* One more, or one less, feeding task that has not added its put tasks yet. The last one that closes the stream wakes who waits
 * for the count, and fails the next tasks that ask for more than there is; ctx: of the feeding task. */
void tg_stream_open(tg_value stream);
void tg_stream_close(tg_ctx *ctx, tg_value stream);
/* What was to feed the stream has failed: whoever waits for it, or will, fails with that. `failure` is a TG_FAILED value. */
void tg_stream_fail(tg_ctx *ctx, tg_value stream, tg_value failure);
/* The same with the error of the task itself, which it has no more then. */
void tg_stream_fail_with(tg_ctx *ctx, tg_value stream, const tg_value *args, size_t count);
/* How many are left to take: what was put in less what was taken. False while the stream is open. */
bool tg_stream_left(tg_value stream, int64_t *left, uint64_t *taken);

/* The definitions of the tasks; their sites are made like others. */
extern const struct tg_def tg_stream_put_def, tg_stream_next_def, tg_stream_count_def;

#endif
