/* SPDX-License-Identifier: MIT
 * The schedulers by name. Who runs what, and when: one file each, and one constant, struct tg_sched. */
#ifndef TG_SCHED_SCHED_H
#define TG_SCHED_SCHED_H

#include "engine/run/run.h"

extern const struct tg_sched *const tg_sched_all[]; /* NULL-terminated, the default first */
/* By its name or alias; NULL if unknown. */
const struct tg_sched *tg_sched_find(const char *name);

#endif
