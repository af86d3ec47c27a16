/* SPDX-License-Identifier: MIT
 * The deque's memory: rings of a power of two of places. A ring that has become too small is kept until the end, for
 * thieves that are reading it. */
#include "engine/sched/deque.h"

#include "engine/base/block.h"

#define FIRST_PLACES 64

#ifdef TG_FENCE_BY_WRITE
_Atomic unsigned tg_fence_word;
#endif

static size_t ring_bytes(int64_t places)
{
    return sizeof(struct tg_ring) + (size_t)places * sizeof(uint32_t);
}

static struct tg_ring *ring_new(int64_t places, struct tg_ring *older)
{
    struct tg_ring *ring = tg_block_new(ring_bytes(places));
    ring->mask = places - 1;
    ring->older = older;
    return ring;
}

void tg_deque_init(struct tg_deque *d)
{
    atomic_init(&d->top, 0);
    atomic_init(&d->bottom, 0);
    atomic_init(&d->ring, ring_new(FIRST_PLACES, NULL));
}

void tg_deque_done(struct tg_deque *d)
{
    struct tg_ring *older;
    for (struct tg_ring *ring = atomic_load_explicit(&d->ring, memory_order_relaxed); ring; ring = older) {
        older = ring->older;
        tg_block_free(ring, ring_bytes(ring->mask + 1));
    }
    atomic_init(&d->ring, NULL);
}

struct tg_ring *tg_deque_grow_(struct tg_deque *d, struct tg_ring *ring, int64_t top, int64_t bottom)
{
    struct tg_ring *larger = ring_new(2 * (ring->mask + 1), ring);
    for (int64_t i = top; i < bottom; i++) {
        uint32_t item = atomic_load_explicit(&ring->items[i & ring->mask], memory_order_relaxed);
        atomic_store_explicit(&larger->items[i & larger->mask], item, memory_order_relaxed);
    }
    atomic_store_explicit(&d->ring, larger, memory_order_release);
    return larger;
}
