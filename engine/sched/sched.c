/* SPDX-License-Identifier: MIT
 * The schedulers by name: the one place that knows them all. */
#include "engine/sched/sched.h"

#include <string.h>

extern const struct tg_sched tg_threads_sched, tg_processes_sched, tg_distributed_sched, tg_inline_sched;

const struct tg_sched *const tg_sched_all[] = {&tg_threads_sched, &tg_processes_sched, &tg_distributed_sched, &tg_inline_sched,
                                               NULL};

const struct tg_sched *tg_sched_find(const char *name)
{
    for (size_t i = 0; tg_sched_all[i]; i++) {
        const struct tg_sched *s = tg_sched_all[i];
        if (strcmp(s->name, name) == 0 || (s->alias && strcmp(s->alias, name) == 0)) return s;
    }
    return NULL;
}
