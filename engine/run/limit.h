/* SPDX-License-Identifier: MIT
 * The limit of time of a task of a plugin, for who waits while it runs elsewhere, and whether somebody still needs its result.
 * Thread class: owner. */
#ifndef TG_RUN_LIMIT_H
#define TG_RUN_LIMIT_H

#include "engine/run/run.h"

/* How often it is looked whether somebody still needs the result: nothing tells of it. */
#define TG_LIMIT_SLICE_NS UINT64_C(50000000)

struct tg_limit {
    uint64_t limit_ns, end_ns; /* 0: none */
    uint64_t paused_ns;        /* of the run, when end_ns was set */
};

/* Of the running task of a worker's context, from now on. */
struct tg_limit tg_limit_begin(const struct tg_ctx *ctx, const struct tg_graph *g, const struct tg_site *site);
/* It has passed. A pause of the run puts it off. */
bool tg_limit_is_past(struct tg_limit *l, const struct tg_ctx *ctx, uint64_t now_ns);
/* Nobody needs the result of the running task any more. */
bool tg_limit_is_unneeded(const struct tg_ctx *ctx);
/* Sets the error of a task that took longer. */
void tg_limit_fail(const struct tg_limit *l, struct tg_err *err);

#endif
