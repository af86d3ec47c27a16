/* SPDX-License-Identifier: MIT
 * A hash table over items that lie elsewhere, in an array: it says which number an item has. Open addressing over slots of
 * {hash, number}, at most half of them taken; nothing is ever taken out. How an item is recognised, the caller says by a
 * function that is compiled into the search; equal items must have equal hashes, whose low bits are well mixed.
 * Thread class: owner. */
#ifndef TG_BASE_TABLE_H
#define TG_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/assert.h"

struct tg_table_slot {
    uint32_t hash;
    uint32_t number_plus_1; /* 0: free */
};

/* A zeroed struct is an empty table. */
struct tg_table {
    struct tg_table_slot *slots;
    size_t slot_count; /* 0 or a power of two */
    size_t count;      /* taken */
};

#define TG_TABLE_NONE UINT32_MAX

/* A hash of one word. */
static inline uint32_t tg_table_hash(uint64_t word)
{
    return (uint32_t)(word * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* True if the item of this number is the wanted one. */
typedef bool (*tg_table_same)(const void *items, uint32_t number, const void *wanted);

/* The slot of the wanted item, or the free one where it would stand. The table must have slots. */
static inline __attribute__((always_inline)) struct tg_table_slot *
tg_table_slot(const struct tg_table *t, uint32_t hash, tg_table_same same, const void *items, const void *wanted)
{
    size_t mask = t->slot_count - 1;
    TG_ASSERT(t->slot_count && (t->slot_count & mask) == 0);
    TG_ASSERT(2 * t->count <= t->slot_count);
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct tg_table_slot *slot = &t->slots[i];
        if (!slot->number_plus_1 || (slot->hash == hash && same(items, slot->number_plus_1 - 1, wanted))) return slot;
    }
}

/* The number of the wanted item; TG_TABLE_NONE if it is not there. */
static inline __attribute__((always_inline)) uint32_t tg_table_find(const struct tg_table *t, uint32_t hash, tg_table_same same,
                                                                    const void *items, const void *wanted)
{
    return t->slot_count ? tg_table_slot(t, hash, same, items, wanted)->number_plus_1 - 1 : TG_TABLE_NONE;
}

void tg_table_grow_(struct tg_table *t);
/* Makes room for one item more: to be called before the slot is looked for that tg_table_take gets. */
static inline void tg_table_reserve(struct tg_table *t)
{
    if (2 * (t->count + 1) > t->slot_count) tg_table_grow_(t);
}
/* Takes a free slot that tg_table_slot gave for this hash. */
static inline void tg_table_take(struct tg_table *t, struct tg_table_slot *slot, uint32_t hash, uint32_t number)
{
    TG_ASSERT(!slot->number_plus_1);
    *slot = (struct tg_table_slot){hash, number + 1};
    t->count++;
}

/* Makes *t, which is empty, a table of the same items. */
void tg_table_copy(struct tg_table *t, const struct tg_table *from);
/* NULL is fine. */
void tg_table_done(struct tg_table *t);

#endif
