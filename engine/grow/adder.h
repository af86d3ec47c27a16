/* SPDX-License-Identifier: MIT
 * tg_find and tg_call of tgrun.h for the tasks of a run that grows. Thread class: owner (a context's worker). */
#ifndef TG_GROW_ADDER_H
#define TG_GROW_ADDER_H

#include "engine/plugin/host.h"

struct tg_callees;

/* For tg_ctx.grow. */
extern const struct tg_host_grow tg_adder_ops;

/* Frees what a worker's fragment remembers of tasks that were called. */
void tg_adder_done(struct tg_callees *callees);

#endif
