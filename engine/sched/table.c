/* SPDX-License-Identifier: MIT
 * The schedulers by name: the one place that knows them all. */
#include <string.h>

#include "engine/run/run.h"

extern const struct tg_sched tg_sched_threads, tg_sched_inline;

const struct tg_sched *const tg_scheds[] = {&tg_sched_threads, &tg_sched_inline, NULL};

const struct tg_sched *tg_sched_find(const char *name)
{
    for (size_t i = 0; tg_scheds[i]; i++) {
        const struct tg_sched *s = tg_scheds[i];
        if (strcmp(s->name, name) == 0 || (s->alias && strcmp(s->alias, name) == 0)) return s;
    }
    return NULL;
}
