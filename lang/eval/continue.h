/* SPDX-License-Identifier: MIT
 * Going on at run time: the functions behind expansion points, and what those of a workflow share: evaluators that are idle,
 * and sites. Private to the evaluator. Thread class: any thread; one lock, held for a few instructions in the common case. */
#ifndef TG_EVAL_CONTINUE_H
#define TG_EVAL_CONTINUE_H

#include <pthread.h>

#include "lang/eval/site.h"

struct tg_continue_pool {
    pthread_mutex_t lock;
    struct tg_site_table sites;    /* locked */
    TG_VEC(struct tg_eval *) idle; /* locked */
    _Atomic(struct tg_eval *) one; /* atomic: another that is idle, taken and given without the lock; NULL: none */
    struct tg_def append;          /* of operate.c; locked until it is made */
};

/* What an evaluator of run time has beside; its owner's. */
struct tg_continuing {
    struct tg_site_table sites; /* those of the pool it has met */
    TG_VEC(struct tg_view) views;
};

/* Variables of a file's top level as an expansion point sees them: all TG_UNSET while none is run. */
struct tg_view {
    struct tg_module *module;
    tg_value *values;
};

/* The function of an expansion point, a task [trigger, continuation]: an evaluator of the worker goes on where that stands. */
int tg_continue_task(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);
/* The same for a task [trigger, stream, continuation]. */
int tg_continue_feed(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);

struct tg_continue_pool *tg_continue_pool_new(void);
void tg_continue_pool_free(struct tg_continue_pool *x);

#endif
