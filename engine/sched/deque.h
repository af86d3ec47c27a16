/* SPDX-License-Identifier: MIT
 * A work-stealing deque of task ids: the owner pushes and takes at the bottom, thieves steal at the top.
 *
 * Chase and Lev 2005, with the memory orders of Le, Pop, Cohen and Zappa Nardelli, "Correct and Efficient
 * Work-Stealing for Weak Memory Models", 2013. Thread class: push and take belong to the owner, steal and size to
 * anyone. */
#ifndef TG_SCHED_DEQUE_H
#define TG_SCHED_DEQUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/assert.h"

/* A full fence. ThreadSanitizer does not know fences: there, a write to a common atomic has the same effect and is one
 * that it understands. */
#if defined(__SANITIZE_THREAD__)
#define TG_FENCE_BY_WRITE 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TG_FENCE_BY_WRITE 1
#endif
#endif
#ifdef TG_FENCE_BY_WRITE
extern _Atomic unsigned tg_fence_word; /* deque.c */
static inline void tg_fence(void)
{
    atomic_fetch_add(&tg_fence_word, 1);
}
#else
static inline void tg_fence(void)
{
    atomic_thread_fence(memory_order_seq_cst);
}
#endif

struct tg_ring {
    int64_t mask;             /* places - 1 */
    struct tg_ring *older;    /* the one it grew from: a thief may still be reading it */
    _Atomic uint32_t items[]; /* relaxed; handed over by bottom and top */
};

struct tg_deque {
    _Atomic int64_t top __attribute__((aligned(64)));    /* thieves count it up; never falls */
    _Atomic int64_t bottom __attribute__((aligned(64))); /* written by the owner */
    _Atomic(struct tg_ring *) ring;                      /* written by the owner */
};

void tg_deque_init(struct tg_deque *d);
void tg_deque_done(struct tg_deque *d);
struct tg_ring *tg_deque_grow_(struct tg_deque *d, struct tg_ring *ring, int64_t top, int64_t bottom);

static inline void tg_deque_push(struct tg_deque *d, uint32_t item)
{
    int64_t bottom = atomic_load_explicit(&d->bottom, memory_order_relaxed);
    int64_t top = atomic_load_explicit(&d->top, memory_order_acquire);
    struct tg_ring *ring = atomic_load_explicit(&d->ring, memory_order_relaxed);
    TG_ASSERT(bottom >= top && (ring->mask & (ring->mask + 1)) == 0);
    if (__builtin_expect(bottom - top > ring->mask, 0)) ring = tg_deque_grow_(d, ring, top, bottom);
    TG_ASSERT(bottom - top <= ring->mask);
    atomic_store_explicit(&ring->items[bottom & ring->mask], item, memory_order_relaxed);
    atomic_store_explicit(&d->bottom, bottom + 1, memory_order_release);
}

/* The item pushed last; false if the deque is empty. */
static inline bool tg_deque_take(struct tg_deque *d, uint32_t *item)
{
    int64_t bottom = atomic_load_explicit(&d->bottom, memory_order_relaxed) - 1;
    int64_t top = atomic_load_explicit(&d->top, memory_order_relaxed);
    if (top > bottom) return false; /* top never falls: no fence is needed to see that it is empty */
    struct tg_ring *ring = atomic_load_explicit(&d->ring, memory_order_relaxed);
    atomic_store_explicit(&d->bottom, bottom, memory_order_relaxed);
    tg_fence();
    top = atomic_load_explicit(&d->top, memory_order_relaxed);
    TG_ASSERT(top <= bottom + 1); /* thieves never go past what was there */
    bool taken = top <= bottom;
    if (taken) *item = atomic_load_explicit(&ring->items[bottom & ring->mask], memory_order_relaxed);
    if (top < bottom) return true;
    if (taken) /* the last one: race with the thieves for it */
        taken = atomic_compare_exchange_strong_explicit(&d->top, &top, top + 1, memory_order_seq_cst, memory_order_relaxed);
    atomic_store_explicit(&d->bottom, bottom + 1, memory_order_relaxed);
    return taken;
}

/* The oldest item; false if there is none or another thief was faster. */
static inline bool tg_deque_steal(struct tg_deque *d, uint32_t *item)
{
    int64_t top = atomic_load_explicit(&d->top, memory_order_acquire);
    tg_fence();
    int64_t bottom = atomic_load_explicit(&d->bottom, memory_order_acquire);
    if (top >= bottom) return false;
    struct tg_ring *ring = atomic_load_explicit(&d->ring, memory_order_acquire);
    uint32_t found = atomic_load_explicit(&ring->items[top & ring->mask], memory_order_relaxed);
    if (!atomic_compare_exchange_strong_explicit(&d->top, &top, top + 1, memory_order_seq_cst, memory_order_relaxed))
        return false;
    *item = found;
    return true;
}

/* How many items there are, about. */
static inline size_t tg_deque_size(const struct tg_deque *d)
{
    int64_t bottom = atomic_load_explicit(&d->bottom, memory_order_relaxed);
    int64_t top = atomic_load_explicit(&d->top, memory_order_relaxed);
    return bottom > top ? (size_t)(bottom - top) : 0;
}

#endif
