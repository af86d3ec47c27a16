/* SPDX-License-Identifier: MIT
 * Tasks that add tasks, in an executor: what they ask for is checked as tgrun checks it, against a graph of their own, and noted;
 * tgrun adds it to the real one. */
#ifndef TG_REMOTE_GROWING_H
#define TG_REMOTE_GROWING_H

#include "engine/plugin/host.h"
#include "engine/plugin/loaded.h"

/* Of an executor. Zeroed: there was no such task so far. Thread class: owner. */
struct tg_growing {
    struct tg_growing_run *run;
};
void tg_growing_done(struct tg_growing *g);

/* Calls the function of a task that `grows`. *out is what goes home: a list of the calls that it has made, each a list of
 * "plugin.task", the number of its future, and a list of the arguments, and then its result; owned; both may hold futures by
 * those numbers. Returns what the function returned; errors are in ctx. */
int tg_growing_call(struct tg_growing *g, tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);

/* At home: makes the calls of that list (lent) as the running task, whose context it is, and gives its result with the futures
 * that these gave. TG_OK and *out, or TG_FAIL and the error in ctx. */
int tg_growing_replay(tg_ctx *ctx, tg_value sent, tg_value *out);

#endif
