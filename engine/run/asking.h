/* SPDX-License-Identifier: MIT
 * What a task that is ready asks for: its policy, with what depends on its arguments (struct tg_def, `asks`). Thread class: owner
 * (the worker that came upon it). */
#ifndef TG_RUN_ASKING_H
#define TG_RUN_ASKING_H

#include "engine/run/worker.h"

enum tg_asking {
    TG_ASKING_KNOWN,   /* the policy says all */
    TG_ASKING_NOTHING, /* it will not run: an input failed, or does not fit, or nobody needs it any more */
    TG_ASKING_GONE,    /* who gives it up at this moment will see to it: it is not ready any more */
    TG_ASKING_FAILED,  /* with err: it cannot be said */
};

/* For the attempt of that number, counted from 1. */
enum tg_asking tg_asking_policy(struct tg_worker *w, tg_id id, uint32_t attempt, struct tg_policy *policy, struct tg_err *err);

#endif
