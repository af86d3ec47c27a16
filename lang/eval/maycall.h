/* SPDX-License-Identifier: MIT
 * Which tasks an expansion point may call, as far as the tree behind its continuation tells: the calls that stand in what it
 * continues with, in the functions that are called there, and in function values that it holds. Thread class: owner; nothing
 * is running. */
#ifndef TG_EVAL_MAYCALL_H
#define TG_EVAL_MAYCALL_H

#include "engine/graph/graph.h"

struct tg_maycall {
    const char *name; /* the task's */
    tg_span span;     /* where it is named */
};
typedef TG_VEC(struct tg_maycall) tg_maycalls;

/* Replaces the list by those of the task, each place once, in the order of the sources; none if it is no expansion point of the
 * language. Helpers (tg_def_is_helper) are left out. */
void tg_maycall_find(const struct tg_graph *g, tg_id id, tg_maycalls *out);

#endif
