/* SPDX-License-Identifier: MIT
 * Sleeping and waking by futex, under one lock: it is taken only when a worker has run out of work or is woken. */
#include "engine/sched/park.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/clock.h"

void tg_park_futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t ns)
{
    struct timespec limit = tg_clock_span(ns);
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, ns == UINT64_MAX ? NULL : &limit, NULL, 0);
}

void tg_park_futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void tg_park_init(struct tg_park *p, unsigned workers)
{
    pthread_mutex_init(&p->lock, NULL);
    p->list = tg_alloc(workers * sizeof *p->list);
    p->room = workers;
    atomic_init(&p->asleep, 0);
}

void tg_park_done(struct tg_park *p)
{
    pthread_mutex_destroy(&p->lock);
    free(p->list);
}

unsigned tg_park_enter(struct tg_park *p, struct tg_bed *bed)
{
    pthread_mutex_lock(&p->lock);
    atomic_store_explicit(&bed->woken, 0, memory_order_relaxed);
    bed->place = atomic_load_explicit(&p->asleep, memory_order_relaxed);
    TG_ASSERT(bed->place < p->room);
    p->list[bed->place] = bed;
    unsigned asleep = atomic_fetch_add(&p->asleep, 1) + 1;
    pthread_mutex_unlock(&p->lock);
    return asleep;
}

/* Locked: the last one of the list takes the bed's place in it. */
static void take_off(struct tg_park *p, struct tg_bed *bed)
{
    TG_ASSERT(bed->place < atomic_load(&p->asleep) && p->list[bed->place] == bed);
    struct tg_bed *last = p->list[atomic_fetch_sub(&p->asleep, 1) - 1];
    p->list[bed->place] = last;
    last->place = bed->place;
    bed->place = TG_AWAKE;
}

bool tg_park_leave(struct tg_park *p, struct tg_bed *bed)
{
    pthread_mutex_lock(&p->lock);
    bool asleep = bed->place != TG_AWAKE;
    if (asleep) take_off(p, bed);
    pthread_mutex_unlock(&p->lock);
    return asleep;
}

static void add_slept(struct tg_bed *bed, int64_t ns)
{
    atomic_store_explicit(&bed->slept, atomic_load_explicit(&bed->slept, memory_order_relaxed) + ns, memory_order_relaxed);
}

void tg_park_lie_down(struct tg_bed *bed)
{
    add_slept(bed, -(int64_t)tg_clock_ns());
}

void tg_park_get_up(struct tg_bed *bed)
{
    add_slept(bed, (int64_t)tg_clock_ns());
}

uint64_t tg_park_slept(struct tg_bed *bed, uint64_t now_ns)
{
    int64_t slept = atomic_load_explicit(&bed->slept, memory_order_relaxed);
    return (uint64_t)(slept < 0 ? slept + (int64_t)now_ns : slept);
}

void tg_park_sleep(struct tg_bed *bed)
{
    tg_park_lie_down(bed);
    while (!atomic_load_explicit(&bed->woken, memory_order_acquire)) tg_park_futex_wait(&bed->woken, 0, UINT64_MAX);
    tg_park_get_up(bed);
}

bool tg_park_wake(struct tg_park *p, _Atomic unsigned *count_up)
{
    pthread_mutex_lock(&p->lock);
    unsigned asleep = atomic_load_explicit(&p->asleep, memory_order_relaxed);
    struct tg_bed *bed = asleep ? p->list[asleep - 1] : NULL;
    if (bed) {
        if (count_up) atomic_fetch_add(count_up, 1);
        take_off(p, bed);
        atomic_store_explicit(&bed->woken, 1, memory_order_release); /* locked: later it may be on the list again */
    }
    pthread_mutex_unlock(&p->lock);
    if (!bed) return false;
    tg_park_futex_wake(&bed->woken);
    return true;
}

void tg_park_wake_all(struct tg_park *p)
{
    while (tg_park_wake(p, NULL)) {}
}
