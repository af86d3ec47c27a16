/* SPDX-License-Identifier: MIT
 * Files that go when nobody needs them any more: with the last value that is their path (a watched text, value/str.h). One stays if it is
 * wanted, if a task that was to use it has failed or was skipped, or if the run ends before its time. Thread class: locked. */
#ifndef TG_STORE_TEMPS_H
#define TG_STORE_TEMPS_H

#include <pthread.h>

#include "engine/base/table.h"
#include "engine/base/vec.h"
#include "engine/value/value.h"

struct tg_temp;
struct tg_temps {
    pthread_mutex_t lock;
    TG_VEC(struct tg_temp *) items;             /* locked */
    struct tg_table by_path;                    /* locked: of items */
    _Atomic bool any;                           /* atomic: there are some */
    bool all_stay;                              /* locked */
    void (*gone)(void *data, const char *path); /* immutable: told when a file was removed */
    void *data;
};

void tg_temps_init(struct tg_temps *s, void (*gone)(void *data, const char *path), void *data);
/* No value of them may be left. */
void tg_temps_done(struct tg_temps *s);
/* The value of a task, with watched texts in the place of its files. Takes it. */
tg_value tg_temps_watch(struct tg_temps *s, tg_value take_v);
/* Files in the value stay. */
void tg_temps_stay(struct tg_temps *s, tg_value v);
/* From now on all do. */
void tg_temps_all_stay(struct tg_temps *s);
static inline bool tg_temps_any(const struct tg_temps *s)
{
    return atomic_load_explicit(&s->any, memory_order_relaxed);
}

#endif
