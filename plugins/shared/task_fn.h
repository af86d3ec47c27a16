/* SPDX-License-Identifier: MIT
 * TASK(name): the head of a task function, which relies on what its signature says and need not use all it is given. */
#ifndef TASK_FN_H
#define TASK_FN_H

#include <tgrun.h>

#define TASK(name)                                                                              \
    int name(__attribute__((unused)) tg_ctx *ctx, __attribute__((unused)) const tg_value *args, \
             __attribute__((unused)) size_t count, tg_value *out)

/* nil that stands for a failure that is allowed: no argument that was left out (engine/run/allowed.h). */
static inline bool task_fn_lacks(tg_value v)
{
    return tg_kind(v) == TG_NIL && v.bits;
}

#endif
