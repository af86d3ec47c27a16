/* SPDX-License-Identifier: MIT
 * tg_find and tg_call of tgrun.h for the tasks of a run that grows. Thread class: owner (a context's worker). */
#ifndef TG_GROW_ADDER_H
#define TG_GROW_ADDER_H

#include "engine/plugin/host.h"

/* For tg_ctx.grow. */
extern const struct tg_grow_ops tg_adder_ops;

/* Frees what a worker's context remembers of tasks that were called. */
void tg_adder_done(struct tg_ctx *ctx);

#endif
